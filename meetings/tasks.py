"""The outbox's handlers and the clock's calls; each calls one service."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from isolation import outbox
from meetings import ending, invitations
from meetings.livekit import gateway
from meetings.livekit.rooms import room_name

outbox.handler("meetings.mail_invitation")(invitations.mail)
outbox.handler("meetings.deliver_invitation")(invitations.deliver)
outbox.handler("meetings.announce")(invitations.announce)


@outbox.handler("meetings.delete_room")
def delete_room(*, tenant_id: UUID, meeting_id: str) -> None:
    """Puts everybody out and forgets the room; one that is gone already is fine."""
    gateway.delete_room(room_name(tenant_id, UUID(meeting_id)))


@shared_task
def close_ended_meetings() -> None:
    """Beat's call: meetings that are over and whose room is empty end."""
    now = timezone.now()
    for tenant_id, meeting_id in ending.meetings_to_close(now=now):
        ending.close_if_empty(tenant_id, meeting_id, now=now)
