"""What is written in a room: through our server, so that what everybody reads is what was sent."""

import unicodedata
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from audit.kinds import Kind
from audit.log import record
from isolation import outbox
from isolation.scope import tenant_scope
from meetings import protocol, room
from meetings.desk import Desk
from meetings.livekit.rooms import room_name
from meetings.models import ChatMessage, Meeting, Participant, ParticipantState
from meetings.policies import Permission

LONGEST = 2000
MOST_SHOWN = 500
# Control, format (they turn the text around), surrogate and private characters.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
JOINER = "\u200d"  # holds the parts of one emoji together


def write(*, desk: Desk, text: str, key: str, now: datetime) -> ChatMessage:
    """Writes a message to everybody; the same key again is the same message. The caller holds the
    meeting's row, so that none is left behind by a meeting that ends."""
    text = _clean(text)
    message = ChatMessage(
        meeting=desk.meeting, participant=desk.me, key=key, text=text, sent_at=now
    )
    try:
        with transaction.atomic():
            message.save()
    except IntegrityError:
        return ChatMessage.objects.select_related("participant").get(participant=desk.me, key=key)
    _put(message)
    return message


def edit(*, desk: Desk, message_id: UUID, text: str, now: datetime) -> ChatMessage:
    """The author alone changes a message, and everybody sees that it was changed."""
    message = _find(desk, message_id)
    if message.participant_id != desk.me.id:
        raise PermissionDenied("only the author edits")
    text = _clean(text)
    if message.text != text:
        message.text, message.edited_at = text, now
        message.save(update_fields=["text", "edited_at"])
        _put(message)
    return message


def delete(*, desk: Desk, message_id: UUID, now: datetime) -> None:
    """The author, or who moderates, takes a message away for everybody."""
    message = _find(desk, message_id)
    is_author = desk.participant is not None and message.participant_id == desk.participant.id
    if not is_author and Permission.ROOM_MODERATE not in desk.rights:
        raise PermissionDenied("not one's own message")
    message.text, message.deleted_at, message.deleted_by = "", now, desk.somebody.name
    message.save(update_fields=["text", "deleted_at", "deleted_by"])
    if not is_author:
        record(
            Kind.CHAT_DELETED,
            actor=desk.actor,
            subject=message.participant,
            meeting_id=desk.meeting.id,
            deliver_to=message.participant.from_tenant_id,
            message=str(message.id),
        )
    outbox.put(
        "meetings.tell",
        meeting_id=str(desk.meeting.id),
        message=protocol.chat_deleted(message.id.hex, desk.somebody),
    )


def history(*, desk: Desk) -> list[ChatMessage]:
    """What was written since one was first let in; nobody reads what was said before they came."""
    messages = ChatMessage.objects.filter(
        meeting=desk.meeting, deleted_at=None, sent_at__gte=desk.me.admitted_at
    )
    newest = messages.select_related("participant").order_by("-sent_at")[:MOST_SHOWN]
    return list(reversed(newest))


def kept(meeting: Meeting, *, participant: Participant | None, is_host: bool) -> list[ChatMessage]:
    """What can still be read of a meeting that has ended, where the ministry keeps it: the host
    reads everything, who was there what was written since they came. In the meeting's scope."""
    messages = ChatMessage.objects.filter(meeting=meeting, deleted_at=None)
    if not is_host:
        if participant is None or participant.state != ParticipantState.ADMITTED:
            return []
        messages = messages.filter(sent_at__gte=participant.admitted_at)
    return list(messages.select_related("participant").order_by("sent_at"))


def forget(meeting: Meeting) -> None:
    """Nothing of the chat is kept; for the end of a meeting whose ministry does not keep it."""
    ChatMessage.objects.filter(meeting=meeting).delete()


def line_of(message: ChatMessage) -> protocol.ChatLine:
    """A message as everybody reads it."""
    author = message.participant
    is_own = author.from_tenant_id == message.tenant_id
    return protocol.ChatLine(
        id=message.id.hex,
        key=message.key,
        by=protocol.Writer(author.id.hex, author.name, "" if is_own else author.organisation),
        text=message.text,
        at=message.sent_at.isoformat(),
        edited=message.edited_at is not None,
    )


def tell(*, tenant_id: UUID, message_id: str) -> None:
    """Sends a message to the room. Work names it by its id: its words stand in one place only."""
    with tenant_scope(tenant_id):
        message = (
            ChatMessage.objects.select_related("participant")
            .filter(id=message_id, deleted_at=None)
            .first()
        )
    if message is not None:
        room.send(room_name(tenant_id, message.meeting_id), protocol.chat(line_of(message)))


def _put(message: ChatMessage) -> None:
    outbox.put("meetings.tell_chat", message_id=str(message.id))


def _find(desk: Desk, message_id: UUID) -> ChatMessage:
    message = (
        ChatMessage.objects.select_for_update(of=("self",))
        .select_related("participant")
        .filter(meeting=desk.meeting, id=message_id, deleted_at=None)
        .first()
    )
    if message is None:
        raise Http404("no such message")
    return message


def _clean(text: str) -> str:
    """Without what cannot be seen or would turn the text around; line breaks stay, and so do the
    spaces that French writes before its signs."""
    lines = (
        "".join(c for c in line if c == JOINER or unicodedata.category(c) not in UNSEEN)
        for line in text.replace("\t", " ").splitlines()
    )
    kept = "\n".join(lines).strip()
    if not kept.replace(JOINER, "").strip() or len(kept) > LONGEST:
        raise ValidationError(_("Un message a entre 1 et %(most)s signes.") % {"most": LONGEST})
    return kept
