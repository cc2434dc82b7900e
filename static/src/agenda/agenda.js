// Keeps the open agenda true: a nudge over the socket, then the fragment is asked for again.
const agenda = document.querySelector('#agenda');
const status = document.querySelector('#agenda-status');
const NOT_SIGNED_IN = 4401;
const LONGEST_WAIT = 60_000;
let wait = 1000;
let socket = null;

async function refresh() {
  const answer = await fetch(window.location.pathname, { headers: { 'X-Fragment': 'agenda' } });
  if (!answer.ok || answer.redirected) return;
  const focused = document.activeElement?.getAttribute('href');
  agenda.innerHTML = await answer.text(); // our own server's escaped template
  if (focused) agenda.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  status.textContent = status.dataset.changed;
}

function connect() {
  socket = new WebSocket(agenda.dataset.socket);
  socket.addEventListener('open', () => {
    agenda.dataset.connected = 'true';
    if (wait > 1000) refresh(); // something may have been missed meanwhile
    wait = 1000;
  });
  socket.addEventListener('message', refresh);
  socket.addEventListener('close', (event) => {
    delete agenda.dataset.connected;
    socket = null;
    if (event.code === NOT_SIGNED_IN || document.hidden) return;
    setTimeout(connect, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  });
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden || socket) return;
  refresh();
  connect();
});
connect();
