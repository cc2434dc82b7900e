"""How a meeting ends: by who may end it, or by itself when it is over and nobody is left."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from audit.kinds import Kind
from audit.log import Actor, record
from isolation import outbox
from isolation.scope import tenant_scope
from meetings import chat, protocol, push
from meetings.livekit import gateway
from meetings.livekit.errors import LiveKitError
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, MeetingState
from tenants import policies as tenant_policies

log = structlog.get_logger(__name__)

# People may come back after a cut, and late ones may come at all, this long after the end.
GRACE = timedelta(minutes=15)


def end(
    meeting_id: UUID, *, by: Actor | None, now: datetime, as_administrator: bool = False
) -> bool:
    """Ends a live meeting of the open scope: nobody stays and nobody comes back; the room is
    deleted after commit. Ending it twice changes nothing. The log says by what right it was ended,
    where that is the ministry's administration and not a role in the meeting."""
    meeting = Meeting.objects.select_for_update().filter(id=meeting_id).first()
    if meeting is None or meeting.state != MeetingState.LIVE:
        return False
    meeting.state = MeetingState.ENDED
    meeting.ended_at = now
    meeting.room_opened_at = None
    meeting.save(update_fields=["state", "ended_at", "room_opened_at"])
    right: dict[str, Any] = {"as_administrator": True} if as_administrator else {}
    record(Kind.MEETING_ENDED, actor=by, meeting_id=meeting.id, **right)
    key = f"{meeting.id}:{meeting.state}"
    outbox.put("meetings.delete_room", key=f"delete_room:{key}", meeting_id=str(meeting.id))
    outbox.put("meetings.announce", key=f"announce:{key}", meeting_id=str(meeting.id))
    close_doors(meeting)
    return True


def close_doors(meeting: Meeting) -> None:
    """What ends with a meeting, whichever way it ends: waiting, and a chat that is not kept."""
    if not tenant_policies.policy().keep_chat:
        chat.forget(meeting)
    over = protocol.Turned("over", meeting.state).as_dict()
    told = {"type": "door.tell", "message": over}
    transaction.on_commit(lambda: push.send([(push.lobby_group(meeting.id), told)]))


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
