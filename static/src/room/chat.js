// The discussion: plain text over LiveKit's text streams, links made safe, announced politely.
import { $, announce, config, element, show, text } from '../lib/page.js';
import { isOpen } from './panels.js';
import { nameOf } from './tiles.js';

const TOPIC = 'chat';
const LONGEST = 2000;
const LINK = /https?:\/\/[^\s<>"']+/g;
let room = null;
let unread = 0;

/** Listens to a room's messages; what was said before a reconnection stays on the page. */
export function startChat(joined) {
  room = joined;
  room.registerTextStreamHandler(TOPIC, async (reader, { identity }) => {
    const said = await reader.readAll();
    const participant = room.remoteParticipants.get(identity);
    if (participant && said.length <= LONGEST) receive(nameOf(participant), participant.attributes.organisation, said, false);
  });
}

/** Wires the form, once. */
export function prepareChat() {
  const form = $('#chat-form');
  const field = $('#chat-text');
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const said = field.value.trim();
    if (!said) return;
    try {
      await room.localParticipant.sendText(said, { topic: TOPIC });
      field.value = '';
      show($('#chat-problem'), '');
      receive(text('you'), '', said, true);
    } catch {
      show($('#chat-problem'), text('send_failed'));
    }
  });
  document.addEventListener('panel-opened', ({ detail }) => {
    if (detail !== 'chat') return;
    unread = 0;
    showUnread();
    $('#messages').scrollTop = $('#messages').scrollHeight;
  });
}

function receive(name, organisation, said, isMine) {
  $('#messages .messages__empty')?.remove();
  const message = element('li', isMine ? 'message message--mine' : 'message');
  const head = element('p', 'message__head');
  const time = element('time', '', new Date().toLocaleTimeString(config.locale, { hour: '2-digit', minute: '2-digit' }));
  head.append(element('strong', '', organisation ? `${name} (${organisation})` : name), ' ', time);
  message.append(head, withLinks(said));
  $('#messages').append(message);
  $('#messages').scrollTop = $('#messages').scrollHeight;
  if (isMine) return;
  announce(text('message_from', { name, text: said }));
  if (!isOpen('chat')) {
    unread += 1;
    showUnread();
  }
}

/** Text with its addresses as links; everything else stays text. */
function withLinks(said) {
  const body = element('p', 'message__body');
  let end = 0;
  for (const { 0: url, index } of said.matchAll(LINK)) {
    const link = element('a', '', url);
    link.href = url;
    link.target = '_blank';
    link.rel = 'noopener noreferrer external';
    body.append(said.slice(end, index), link);
    end = index + url.length;
  }
  body.append(said.slice(end));
  return body;
}

function showUnread() {
  const badge = $('#unread');
  badge.hidden = unread === 0;
  badge.replaceChildren(String(unread), element('span', 'fr-sr-only', ` ${text('unread', { n: '' })}`));
}
