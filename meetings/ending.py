"""How a meeting ends: by its host, or by itself when it is over and nobody is left."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.core.exceptions import PermissionDenied
from django.db import connection

from audit.kinds import Kind
from audit.log import Actor, record
from isolation import outbox
from isolation.scope import tenant_scope
from meetings.joining import find_meeting, is_host
from meetings.livekit import gateway
from meetings.livekit.errors import LiveKitError
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, MeetingState
from tenants.models import Member

log = structlog.get_logger(__name__)

# People may come back after a cut, and late ones may come at all, this long after the end.
GRACE = timedelta(minutes=15)


def end_meeting_for_all(*, slug: str, by: Member, now: datetime) -> None:
    """The host ends it: nobody stays and nobody comes back. Ending it twice changes nothing."""
    meeting = find_meeting(slug, member=by)
    if not is_host(meeting, by):
        raise PermissionDenied("only the host ends a meeting")
    with tenant_scope(meeting.tenant_id):
        end(meeting.id, by=by, now=now)


def end(meeting_id: UUID, *, by: Actor | None, now: datetime) -> bool:
    """Ends a live meeting of the open scope; the room is deleted after commit."""
    meeting = Meeting.objects.select_for_update().filter(id=meeting_id).first()
    if meeting is None or meeting.state != MeetingState.LIVE:
        return False
    meeting.state = MeetingState.ENDED
    meeting.ended_at = now
    meeting.room_opened_at = None
    meeting.save(update_fields=["state", "ended_at", "room_opened_at"])
    record(Kind.MEETING_ENDED, actor=by, meeting_id=meeting.id)
    key = f"{meeting.id}:{meeting.state}"
    outbox.put("meetings.delete_room", key=f"delete_room:{key}", meeting_id=str(meeting.id))
    outbox.put("meetings.announce", key=f"announce:{key}", meeting_id=str(meeting.id))
    return True


def meetings_to_close(*, now: datetime, limit: int = 200) -> list[tuple[UUID, UUID]]:
    """(tenant, meeting) of live meetings of every tenant whose time is over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenant_id, id FROM visio_meetings_to_close(%s, %s)", [now - GRACE, limit]
        )
        return cursor.fetchall()


def close_if_empty(tenant_id: UUID, meeting_id: UUID, *, now: datetime) -> bool:
    """Ends a meeting whose time is over once nobody is in its room; while LiveKit does not answer
    it is left as it is."""
    try:
        if gateway.list_participants(room_name(tenant_id, meeting_id)):
            return False
    except LiveKitError as error:
        log.warning("meeting_not_closed", meeting_id=str(meeting_id), error=type(error).__name__)
        return False
    with tenant_scope(tenant_id):
        return end(meeting_id, by=None, now=now)
