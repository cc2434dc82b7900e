"""Who gets into a room: from a link's slug to the token that LiveKit accepts."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import (
    DateTimeField,
    Exists,
    FilteredRelation,
    OuterRef,
    Q,
    TextField,
    UUIDField,
)
from django.http import Http404
from django.utils import timezone

from audit.kinds import Kind, Outcome
from audit.log import record
from isolation.prepared import Prepared
from isolation.scope import PLATFORM, tenant_scope
from meetings import gate, lobby, opening, seats
from meetings.admissions import Admission, admission, pass_of
from meetings.links import scope_of_link
from meetings.models import (
    Invitation,
    JoinLink,
    Meeting,
    MeetingRole,
    MeetingState,
    Participant,
    ParticipantState,
    Proof,
)
from meetings.participants import describe
from meetings.personal_room import services as personal_room
from meetings.slugs import SLUG
from meetings.visitors import Visitor
from tenants.models import GuestAccess, Policy

DEVICE = re.compile(r"[a-z0-9-]{8,36}")
# What an entry writes of somebody who is known.
ENTRY = [
    "from_tenant_id",
    "name",
    "organisation",
    "email",
    "proof",
    "role",
    "state",
    "admitted_at",
    "seat_until",
]


@dataclass
class Door:
    """A meeting as one visitor finds it; `participant` is None for who was never here."""

    meeting: Meeting
    policy: Policy
    participant: Participant | None
    is_invited: bool
    has_barred: bool

    @property
    def is_shut(self) -> bool:
        """For good; a personal room's next meeting is another one."""
        return self.meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED)

    def enters_at_once(self, visitor: Visitor, *, now: datetime) -> bool:
        """The gate's judgement; raises what the gate raises."""
        return gate.enters_at_once(
            self.meeting,
            self.policy,
            visitor,
            self.participant,
            is_invited=self.is_invited,
            unproven_wait=self.has_barred,
            now=now,
        )


def find_door(slug: str, *, visitor: Visitor) -> Door:
    """The meeting behind a link, for a person who may approach it; to all others it does not exist.

    Raises Http404 alike for an unknown slug and for a person without right, and writes an agent's
    refusal to the agent's own log; the meeting's ministry (or the installation) receives a copy.
    """
    door = peek(slug, visitor=visitor)
    if door is None:
        _note_refusal(slug, visitor)
        raise Http404("no such meeting for this person")
    return door


def takes_guests(slug: str, *, visitor: Visitor) -> bool:
    """Whether a person from outside may say a name at this link."""
    door = peek(slug, visitor=visitor)
    return door is not None and gate.guest_access(door.meeting, door.policy) != GuestAccess.NONE


def peek(slug: str, *, visitor: Visitor) -> Door | None:
    """The same without a word in any log, for who is not signed in."""
    with scope_of_link(slug) as meeting_id:
        door = load(meeting_id, visitor)
        if door is not None and not door.is_shut:
            return door
        found = personal_room.closed_room(slug, visitor, now=timezone.now())
        return Door(*found, None, False, False) if found else door


def _note_refusal(slug: str, visitor: Visitor) -> None:
    if visitor.member is None:
        return
    with tenant_scope(visitor.member.tenant_id):
        known = SLUG.fullmatch(slug) and JoinLink.objects.filter(slug=slug).first()
        record(
            Kind.JOIN_REFUSED,
            actor=visitor.member,
            outcome=Outcome.REFUSED,
            deliver_to=known.tenant_id if known else PLATFORM,
        )


def load(
    meeting_id: UUID,
    visitor: Visitor,
    *,
    for_update: bool = False,
    seats_at: datetime | None = None,
) -> Door | None:
    """The door, if this person may approach it; in one statement, in the scope of the meeting's
    tenant.

    `for_update` holds the meeting's row, by a statement before: one that reads and waits for a row
    at once would judge by what stood there before it waited. `seats_at`: counts the seats as well.
    """
    if for_update:
        _held(meeting_id=meeting_id)
    known_by = ("user_id" if visitor.user_id else "guest_key") if visitor.is_known else None
    meeting: Any = _found(known_by, counts_seats=seats_at is not None).first(
        meeting_id=meeting_id,
        email=visitor.email or None,
        person=visitor.user_id or visitor.guest_key,
        now=seats_at,
    )
    if meeting is None:
        return None
    policy, participant = meeting.policy or Policy(), getattr(meeting, "mine", None)
    if not gate.may_approach(
        meeting,
        policy,
        visitor,
        is_invited=meeting.is_invited,
        is_known=participant is not None,
    ):
        return None
    return Door(meeting, policy, participant, meeting.is_invited, meeting.has_barred)


