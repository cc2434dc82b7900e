"""What a host does with a room: each act is written, logged, told to everybody, done at LiveKit.

The database is what is true; LiveKit is brought to it through the outbox (meetings/room.py), so
that a fault in between is mended by another try.
"""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from audit.kinds import Kind
from audit.log import record
from isolation import outbox
from meetings import protocol, push
from meetings.desk import Desk
from meetings.models import MeetingRole, Participant, ParticipantState, Proof
from meetings.policies import CAN_BE_FORBIDDEN

GIVEN_ROLES = (MeetingRole.CO_HOST, MeetingRole.PRESENTER, MeetingRole.PARTICIPANT)


def mute(*, desk: Desk, person_id: UUID | None, now: datetime) -> None:
    """Mutes one person, or everybody but the hosts. Whoever may speak may switch on again."""
    if person_id is None:
        record(Kind.MUTED, actor=desk.actor, meeting_id=desk.meeting.id, everybody=True)
        outbox.put("meetings.mute_all", meeting_id=str(desk.meeting.id), asked_at=now.isoformat())
        _tell(desk, "muted_all")
        return
    person = _person(desk, person_id)
    _refuse_on_host(person)
    _log(desk, Kind.MUTED, person)
    outbox.put("meetings.mute", participant_id=str(person.id), asked_at=now.isoformat())
    _tell(desk, "muted", person)


def change_rights(*, desk: Desk, rights: dict[str, bool]) -> None:
    """What participants and guests may do from now on; hosts and presenters are not concerned.
    The caller holds the meeting's row."""
    meeting = desk.meeting
    changed = {
        word: allowed
        for word, allowed in rights.items()
        if getattr(meeting, f"allows_{word}") != allowed
    }
    if not changed:
        return
    for word, allowed in changed.items():
        setattr(meeting, f"allows_{word}", allowed)
    meeting.save(update_fields=[f"allows_{word}" for word in changed])
    record(Kind.ROOM_RIGHTS_CHANGED, actor=desk.actor, meeting_id=meeting.id, rights=changed)
    _apply_to_room(desk)
    _tell(desk, "rights", rights=changed)


def change_person_rights(*, desk: Desk, person_id: UUID, rights: dict[str, bool]) -> None:
    """What one person may not do although the others may."""
    person = _person(desk, person_id)
    _refuse_on_host(person)
    forbidden = set(person.forbidden)
    for word, allowed in rights.items():
        (forbidden.discard if allowed else forbidden.add)(word)
    if forbidden == set(person.forbidden):
        return
    changed = {
        word: word not in forbidden
        for word in CAN_BE_FORBIDDEN
        if (word in forbidden) != (word in person.forbidden)
    }
    person.forbidden = sorted(forbidden)
    person.save(update_fields=["forbidden"])
    _log(desk, Kind.ROOM_RIGHTS_CHANGED, person, rights=changed)
    apply_to(person)
    _tell(desk, "person_rights", person, rights=changed)


def lock(*, desk: Desk, locked: bool) -> None:
    """While a meeting is locked nobody new comes in, or waits. The caller holds the meeting."""
    meeting = desk.meeting
    if meeting.is_locked == locked:
        return
    meeting.is_locked = locked
    meeting.save(update_fields=["is_locked"])
    kind = Kind.ROOM_LOCKED if locked else Kind.ROOM_UNLOCKED
    record(kind, actor=desk.actor, meeting_id=meeting.id)
    _apply_to_room(desk)
    _tell(desk, "locked" if locked else "unlocked")


def give_role(*, desk: Desk, person_id: UUID, role: str) -> None:
    """Promotes or demotes; it takes effect in the room at once. Only an agent can be a co-host.

    Raises ValidationError with a sentence for the host.
    """
    person = _person(desk, person_id)
    _refuse_on_host(person)
    if role == MeetingRole.CO_HOST and person.proof != Proof.AGENT:
        raise ValidationError(
            _("Seul un agent identifié par ProConnect peut être co-organisateur.")
        )
    if role == MeetingRole.PARTICIPANT and person.proof != Proof.AGENT:
        role = MeetingRole.GUEST
    if person.role == role:
        return
    before, person.role = person.role, MeetingRole(role)
    person.save(update_fields=["role"])
    _log(desk, Kind.MEETING_ROLE_CHANGED, person, before=before, after=role)
    apply_to(person)
    _tell(desk, "role", person, role=role)
    _check_deciders(desk)


