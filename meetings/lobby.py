"""The lobby: who asks to enter waits here until somebody decides."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.kinds import Kind
from audit.log import Actor, record
from isolation import outbox
from isolation.scope import current_tenant_id, tenant_scope
from meetings import opening, protocol, push, seats
from meetings.admissions import pass_of
from meetings.gate import EntryRefused, MeetingOver
from meetings.livekit.tokens import LIFETIME
from meetings.models import (
    Meeting,
    MeetingRole,
    MeetingState,
    Participant,
    ParticipantState,
    Presence,
)
from meetings.participants import describe, find_participant
from meetings.visitors import Visitor
from tenants import policies as tenant_policies

# Somebody whose socket is away this long has gone; a reload or a dead spot is shorter.
PATIENCE = timedelta(seconds=45)
FAREWELL = timedelta(seconds=8)
MOST_WAITING = 1000  # nobody decides on more, and nobody can flood the list

_MAY_WAIT = (ParticipantState.WAITING, ParticipantState.REFUSED, ParticipantState.GONE)


@dataclass(frozen=True)
class Waiting:
    """The person has asked to enter and waits for somebody to decide."""

    meeting: Meeting
    participant_id: UUID


@dataclass
class Decision:
    """What became of those who were decided on; `already` by somebody else, or gone."""

    decided: list[UUID] = field(default_factory=list)
    already: list[Participant] = field(default_factory=list)
    no_seat: list[UUID] = field(default_factory=list)


def waiting(meeting_id: UUID, *, now: datetime) -> list[Participant]:
    """Who waits, first come first; in the meeting's scope."""
    return list(
        Participant.objects.filter(
            meeting_id=meeting_id, state=ParticipantState.WAITING, waits_until__gt=now
        ).order_by("knocked_at")
    )


def is_host_present(meeting: Meeting) -> bool:
    """Whether somebody who decides is in the room."""
    return Presence.objects.filter(
        participant__meeting=meeting,
        participant__role__in=[MeetingRole.HOST, MeetingRole.CO_HOST],
        left_at=None,
        missing_at=None,
    ).exists()


def knock(meeting: Meeting, by: Visitor, *, now: datetime) -> Waiting:
    """Asks to enter. Asking again changes nothing; after a refusal or a departure it is a new
    request. The gate has already let the person come this far."""
    with tenant_scope(meeting.tenant_id):
        participant = find_participant(meeting.id, by) or _new(meeting, by, now)
        # Under another name it is another request: whoever decides must see it.
        asks_anew = (
            participant.state != ParticipantState.WAITING
            or participant.knocked_at == now
            or participant.name != by.name
        )
        describe(participant, by)
        knocked_at = now if asks_anew else participant.knocked_at
        # Somebody may have decided in this very moment: then the decision stands.
        waits = Participant.objects.filter(id=participant.id, state__in=_MAY_WAIT).update(
            state=ParticipantState.WAITING,
            knocked_at=knocked_at,
            waits_until=now + PATIENCE,
            from_tenant_id=participant.from_tenant_id,
            name=participant.name,
            organisation=participant.organisation,
            email=participant.email,
            proof=participant.proof,
        )
        if waits and asks_anew:
            participant.knocked_at = knocked_at
            _told(participant, meeting, by, now)
    return Waiting(meeting, participant.id)


def _new(meeting: Meeting, by: Visitor, now: datetime) -> Participant:
    crowd = Participant.objects.filter(meeting=meeting, state=ParticipantState.WAITING).count()
    if crowd >= MOST_WAITING:
        raise EntryRefused("full")
    participant = Participant(
        meeting=meeting, state=ParticipantState.WAITING, knocked_at=now, **by.identity
    )
    describe(participant, by)
    try:
        with transaction.atomic():
            participant.save()
    except IntegrityError:  # the same browser asked twice at once
        found = find_participant(meeting.id, by)
        assert found is not None
        return found
    return participant


