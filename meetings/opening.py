"""How a room opens: at LiveKit, and in the meeting's own state."""

from datetime import datetime, timedelta

from audit.kinds import Kind
from audit.log import Actor, record
from isolation import outbox
from meetings.livekit import gateway
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, MeetingState
from meetings.standing import room_metadata

# For how long a meeting in a personal room stands in the agenda, which nobody planned; it ends later,
# once nobody is left.
LENGTH = timedelta(hours=1)


def open_room(meeting: Meeting) -> None:
    """Makes the room at LiveKit. No transaction may be open: LiveKit may be slow."""
    gateway.create_room(room_name(meeting.tenant_id, meeting.id), room_metadata(meeting))


def mark_open(meeting: Meeting, *, by: Actor, now: datetime) -> None:
    """The first person in starts the meeting; in a personal room that is its owner, whenever they
    come, and who waited for that comes in."""
    changed = ["state", "started_at", "room_opened_at"]
    if meeting.state == MeetingState.LIVE and meeting.room_opened_at:
        return
    if meeting.state == MeetingState.SCHEDULED:
        meeting.state = MeetingState.LIVE
        meeting.started_at = now
        record(Kind.MEETING_STARTED, actor=by, meeting_id=meeting.id)
        outbox.put(
            "meetings.announce", key=f"announce:live:{meeting.id}", meeting_id=str(meeting.id)
        )
        if meeting.personal_room_id:
            meeting.starts_at, meeting.ends_at = now, now + LENGTH
            changed += ["starts_at", "ends_at"]
            outbox.put(
                "meetings.let_in_who_waited",
                key=f"let_in_who_waited:{meeting.id}",
                meeting_id=str(meeting.id),
            )
    meeting.room_opened_at = meeting.room_opened_at or now
    meeting.save(update_fields=changed)
