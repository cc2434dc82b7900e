"""Reactions: shown to everybody in the room for a moment, kept nowhere."""

from meetings import protocol, room
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, Participant


def show(*, meeting: Meeting, by: Participant, reaction: str) -> None:
    """Raises LiveKitError: one that is lost is not worth another try. No transaction is open."""
    message = protocol.reaction(reaction, protocol.Somebody(by.id.hex, by.name))
    room.send(room_name(meeting.tenant_id, meeting.id), message)