def _told(participant: Participant, meeting: Meeting, by: Visitor, now: datetime) -> None:
    record(
        Kind.LOBBY_KNOCKED,
        actor=by,
        subject=participant,
        meeting_id=meeting.id,
        deliver_to=participant.from_tenant_id,
        proof=participant.proof,
    )
    look_again(participant, at=now + PATIENCE)
    knocked = protocol.Knocked(person_of(participant)).as_dict()
    host = meeting.host
    transaction.on_commit(
        lambda: push.send(
            [
                (push.hosts_group(meeting.id), {"type": "host.tell", "message": knocked}),
                (push.agenda_group(host.tenant_id, host.email), {"type": "agenda.changed"}),
            ]
        )
    )


def person_of(participant: Participant) -> protocol.Person:
    """Somebody who waits, as whoever decides sees them."""
    assert participant.knocked_at is not None
    is_own = participant.from_tenant_id == current_tenant_id()
    return protocol.Person(
        id=participant.id.hex,
        name=participant.name,
        organisation="" if is_own else participant.organisation,
        proof=participant.proof,
        email=participant.email,
        since=participant.knocked_at.isoformat(),
    )


def admit(*, meeting: Meeting, people: Iterable[UUID] | None, by: Actor, now: datetime) -> Decision:
    """Lets in those who still wait (all of them without `people`), as far as there are seats.

    Their open sockets receive a token at once. Raises MeetingOver, LiveKitError.
    """
    if meeting.room_opened_at is None:
        opening.open_room(meeting)
    with tenant_scope(meeting.tenant_id):
        meeting, chosen, decision = _hold(meeting.id, people, now)
        policy = tenant_policies.policy()
        free = policy.most_participants - seats.taken(meeting, now=now)
        chosen, left_over = chosen[: max(0, free)], chosen[max(0, free) :]
        decision.no_seat = [person.id for person in left_over]
        if not chosen:
            return decision
        opening.mark_open(meeting, by=by, now=now)
        _decide(chosen, ParticipantState.ADMITTED, by=by, now=now)
        messages = [
            (
                push.door_group(person.id),
                {
                    "type": "door.admitted",
                    "granted": pass_of(person, meeting, policy).as_dict(),
                },
            )
            for person in chosen
        ]
        _announce(meeting, chosen, ParticipantState.ADMITTED, by.audit_name, messages)
        decision.decided = [person.id for person in chosen]
    return decision


def refuse(*, meeting: Meeting, people: Iterable[UUID], by: Actor, now: datetime) -> Decision:
    """Refuses those who still wait; they may ask again a minute later. Raises MeetingOver."""
    with tenant_scope(meeting.tenant_id):
        meeting, chosen, decision = _hold(meeting.id, people, now)
        _decide(chosen, ParticipantState.REFUSED, by=by, now=now)
        told = {"type": "door.tell", "message": protocol.Turned("refused").as_dict()}
        messages = [(push.door_group(person.id), told) for person in chosen]
        _announce(meeting, chosen, ParticipantState.REFUSED, by.audit_name, messages)
        decision.decided = [person.id for person in chosen]
    return decision


def _hold(
    meeting_id: UUID, people: Iterable[UUID] | None, now: datetime
) -> tuple[Meeting, list[Participant], Decision]:
    """The meeting and those who still wait, held until the decision is written: of two hosts who
    decide at once the second finds them decided."""
    meeting = (
        Meeting.objects.select_for_update(of=("self",)).select_related("host").get(id=meeting_id)
    )
    if meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED):
        raise MeetingOver(meeting.state)
    rows = Participant.objects.select_for_update().filter(meeting=meeting).order_by("knocked_at")
    if people is None:
        return meeting, list(rows.filter(state="waiting", waits_until__gt=now)), Decision()
    found = list(rows.filter(id__in=list(people)))
    chosen = [person for person in found if person.state == ParticipantState.WAITING]
    others = [person for person in found if person.state != ParticipantState.WAITING]
    return meeting, chosen, Decision(already=others)


