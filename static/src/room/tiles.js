// One tile for each camera and each shared screen: picture, name, organisation, state.
import { element, text } from '../lib/page.js';

/** The name of a participant; ours says so. */
export const nameOf = (participant) => participant.name || '—';

/** The two letters that stand in for a picture. */
function initials(name) {
  const parts = name.split(/\s+/).filter(Boolean);
  return ((parts[0]?.[0] || '') + (parts.length > 1 ? parts.at(-1)[0] : '')).toLocaleUpperCase();
}

/** A tile of `kind` "camera" or "screen". `onPin(tile)` is called on double click, Enter, button. */
export class Tile {
  constructor(participant, kind, onPin) {
    this.participant = participant;
    this.kind = kind;
    this.key = `${participant.identity}/${kind}`;
    this.root = element('figure', `tile tile--${kind}`);
    this.root.dataset.participant = participant.identity;
    this.root.dataset.kind = kind;
    this.video = element('video', 'tile__video');
    this.video.autoplay = true;
    this.video.playsInline = true;
    this.video.muted = true; // sound has elements of its own
    this.video.hidden = true;
    this.avatar = element('span', 'tile__avatar', initials(nameOf(participant)));
    this.avatar.setAttribute('aria-hidden', 'true');
    this.caption = element('figcaption', 'tile__caption');
    this.pin = element('button', 'tile__pin fr-icon-map-pin-2-line');
    this.pin.type = 'button';
    this.pin.addEventListener('click', () => onPin(this));
    this.root.addEventListener('dblclick', () => onPin(this));
    this.root.append(this.video, this.avatar, this.caption, this.pin);
    this.update();
  }

  /** Shows a track, or the initials when there is none. */
  show(track) {
    if (this.track === track) return;
    this.track?.detach(this.video);
    this.track = track;
    track?.attach(this.video);
    this.video.hidden = !track;
    this.avatar.hidden = Boolean(track);
  }

  /** Words and marks as they are now. */
  update({ pinned = false } = {}) {
    const { participant } = this;
    const name = nameOf(participant);
    const isScreen = this.kind === 'screen';
    const parts = [element('span', 'tile__name', isScreen ? text('screen_of', { name }) : name)];
    if (participant.isLocal && !isScreen) parts[0].textContent += ` (${text('you')})`;
    const { organisation } = participant.attributes;
    if (organisation && !isScreen) parts.push(element('span', 'tile__organisation', organisation));
    if (!isScreen && !participant.isMicrophoneEnabled) parts.push(mark('fr-icon-volume-mute-fill', text('muted')));
    if (participant.connectionQuality === 'poor' || participant.connectionQuality === 'lost') {
      parts.push(mark('fr-icon-wifi-line', text('weak_network')));
    }
    this.caption.replaceChildren(...parts);
    this.root.classList.toggle('tile--speaking', participant.isSpeaking && !isScreen);
    this.root.classList.toggle('tile--mirrored', participant.isLocal && !isScreen);
    this.pin.setAttribute('aria-label', text(pinned ? 'unpin' : 'pin', { name }));
    this.pin.setAttribute('aria-pressed', String(pinned));
  }

  remove() {
    this.show(null);
    this.root.remove();
  }
}

/** A small icon with words for those who do not see it. */
function mark(icon, words) {
  const made = element('span', `tile__mark ${icon}`);
  made.append(element('span', 'fr-sr-only', words));
  return made;
}
