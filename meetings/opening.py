"""How a room opens: at LiveKit, and in the meeting's own state."""

from datetime import datetime

from audit.kinds import Kind
from audit.log import Actor, record
from isolation import outbox
from meetings.livekit import gateway
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, MeetingState
from meetings.standing import room_metadata


def open_room(meeting: Meeting) -> None:
    """Makes the room at LiveKit. No transaction may be open: LiveKit may be slow."""
    gateway.create_room(room_name(meeting.tenant_id, meeting.id), room_metadata(meeting))


def mark_open(meeting: Meeting, *, by: Actor, now: datetime) -> None:
    """The first person in starts the meeting."""
    if meeting.state == MeetingState.LIVE and meeting.room_opened_at:
        return
    if meeting.state == MeetingState.SCHEDULED:
        meeting.state = MeetingState.LIVE
        meeting.started_at = now
        record(Kind.MEETING_STARTED, actor=by, meeting_id=meeting.id)
        outbox.put(
            "meetings.announce", key=f"announce:live:{meeting.id}", meeting_id=str(meeting.id)
        )
    meeting.room_opened_at = meeting.room_opened_at or now
    meeting.save(update_fields=["state", "started_at", "room_opened_at"])
