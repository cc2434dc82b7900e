"""Brings LiveKit's rooms to what is written: handlers of the outbox, each may be repeated."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.utils import timezone

from isolation.scope import tenant_scope
from meetings import protocol
from meetings.livekit import gateway
from meetings.livekit.errors import LiveKitError
from meetings.livekit.gateway import RoomParticipant
from meetings.livekit.grants import Standing
from meetings.livekit.rooms import participant_of, room_name
from meetings.models import Meeting, Participant, ParticipantState
from meetings.policies import Permission, rights_of
from meetings.standing import room_metadata, standing_of
from tenants import policies as tenant_policies

# "Mute" is for now: once it is this late, people have gone on speaking and would be cut off.
LATEST_MUTE = timedelta(seconds=20)
AT_ONCE = 8  # calls to LiveKit


def apply_standing(*, tenant_id: UUID, participant_id: str) -> None:
    """One person's rights and signs, on each of their devices; puts out who may not be there."""
    with tenant_scope(tenant_id):
        person = Participant.objects.filter(id=participant_id).first()
    if person is None:
        return
    room = room_name(tenant_id, person.meeting_id)
    _bring_up_to_date(room, lambda: _standings(tenant_id, id=participant_id))


def apply_room(*, tenant_id: UUID, meeting_id: str) -> None:
    """What the room itself says, and everybody's rights in it."""
    room, told = room_name(tenant_id, UUID(meeting_id)), ""
    while told != (metadata := _metadata(tenant_id, meeting_id)):
        gateway.update_room(room, metadata)
        told = metadata
    _bring_up_to_date(room, lambda: _standings(tenant_id, meeting=meeting_id))


def _metadata(tenant_id: UUID, meeting_id: str) -> str:
    with tenant_scope(tenant_id):
        return room_metadata(Meeting.objects.get(id=meeting_id))


def _standings(tenant_id: UUID, **which) -> dict[UUID, Standing | None]:
    """What is written of people now; None of who may not be in the room."""
    with tenant_scope(tenant_id):
        policy = tenant_policies.policy()
        rows = Participant.objects.filter(**which).select_related("meeting")
        return {
            person.id: standing_of(person, person.meeting, policy)
            if person.state == ParticipantState.ADMITTED
            else None
            for person in rows
        }


def _bring_up_to_date(room: str, read: Callable[[], dict[UUID, Standing | None]]) -> None:
    """Brings everybody to what `read` says, and asks again until nothing has changed meanwhile: of
    two workers that apply two changes at once, the one that knows less may come last."""
    applied: dict[UUID, Standing | None] = {}
    while changed := {who: what for who, what in read().items() if applied.get(who, ...) != what}:
        _at_once(
            partial(_bring, room, present, changed[person_id])
            for present in gateway.list_participants(room)
            if (person_id := participant_of(present.identity)) in changed
        )
        applied |= changed


def _bring(room: str, present: RoomParticipant, standing: Standing | None) -> None:
    if standing is None:
        gateway.remove_participant(room, present.identity)
        return
    if present.attributes != standing.shown:
        gateway.update_participant(room, present.identity, standing)


def mute(*, tenant_id: UUID, participant_id: str, asked_at: str) -> None:
    """Mutes one person's microphones."""
    with tenant_scope(tenant_id):
        person = Participant.objects.get(id=participant_id)
    _mute(room_name(tenant_id, person.meeting_id), asked_at, lambda who: who == person.id)


def mute_all(*, tenant_id: UUID, meeting_id: str, asked_at: str) -> None:
    """Mutes everybody but who moderates. After a fault, only those who are still heard."""
    with tenant_scope(tenant_id):
        meeting = Meeting.objects.get(id=meeting_id)
        policy = tenant_policies.policy()
        exempt = {
            person.id
            for person in Participant.objects.filter(meeting=meeting)
            if Permission.ROOM_MODERATE in rights_of(person, meeting, policy)
        }
    _mute(room_name(tenant_id, meeting.id), asked_at, lambda who: who not in exempt)


def _mute(room: str, asked_at: str, concerns) -> None:
    if timezone.now() > datetime.fromisoformat(asked_at) + LATEST_MUTE:
        return
    _at_once(
        partial(gateway.mute_track, room, present.identity, track)
        for present in gateway.list_participants(room)
        if concerns(participant_of(present.identity))
        for track in present.microphones
    )


def _at_once(calls: Iterable[Callable[[], None]]) -> None:
    """Calls LiveKit for many people. One call that fails or is slow holds up no other; then it
    fails, so that the outbox tries again."""

    def attempt(call: Callable[[], None]) -> LiveKitError | None:
        try:
            call()
        except LiveKitError as error:
            return error
        return None

    with ThreadPoolExecutor(AT_ONCE) as threads:
        failures = [failure for failure in threads.map(attempt, calls) if failure]
    if failures:
        raise failures[0]


def tell(*, tenant_id: UUID, meeting_id: str, message: dict) -> None:
    """Sends one message of the protocol to everybody in the room."""
    send(room_name(tenant_id, UUID(meeting_id)), message)


def send(room: str, message: dict) -> None:
    gateway.send(room, protocol.TOPIC, protocol.encode(message).encode())
