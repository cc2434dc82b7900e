// Ticking many rows: all of a page at once, with their number beside the act.

const form = document.querySelector("[data-selection]");
if (form) watch(form);

function watch(form) {
  const all = form.querySelector("[data-select-all]");
  const count = form.querySelector("[data-selected-count]");
  const boxes = [...form.querySelectorAll('input[name="member"]')];
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  form.addEventListener("change", show);
  // Browsers bring ticks back when one comes back to the page.
  addEventListener("pageshow", show);
  show();

  function show() {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
    count.textContent = ticked ? `(${ticked})` : "";
  }
}
