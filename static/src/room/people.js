// Who is here: the list, the number, and a word when somebody comes or goes.
import { $, element, text } from '../lib/page.js';
import { nameOf } from './tiles.js';

/** The list as the room is now. */
export function refreshPeople(room) {
  const everybody = [room.localParticipant, ...room.remoteParticipants.values()];
  const count = everybody.length;
  $('#people-count').textContent = count === 1 ? text('person_count') : text('people_count', { n: count });
  $('#people').replaceChildren(...everybody.map(line));
}

function line(participant) {
  const item = element('li', 'person');
  item.dataset.participant = participant.identity;
  const { organisation, role } = participant.attributes;
  const notes = [
    participant.isLocal && text('you'),
    role === 'host' && text('host'),
    organisation,
    !participant.isMicrophoneEnabled && text('muted'),
  ].filter(Boolean);
  item.append(element('span', 'person__name', nameOf(participant)), element('span', 'person__notes', notes.join(' · ')));
  return item;
}
