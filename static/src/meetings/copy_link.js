// Copies the meeting's link, and says so to everybody.
const button = document.querySelector('#copy-link');
const field = document.querySelector('#join-link');

if (button && navigator.clipboard) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(field.value);
    document.querySelector('#copy-status').textContent = button.dataset.done;
    button.textContent = button.dataset.done;
  });
}
