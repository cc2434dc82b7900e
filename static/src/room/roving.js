/** One stop for Tab among many buttons, arrows between them: nobody tabs through 25 faces. */

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** `buttons()` gives those in sight, in order; call `refresh` after they change. */
export function roveFocus(container, signal, buttons) {
  let current = null;

  function refresh() {
    const inSight = buttons();
    if (!inSight.includes(current)) current = inSight[0] ?? null;
    for (const button of container.querySelectorAll("button")) {
      button.tabIndex = button === current ? 0 : -1;
    }
  }

  container.addEventListener(
    "keydown",
    (event) => {
      const step = STEPS[event.key];
      const inSight = buttons();
      const from = inSight.indexOf(event.target);
      if (!step || from < 0) return;
      event.preventDefault();
      current = inSight[(from + step + inSight.length) % inSight.length];
      refresh();
      current.focus();
    },
    { signal },
  );

  return { refresh };
}
