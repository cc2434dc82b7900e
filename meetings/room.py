"""Brings LiveKit's rooms to what is written: handlers of the outbox, each may be repeated."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from isolation.scope import tenant_scope
from meetings import protocol
from meetings.livekit import gateway
from meetings.livekit.errors import LiveKitError
from meetings.livekit.rooms import participant_of, room_name
from meetings.models import Meeting, Participant, ParticipantState
from meetings.policies import Permission, rights_of
from meetings.standing import room_metadata, standing_of
from tenants import policies as tenant_policies

# "Mute" is for now: once it is this late, people have gone on speaking and would be cut off.
LATEST_MUTE = timedelta(seconds=20)


def apply_standing(*, tenant_id: UUID, participant_id: str) -> None:
    """One person's rights and signs, on each of their devices; puts out who may not be there."""
    with tenant_scope(tenant_id):
        person = Participant.objects.select_related("meeting").filter(id=participant_id).first()
        policy = tenant_policies.policy()
    if person is None:
        return
    _bring_up_to_date(room_name(tenant_id, person.meeting_id), {person.id: person}, policy)


def apply_room(*, tenant_id: UUID, meeting_id: str) -> None:
    """What the room itself says, and everybody's rights in it."""
    with tenant_scope(tenant_id):
        meeting = Meeting.objects.get(id=meeting_id)
        rows = Participant.objects.filter(meeting=meeting).select_related("meeting")
        people = {person.id: person for person in rows}
        policy = tenant_policies.policy()
    room = room_name(tenant_id, meeting.id)
    gateway.update_room(room, room_metadata(meeting))
    _bring_up_to_date(room, people, policy)


def _bring_up_to_date(room: str, people: dict[UUID, Participant], policy) -> None:
    """Goes on after a fault, so that one connection that fails holds up nobody else; then fails,
    so that the outbox tries again."""
    failure: LiveKitError | None = None
    for present in gateway.list_participants(room):
        participant_id = participant_of(present.identity)
        person = people.get(participant_id) if participant_id else None
        if person is None:
            continue
        try:
            if person.state != ParticipantState.ADMITTED:
                gateway.remove_participant(room, present.identity)
                continue
            standing = standing_of(person, person.meeting, policy)
            if present.attributes != standing.attributes:
                gateway.update_participant(room, present.identity, standing)
        except LiveKitError as error:
            failure = error
    if failure:
        raise failure


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
    failure: LiveKitError | None = None
    for present in gateway.list_participants(room):
        if not concerns(participant_of(present.identity)):
            continue
        for track in present.microphones:
            try:
                gateway.mute_track(room, present.identity, track)
            except LiveKitError as error:
                failure = error
    if failure:
        raise failure


def tell(*, tenant_id: UUID, meeting_id: str, message: dict) -> None:
    """Sends one message of the protocol to everybody in the room."""
    send(room_name(tenant_id, UUID(meeting_id)), message)


def send(room: str, message: dict) -> None:
    gateway.send(room, protocol.TOPIC, json.dumps(message).encode())
