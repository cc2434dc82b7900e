/** One stop for Tab among many buttons, arrows between them: nobody tabs through 25 faces. */

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * `buttons()` gives those in sight, in order; call `refresh` after they change. Tab stops at the
 * first one, or at the last one where the newest is at the end.
 */
export function roveFocus(container, signal, buttons, { startsAtEnd = false } = {}) {
  let current = null;

  function refresh() {
    const inSight = buttons();
    if (!inSight.includes(current)) current = inSight.at(startsAtEnd ? -1 : 0) ?? null;
    for (const button of inSight) {
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
