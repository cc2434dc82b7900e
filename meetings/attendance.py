"""Who was there, from when to when: built from what LiveKit tells, in whatever order it comes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Greatest, Least

from audit.kinds import Kind
from audit.log import record
from isolation.scope import current_tenant_id
from meetings.livekit.webhooks import WebhookEvent
from meetings.models import Meeting, MeetingState, Participant, Presence, WebhookDelivery

# Two connections of a person this close together are one presence: a reload, a change of network.
SEAM = timedelta(seconds=30)


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
        handle(event, now)
    return True


def _participant_joined(event: WebhookEvent, now: datetime) -> None:
    _note(event, Kind.PARTICIPANT_JOINED, joined_at=event.joined_at or event.at)


def _participant_left(event: WebhookEvent, now: datetime) -> None:
    _note(event, Kind.PARTICIPANT_LEFT, joined_at=event.joined_at, left_at=event.at)


def _note(event: WebhookEvent, kind: Kind, *, joined_at=None, left_at=None) -> None:
    """Arrivals and departures of one connection meet in one row, whichever comes first."""
    if event.participant_id is None:  # an identity that we never issued
        return
    participant = Participant.objects.filter(
        id=event.participant_id, meeting_id=event.meeting_id
    ).first()
    if participant is None:
        return
    presence = Presence(
        participant=participant,
        connection=event.participant_sid,
        joined_at=joined_at,
        left_at=left_at,
    )
    Presence.objects.bulk_create([presence], ignore_conflicts=True)
    Presence.objects.filter(connection=event.participant_sid).update(
        joined_at=Least(F("joined_at"), joined_at) if joined_at else F("joined_at"),
        left_at=Greatest(F("left_at"), left_at) if left_at else F("left_at"),
    )
    record(
        kind,
        actor=participant,
        subject_id=participant.id,
        meeting_id=event.meeting_id,
        deliver_to=participant.from_tenant_id,
        at=event.at,
    )


def _room_finished(event: WebhookEvent, now: datetime) -> None:
    """LiveKit let go of the room; a late notice must not close the one opened since."""
    Meeting.objects.filter(
        id=event.meeting_id, state=MeetingState.LIVE, room_opened_at__lte=event.at
    ).update(room_opened_at=None)


HANDLERS = {
    "participant_joined": _participant_joined,
    "participant_left": _participant_left,
    "room_finished": _room_finished,
}


@dataclass(frozen=True)
class Interval:
    """One stay; `ends_at` is None while it lasts or where nobody told its end."""

    starts_at: datetime
    ends_at: datetime | None


@dataclass
class Attendance:
    """One person's stays in one meeting, over all devices."""

    name: str
    organisation: str
    is_host: bool
    intervals: list[Interval] = field(default_factory=list)
    is_present: bool = False
    # A departure that nobody told, although the meeting is over.
    is_uncertain: bool = False

    @property
    def total(self) -> timedelta:
        ended = (i.ends_at - i.starts_at for i in self.intervals if i.ends_at)
        return sum(ended, timedelta())


def attendance_of(meeting: Meeting) -> list[Attendance]:
    """Who came, in order of arrival, in two statements whatever their number; in the meeting's
    scope. People who were let in but never arrived are left out."""
    assert meeting.tenant_id == current_tenant_id()
    rows: dict[object, Attendance] = {}
    presences = (
        Presence.objects.filter(participant__meeting=meeting, joined_at__isnull=False)
        .select_related("participant")
        .order_by("joined_at")
    )
    over = meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED)
    for presence in presences:
        assert presence.joined_at is not None
        person = presence.participant
        row = rows.setdefault(
            person.id, Attendance(person.name, person.organisation, person.is_host)
        )
        ends_at = presence.left_at or (meeting.ended_at if over else None)
        row.is_uncertain |= over and presence.left_at is None
        row.is_present |= ends_at is None
        row.intervals = merge([*row.intervals, Interval(presence.joined_at, ends_at)])
    return list(rows.values())


def merge(intervals: list[Interval]) -> list[Interval]:
    """Joins stays that overlap or nearly touch: two devices, a reload, a reconnection."""
    merged: list[Interval] = []
    for interval in sorted(intervals, key=lambda i: i.starts_at):
        last = merged[-1] if merged else None
        if last and (last.ends_at is None or interval.starts_at <= last.ends_at + SEAM):
            ends_at = interval.ends_at
            if last.ends_at is None or (ends_at and ends_at < last.ends_at):
                ends_at = last.ends_at
            merged[-1] = Interval(last.starts_at, ends_at)
        else:
            merged.append(interval)
    return merged
