"""What is told of who is in a room: LiveKit's notices, LiveKit's lists, the browser's own word.

Whatever is told of one connection meets in one row, whose columns keep the earliest or the latest
that their source told: notices may come late, doubled, at once and in any order, or not at all.
attendance.py draws the conclusions.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from audit.kinds import Kind
from audit.log import record
from isolation import outbox
from isolation.scope import tenant_scope
from meetings import push
from meetings.livekit import gateway
from meetings.livekit.errors import LiveKitError
from meetings.livekit.gateway import RoomParticipant
from meetings.livekit.rooms import participant_of, room_name
from meetings.livekit.webhooks import WebhookEvent
from meetings.models import (
    Meeting,
    MeetingRole,
    MeetingState,
    Participant,
    ParticipantState,
    Presence,
    WebhookDelivery,
)
from meetings.standing import standing_of
from tenants import policies as tenant_policies

log = structlog.get_logger(__name__)

# More live rooms than these are looked into in turns.
MOST_ROOMS = 10_000
# A list may have been taken just before a connection stands in it: of so young ones it says
# nothing. It also bears that two clocks differ.
YOUNG = timedelta(seconds=10)
# How LiveKit names connections. A browser may claim so many of which LiveKit never told.
CONNECTION = re.compile(r"PA_[A-Za-z0-9]{1,61}")
MOST_CLAIMS = 60
DECIDERS = (MeetingRole.HOST, MeetingRole.CO_HOST)


# --- LiveKit's notices -------------------------------------------------------------------------
def receive(event: WebhookEvent, *, now: datetime) -> bool:
    """Stores one verified webhook of the open scope and draws its consequences, once.

    False when the same webhook was already received.
    """
    delivery = WebhookDelivery(
        event_id=event.id,
        kind=event.kind,
        meeting_id=event.meeting_id,
        at=event.at,
        body=event.raw,
        received_at=now,
    )
    WebhookDelivery.objects.bulk_create([delivery], ignore_conflicts=True)
    if not WebhookDelivery.objects.filter(id=delivery.id).exists():
        return False
    if handle := HANDLERS.get(event.kind):
        handle(event)
    return True


def _participant_joined(event: WebhookEvent) -> None:
    if person := _person(event):
        _note(person, event, joined_at=event.joined_at or event.at)
        _bring_to_what_is_written([(person, event.attributes)], person.meeting)


def _participant_left(event: WebhookEvent) -> None:
    if person := _person(event):
        _note(person, event, joined_at=event.joined_at, left_at=event.at)


def _connection_aborted(event: WebhookEvent) -> None:
    """A connection that ended before LiveKit counted it as arrived; so it also calls the end of one
    that was resumed after a cut. Of an arrival it says nothing."""
    if person := _person(event):
        _note(person, event, left_at=event.at)


def _room_finished(event: WebhookEvent) -> None:
    """LiveKit let go of the room; a late notice must not close the one opened since."""
    Meeting.objects.filter(
        id=event.meeting_id, state=MeetingState.LIVE, room_opened_at__lte=event.at
    ).update(room_opened_at=None)


HANDLERS = {
    "participant_joined": _participant_joined,
    "participant_left": _participant_left,
    "participant_connection_aborted": _connection_aborted,
    "room_finished": _room_finished,
}


def _person(event: WebhookEvent) -> Participant | None:
    """Whom a notice is about; None for an identity that we never issued for this meeting."""
    if event.participant_id is None or not event.participant_sid:
        return None
    people = Participant.objects.select_related("meeting")
    return people.filter(id=event.participant_id, meeting_id=event.meeting_id).first()


def _note(
    person: Participant,
    event: WebhookEvent,
    *,
    joined_at: datetime | None = None,
    left_at: datetime | None = None,
) -> None:
    row = _held(person, event.participant_sid) or _new(person, event.participant_sid)
    before = _Word.of(row)
    row.joined_at = _earliest(row.joined_at, joined_at)
    row.left_at = _latest(row.left_at, left_at)
    row.save(update_fields=["joined_at", "left_at"])
    _follow([(before, row)])


# --- LiveKit's lists ---------------------------------------------------------------------------
def open_rooms() -> list[tuple[UUID, UUID]]:
    """(tenant, meeting) of every tenant's live meetings with a room, or with somebody in it."""
    with database.cursor() as cursor:
        cursor.execute("SELECT tenant_id, id FROM visio_open_rooms(%s)", [MOST_ROOMS])
        return cursor.fetchall()


