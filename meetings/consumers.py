"""The agenda's socket: it carries nudges to the page, and nothing from it."""

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from meetings.push import agenda_group
from meetings.sockets import visitor_of

NOT_SIGNED_IN = 4401


class AgendaConsumer(AsyncJsonWebsocketConsumer):
    """One open agenda. A person who is not signed in, or has left, gets 4401 and no socket."""

    group = ""

    async def connect(self):
        visitor = await database_sync_to_async(visitor_of)(self.scope)
        if visitor.member is None:
            await self.close(NOT_SIGNED_IN)
            return
        self.group = agenda_group(visitor.member.tenant_id, visitor.member.email)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None, **kwargs):
        """The page has nothing to say here: whoever talks is not our page."""
        await self.close(1008)

    async def agenda_changed(self, event):
        """The group's nudge, passed on."""
        await self.send_json({"type": "agenda_changed"})
