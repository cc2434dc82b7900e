"""The outbox's handlers and the clock's calls; each calls one service."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from isolation import outbox
from meetings import chat, ending, invitations, lobby, presence, room
from meetings.livekit import gateway
from meetings.livekit.rooms import room_name
from meetings.personal_room import services as personal_room
from meetings.reminders import services as reminders

outbox.handler("meetings.mail_invitation")(invitations.mail)
outbox.handler("meetings.deliver_invitation")(invitations.deliver)
outbox.handler("meetings.remind")(reminders.remind)
outbox.handler("meetings.let_in_who_waited")(personal_room.let_in_who_waited)
outbox.handler("meetings.announce")(invitations.announce)
outbox.handler("meetings.leave_lobby")(lobby.leave_if_gone)
outbox.handler("meetings.apply_standing")(room.apply_standing)
outbox.handler("meetings.apply_room")(room.apply_room)
outbox.handler("meetings.mute")(room.mute)
outbox.handler("meetings.mute_all")(room.mute_all)
outbox.handler("meetings.tell")(room.tell)
outbox.handler("meetings.tell_chat")(chat.tell)


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


@shared_task
def put_due_reminders() -> None:
    """Beat's call: reminders that fell due go into the outbox."""
    reminders.put_due_reminders(now=timezone.now())


@shared_task
def look_into_rooms() -> None:
    """Beat's call: each open room is looked into by a task of its own."""
    for tenant_id, meeting_id in presence.open_rooms():
        look_into_room.delay(str(tenant_id), str(meeting_id))


@shared_task
def look_into_room(tenant_id: str, meeting_id: str) -> None:
    """Who is in one room, as LiveKit lists it."""
    presence.look_into(UUID(tenant_id), UUID(meeting_id), now=timezone.now())