def look_into(tenant_id: UUID, meeting_id: UUID, *, now: datetime) -> None:
    """Reads who is in a room. While LiveKit does not answer, nothing is learnt. No transaction may
    be open: LiveKit may be slow."""
    started = time.monotonic()
    try:
        listed = gateway.list_participants(room_name(tenant_id, meeting_id))
    except LiveKitError as error:
        log.warning("room_not_read", meeting_id=str(meeting_id), error=type(error).__name__)
        return
    # Who is listed was there when we asked; who is not was gone when the answer came.
    answered = now + timedelta(seconds=time.monotonic() - started)
    with tenant_scope(tenant_id):
        _read(meeting_id, listed, asked=now, answered=answered)


def _read(
    meeting_id: UUID, listed: list[RoomParticipant], *, asked: datetime, answered: datetime
) -> None:
    present = _ours(meeting_id, listed)
    _make_rows(present)
    changed = []
    for row in _concerned(meeting_id, present, answered=answered):
        before = _Word.of(row)
        if found := present.get((row.participant_id, row.connection)):
            row.listed_since = _earliest(row.listed_since, found.joined_at)
            row.listed_at = _latest(row.listed_at, asked)
            if row.missing_at and row.listed_at and row.missing_at <= row.listed_at:
                row.missing_at = None
        elif _should_be_listed(row, asked=asked, answered=answered):
            row.missing_at = _earliest(row.missing_at, answered)
        else:
            continue
        changed.append((before, row))
    rows = [row for _before, row in changed]
    Presence.objects.bulk_update(rows, ["listed_since", "listed_at", "missing_at"])
    _follow(changed)
    if not present:
        return
    meeting = Meeting.objects.get(id=meeting_id)
    here = [(row.participant, (row.participant_id, row.connection)) for row in rows]
    _bring_to_what_is_written(
        [(person, present[key].attributes) for person, key in here if key in present], meeting
    )
    if meeting.room_opened_at is None:
        # The notice of an older room's end came late; the meeting may be ending at this moment.
        live = Meeting.objects.filter(id=meeting_id, state=MeetingState.LIVE, room_opened_at=None)
        live.update(room_opened_at=asked)


Listed = dict[tuple[UUID, str], RoomParticipant]


def _ours(meeting_id: UUID, listed: list[RoomParticipant]) -> Listed:
    """Who of those listed is a participant of this meeting, by participant and connection."""
    found = {(participant_of(one.identity), one.sid): one for one in listed if one.sid}
    known = set(
        Participant.objects.filter(
            meeting_id=meeting_id, id__in=[who for who, _sid in found if who]
        ).values_list("id", flat=True)
    )
    return {(who, sid): one for (who, sid), one in found.items() if who in known}


def _make_rows(present: Listed) -> None:
    existing = set(
        Presence.objects.filter(connection__in=[sid for _who, sid in present]).values_list(
            "participant_id", "connection"
        )
    )
    new = [
        Presence(participant_id=who, connection=sid)
        for who, sid in sorted(present)  # a fixed order, as where rows are held
        if (who, sid) not in existing
    ]
    Presence.objects.bulk_create(new, ignore_conflicts=True)


def _concerned(meeting_id: UUID, present: Listed, *, answered: datetime) -> Iterable[Presence]:
    """Rows of which this list says something, held; in a fixed order, so that two lists that are
    read at once wait for each other."""
    is_expected = Q(left_at=None) | Q(listed_at__gt=F("left_at"))
    is_not_missed = Q(missing_at=None) | Q(missing_at__gt=answered)
    is_listed = Q(connection__in=[sid for _who, sid in present])
    return (
        Presence.objects.select_for_update(of=("self",))
        .select_related("participant")
        .filter(is_listed | is_expected & is_not_missed, participant__meeting_id=meeting_id)
        .order_by("id")
    )


def _should_be_listed(row: Presence, *, asked: datetime, answered: datetime) -> bool:
    """Whether a connection's absence from a list means something: not from one that was taken
    before the connection stood in it, or before another in which it stood."""
    signs = [row.joined_at, row.listed_since, row.heard_first_at]
    arrived = min((sign for sign in signs if sign), default=None)
    if arrived is None or arrived > asked - YOUNG:
        return False
    return row.listed_at is None or row.listed_at < answered


# --- The browser's own word --------------------------------------------------------------------
def heard(*, participant: Participant, connection: str, leaving: bool, now: datetime) -> None:
    """A browser says that its person is in the room, or leaves it, by a connection that it names.

    It is taken as a claim about its own person: a connection that LiveKit knows as another's is
    left alone, and so is what is no connection's name.
    """
    if not CONNECTION.fullmatch(connection):
        return
    row = _held(participant, connection)
    if row is None:
        if not _may_claim(participant, connection):
            return
        row = _new(participant, connection)
    before = _Word.of(row)
    row.heard_first_at = _earliest(row.heard_first_at, now)
    row.heard_last_at = _latest(row.heard_last_at, now)
    if leaving:
        row.said_goodbye_at = _latest(row.said_goodbye_at, now)
    row.save(update_fields=["heard_first_at", "heard_last_at", "said_goodbye_at"])
    _follow([(before, row)])