_held = Prepared(
    lambda meeting_id: (
        Meeting.objects.select_for_update().filter(id=meeting_id).values_list("id").order_by()
    ),
    meeting_id=UUIDField(),
)


@cache
def _found(known_by: str | None, *, counts_seats: bool) -> Prepared:
    """The meeting with its policy, and what of it concerns one visitor: `mine` is the row of who is
    known by this field."""

    def build(meeting_id, email, person, now):
        invited = Invitation.objects.filter(meeting=OuterRef("pk"), email=email, withdrawn_at=None)
        barred = Participant.objects.filter(meeting=OuterRef("pk"), state=ParticipantState.BARRED)
        meetings: Any = Meeting.objects.select_related("host", "policy").annotate(
            is_invited=Exists(invited), has_barred=Exists(barred)
        )
        if known_by:
            own = Q(**{f"participants__{known_by}": person})
            meetings = meetings.annotate(mine=FilteredRelation("participants", condition=own))
            meetings = meetings.select_related("host", "policy", "mine")
        if counts_seats:
            meetings = seats.counted(meetings, knows_mine=bool(known_by), now=now)
        return meetings.filter(id=meeting_id)

    return Prepared(
        build, meeting_id=UUIDField(), email=TextField(), person=UUIDField(), now=DateTimeField()
    )


def join(
    *,
    slug: str,
    by: Visitor,
    device: str,
    now: datetime,
    room_lost: bool = False,
    back_into: UUID | None = None,
) -> Admission | lobby.Waiting:
    """Lets a person in, or lets them wait. Opens the room at LiveKit when it holds none, or when
    the browser found none (`room_lost`). `back_into`: the meeting in which the person was, who comes
    back by themselves; a later one at the same link is not opened so.

    Raises Http404 (see find_door), MeetingOver, EntryRefused, LiveKitUnavailable, LiveKitRefused.
    """
    answer = _enter(slug, by, device=device, now=now, needs_room=not room_lost, back_into=back_into)
    if isinstance(answer, Meeting):
        # No transaction is open here: LiveKit may be slow. It may be ended or filled meanwhile.
        opening.open_room(answer)
        answer = _enter(slug, by, device=device, now=now, needs_room=False, back_into=answer.id)
    if answer is None or isinstance(answer, Meeting):
        _note_refusal(slug, by)
        raise Http404("no such meeting for this person")
    return answer


def _enter(
    slug: str,
    by: Visitor,
    *,
    device: str,
    now: datetime,
    needs_room: bool,
    back_into: UUID | None = None,
) -> Admission | lobby.Waiting | Meeting | None:
    """Through the gate in one transaction that holds the meeting's row; answers the meeting itself
    when its room must be made first, None where it does not exist for this person."""
    with scope_of_link(slug) as meeting_id:
        if back_into not in (None, meeting_id):
            raise gate.MeetingOver(MeetingState.ENDED)
        door = load(meeting_id, by, for_update=True, seats_at=now)
        if back_into is None and (door is None or door.is_shut):
            held_here = personal_room.hold_meeting(slug, by=by, after=meeting_id, now=now)
            if held_here is not None:
                door = load(held_here, by, for_update=True, seats_at=now)
        if door is None:
            return None
        meeting = door.meeting
        if not door.enters_at_once(by, now=now):
            return lobby.knock(meeting, by, now=now)
        if needs_room and meeting.room_opened_at is None:
            return meeting
        opening.mark_open(meeting, by=by, now=now)
        participant = _let_in(door, by, now=now)
        record(
            Kind.JOIN_GRANTED,
            actor=by,
            subject=participant,
            meeting_id=meeting.id,
            deliver_to=by.tenant_id,
        )
        return admission(pass_of(participant, meeting, door.policy), device=device, now=now)


def _let_in(door: Door, by: Visitor, *, now: datetime) -> Participant:
    """Writes who came in, as they are known now; a role that was given stays. A guest who was
    admitted under one name does not come back under another. Raises EntryRefused("full")."""
    is_new, is_host = door.participant is None, gate.is_host(door.meeting, by)
    participant = door.participant or Participant(meeting=door.meeting, **by.identity)
    before = {field: getattr(participant, field) for field in ENTRY}
    seats.take(participant, door.meeting, door.policy, now=now, is_host=is_host)
    if by.proof == Proof.AGENT or is_new:
        describe(participant, by)
    if is_host:
        participant.role = MeetingRole.HOST
    participant.state = ParticipantState.ADMITTED
    participant.admitted_at = participant.admitted_at or now
    # Nothing else: what a host forbids and a raised hand are written without the meeting's row.
    changed = [field for field in ENTRY if getattr(participant, field) != before[field]]
    if is_new or changed:
        participant.save(update_fields=None if is_new else changed)
    return participant