def _decide(
    chosen: list[Participant], state: ParticipantState, *, by: Actor, now: datetime
) -> None:
    kind = Kind.LOBBY_ADMITTED if state == ParticipantState.ADMITTED else Kind.LOBBY_REFUSED
    for person in chosen:
        person.state, person.decided_at, person.decided_by = state, now, by.audit_name
        if state == ParticipantState.ADMITTED:
            person.admitted_at, person.seat_until = now, now + LIFETIME
        record(
            kind,
            actor=by,
            subject=person,
            meeting_id=person.meeting_id,
            deliver_to=person.from_tenant_id,
        )
    Participant.objects.bulk_update(
        chosen, ["state", "decided_at", "decided_by", "admitted_at", "seat_until"]
    )


def _announce(meeting: Meeting, people, state: str, by: str, messages: list) -> None:
    """Tells those concerned, the other hosts and the agenda, once it is written."""
    for person in people:
        decided = protocol.Decided(person.id.hex, state, by).as_dict()
        told = {"type": "host.tell", "message": decided}
        messages.append((push.hosts_group(meeting.id), told))
    host = meeting.host
    messages.append((push.agenda_group(host.tenant_id, host.email), {"type": "agenda.changed"}))
    transaction.on_commit(lambda: push.send(messages))


# --- Who is still there ------------------------------------------------------------------------
def is_here(participant_id: UUID, *, now: datetime) -> bool:
    """The waiting person's socket is open; False when nobody waits there any more."""
    waiting = Participant.objects.filter(id=participant_id, state=ParticipantState.WAITING)
    return bool(waiting.update(waits_until=now + PATIENCE))


def looks_away(participant_id: UUID, *, now: datetime) -> None:
    """The socket closed: a reload, a dead spot, or the person left."""
    participant = Participant.objects.filter(
        id=participant_id, state=ParticipantState.WAITING
    ).first()
    if participant is None:
        return
    participant.waits_until = now + FAREWELL
    participant.save(update_fields=["waits_until"])
    look_again(participant, at=now + FAREWELL)


def look_again(participant: Participant, *, at: datetime) -> None:
    """Beat looks later whether the person is still there."""
    outbox.put(
        "meetings.leave_lobby",
        key=f"leave_lobby:{participant.id}:{at.timestamp():.0f}",
        due_at=at + timedelta(seconds=1),
        participant_id=str(participant.id),
    )


def leave_if_gone(*, tenant_id: UUID, participant_id: str) -> None:
    """Takes somebody off the list whose socket did not come back."""
    now = timezone.now()
    with tenant_scope(tenant_id):
        gone = (
            Participant.objects.select_for_update(of=("self",))
            .select_related("meeting__host")
            .filter(id=participant_id, state=ParticipantState.WAITING, waits_until__lte=now)
            .first()
        )
        if gone is None:
            _look_later(participant_id, now)
            return
        _leave(gone)


def leave(participant_id: UUID) -> None:
    """The person gives up waiting, and says so."""
    waits = (
        Participant.objects.select_for_update(of=("self",))
        .select_related("meeting__host")
        .filter(id=participant_id, state=ParticipantState.WAITING)
        .first()
    )
    if waits is not None:
        _leave(waits)


def _leave(person: Participant) -> None:
    person.state = ParticipantState.GONE
    person.save(update_fields=["state"])
    _announce(person.meeting, [person], ParticipantState.GONE, "", [])


def _look_later(participant_id: str, now: datetime) -> None:
    """Who is still there is looked after again: the socket's server may die without a word."""
    waits = Participant.objects.filter(
        id=participant_id, state=ParticipantState.WAITING, waits_until__gt=now
    ).first()
    if waits is not None and waits.waits_until is not None:
        look_again(waits, at=waits.waits_until)