def _may_claim(participant: Participant, connection: str) -> bool:
    unknown_to_livekit = Q(joined_at=None, listed_since=None, left_at=None)
    others = Presence.objects.filter(connection=connection).exclude(participant=participant)
    if others.exclude(unknown_to_livekit).exists():
        return False
    claims = Presence.objects.filter(unknown_to_livekit, participant=participant)
    return claims.count() < MOST_CLAIMS


# --- Rows --------------------------------------------------------------------------------------
def _held(person: Participant, connection: str) -> Presence | None:
    """The row of a person's connection, held until the transaction ends."""
    rows = Presence.objects.select_for_update().filter(participant=person, connection=connection)
    row = rows.first()
    if row:
        row.participant = person
    return row


def _new(person: Participant, connection: str) -> Presence:
    """Another notice may make the same row at the same time; there is one row afterwards."""
    row = Presence(participant=person, connection=connection)
    Presence.objects.bulk_create([row], ignore_conflicts=True)
    held = _held(person, connection)
    assert held is not None
    return held


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time), default=None)


def _latest(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time), default=None)


# --- What follows from what was told -----------------------------------------------------------
@dataclass(frozen=True)
class _Word:
    """LiveKit's word on one connection; None for what it has not told."""

    arrived: datetime | None
    left: datetime | None
    is_open: bool

    @classmethod
    def of(cls, row: Presence) -> "_Word":
        is_known = bool(row.joined_at or row.listed_since or row.heard_first_at)
        left = row.left_at or row.missing_at
        return cls(_earliest(row.joined_at, row.listed_since), left, is_known and left is None)


def _follow(changes: list[tuple[_Word, Presence]]) -> None:
    """The log, the hands and the lobby after rows have changed."""
    gone: dict[UUID, datetime] = {}
    host_moved = None
    for before, row in changes:
        after = _Word.of(row)
        _log(row, before, after)
        if before.left is None and after.left is not None:
            gone[row.participant_id] = after.left
        if before.is_open != after.is_open and row.participant.role in DECIDERS:
            host_moved = row.participant.meeting_id
    if gone:
        _lower_hands(gone)
    if host_moved:
        message = (push.lobby_group(host_moved), {"type": "door.look"})
        transaction.on_commit(lambda: push.send([message]))


def _log(row: Presence, before: _Word, after: _Word) -> None:
    """Each connection's arrival and departure once, when LiveKit first tells of them."""
    person = row.participant
    if after.arrived and not before.arrived:
        _record(Kind.PARTICIPANT_JOINED, person, after.arrived, by_list=not row.joined_at)
    if after.arrived and after.left and not (before.arrived and before.left):
        _record(Kind.PARTICIPANT_LEFT, person, after.left, by_list=not row.left_at)


def _record(kind: Kind, person: Participant, at: datetime, *, by_list: bool) -> None:
    record(
        kind,
        actor=person,
        subject=person,
        meeting_id=person.meeting_id,
        deliver_to=person.from_tenant_id,
        at=at,
        noticed="list" if by_list else "webhook",
    )


def _lower_hands(gone: dict[UUID, datetime]) -> None:
    """Who has left on every device asks to speak no more; a hand that was raised after the
    departure belongs to a connection of which we have not heard yet."""
    still_there = Presence.objects.filter(participant=OuterRef("pk"), left_at=None, missing_at=None)
    raised = Participant.objects.filter(
        ~Exists(still_there), id__in=list(gone), hand_raised_at__isnull=False
    )
    for person in raised:
        if person.hand_raised_at and person.hand_raised_at <= gone[person.id]:
            Participant.objects.filter(id=person.id).update(hand_raised_at=None)
            outbox.put("meetings.apply_standing", participant_id=str(person.id))


def _bring_to_what_is_written(
    arrived: Iterable[tuple[Participant, dict[str, str]]], meeting: Meeting
) -> None:
    """LiveKit lets a token in for as long as it lives, and its rights with it, whatever was decided
    since. Who is in the room otherwise than as written is put right, or put out."""
    policy = tenant_policies.policy()
    concerned = {
        person.id
        for person, shown in arrived
        if person.state != ParticipantState.ADMITTED
        or shown != standing_of(person, meeting, policy).shown
    }
    for person_id in concerned:
        outbox.put("meetings.apply_standing", participant_id=str(person_id))