def remove(*, desk: Desk, person_id: UUID, now: datetime) -> None:
    """Puts somebody out and keeps them out, on every device, until the bar is lifted."""
    person = _person(desk, person_id, any_state=True)
    _refuse_on_host(person)
    if desk.participant is not None and person.id == desk.participant.id:
        raise PermissionDenied("nobody bars themselves")
    if person.state == ParticipantState.BARRED:
        return
    was_waiting = person.state == ParticipantState.WAITING
    person.state, person.decided_at = ParticipantState.BARRED, now
    person.decided_by = desk.visitor.name
    person.hand_raised_at = person.seat_until = None
    if person.role == MeetingRole.CO_HOST:
        person.role = MeetingRole.PARTICIPANT
    person.save()
    _log(desk, Kind.PARTICIPANT_REMOVED, person)
    apply_to(person)
    _tell(desk, "removed", person)
    _check_deciders(desk)
    told = {"type": "door.tell", "message": protocol.Turned("removed").as_dict()}
    decided = protocol.Decided(person.id.hex, "refused", desk.visitor.name).as_dict()
    messages = [(push.door_group(person.id), told)]
    if was_waiting:
        hosts = push.hosts_group(desk.meeting.id)
        messages.append((hosts, {"type": "host.tell", "message": decided}))
    transaction.on_commit(lambda: push.send(messages))


def unbar(*, desk: Desk, person_id: UUID, now: datetime) -> None:
    """Lets somebody who was put out come back."""
    person = _person(desk, person_id, any_state=True)
    if person.state != ParticipantState.BARRED:
        return
    person.state = ParticipantState.ADMITTED if person.admitted_at else ParticipantState.GONE
    person.decided_at, person.decided_by = now, desk.visitor.name
    person.save(update_fields=["state", "decided_at", "decided_by"])
    _log(desk, Kind.PARTICIPANT_UNBARRED, person)
    _tell(desk, "unbarred", person)


def barred(*, desk: Desk) -> list[Participant]:
    """Who was put out and may not come back, the last one first."""
    return list(
        Participant.objects.filter(meeting=desk.meeting, state=ParticipantState.BARRED).order_by(
            "-decided_at"
        )
    )


def lower_hands(*, desk: Desk, person_id: UUID | None) -> None:
    """Lowers one hand, or all."""
    raised = Participant.objects.filter(meeting=desk.meeting, hand_raised_at__isnull=False)
    if person_id is not None:
        raised = raised.filter(id=_person(desk, person_id).id)
    people = list(raised)
    if not people:
        return
    Participant.objects.filter(id__in=[p.id for p in people]).update(hand_raised_at=None)
    everybody = person_id is None
    if everybody:
        record(Kind.HANDS_LOWERED, actor=desk.actor, meeting_id=desk.meeting.id, hands=len(people))
        _tell(desk, "hands_lowered")
    else:
        _log(desk, Kind.HANDS_LOWERED, people[0])
        _tell(desk, "hand_lowered", people[0])
    for person in people:
        apply_to(person)


def raise_hand(*, desk: Desk, raised: bool, now: datetime) -> None:
    """Takes or leaves a place in the queue of hands; asking twice keeps the place."""
    me = desk.me
    other_way = Participant.objects.filter(id=me.id, hand_raised_at__isnull=raised)
    if other_way.update(hand_raised_at=now if raised else None):
        apply_to(me)


def apply_to(person: Participant) -> None:
    """Brings LiveKit to what is written of one person."""
    outbox.put("meetings.apply_standing", participant_id=str(person.id))


def _apply_to_room(desk: Desk) -> None:
    outbox.put("meetings.apply_room", meeting_id=str(desk.meeting.id))


def _person(desk: Desk, person_id: UUID, *, any_state: bool = False) -> Participant:
    """The person concerned, held; one of another meeting does not exist."""
    people = Participant.objects.select_for_update().filter(meeting=desk.meeting, id=person_id)
    person = people.first()
    if person is None or not (any_state or person.state == ParticipantState.ADMITTED):
        raise Http404("no such person in this meeting")
    return person


def _refuse_on_host(person: Participant) -> None:
    if person.role == MeetingRole.HOST:
        raise PermissionDenied("the host is nobody's to change")


def _log(desk: Desk, kind: Kind, person: Participant, **payload) -> None:
    record(
        kind,
        actor=desk.actor,
        subject=person,
        meeting_id=desk.meeting.id,
        deliver_to=person.from_tenant_id,
        **payload,
    )


def _tell(desk: Desk, what: str, person: Participant | None = None, **details) -> None:
    """Everybody in the room sees what was done and by whom."""
    concerned = protocol.Somebody(person.id.hex, person.name) if person else None
    notice = protocol.Notice(what, desk.somebody, concerned, **details)
    outbox.put("meetings.tell", meeting_id=str(desk.meeting.id), message=notice.as_dict())


def _check_deciders(desk: Desk) -> None:
    """Open sockets of hosts ask again whether they still may decide."""
    group = push.hosts_group(desk.meeting.id)
    transaction.on_commit(lambda: push.send([(group, {"type": "host.check"})]))
