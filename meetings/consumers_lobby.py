"""The lobby's two sockets: of who waits to enter, and of who decides.

They are long-lived views: the same loaders and services, and the permission asked on each command.
"""

import asyncio
import contextlib
import random
from uuid import UUID

from channels.db import database_sync_to_async as in_thread
from channels.generic.websocket import AsyncWebsocketConsumer
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from isolation.scope import tenant_scope
from meetings import api, joining, lobby, protocol, push
from meetings.admissions import Pass, admission, pass_of
from meetings.desk import at_desk
from meetings.gate import MeetingOver
from meetings.links import scope_of_link
from meetings.livekit.errors import LiveKitError
from meetings.models import Meeting, MeetingState, ParticipantState
from meetings.policies import Permission
from meetings.sockets import (
    GONE_WRONG,
    NOT_ALLOWED,
    NOTHING_HERE,
    Allowance,
    WrongShape,
    command_in,
    language_of,
    people_in,
    visitor_of,
)

# How often somebody's open socket says that they are still there; see lobby.PATIENCE.
PULSE = 20.0
TURNED = {ParticipantState.REFUSED: "refused", ParticipantState.BARRED: "removed"}


class LobbyConsumer(AsyncWebsocketConsumer):
    """One person who waits, on one device: /ws/lobby/SLUG/DEVICE/."""

    groups_joined: tuple[str, ...] = ()
    pulse: asyncio.Task | None = None
    tenant_id: UUID
    person_id: UUID

    async def connect(self):
        self.slug = self.scope["url_route"]["kwargs"]["slug"]
        self.device = self.scope["url_route"]["kwargs"]["device"]
        found = await in_thread(self._find)()
        if found is None:
            await self.close(NOTHING_HERE)
            return
        self.tenant_id, meeting_id, self.person_id = found
        self.groups_joined = (push.door_group(self.person_id), push.lobby_group(meeting_id))
        for group in self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.accept()
        # Read after the groups are joined: what is decided from here on is told.
        await self.door_look({})
        self.pulse = asyncio.create_task(self._stay())

    async def disconnect(self, code):
        if self.pulse:
            self.pulse.cancel()
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)
        if self.groups_joined:
            with contextlib.suppress(Exception):  # the patience ends without this as well
                await in_thread(self._look_away)()

    async def receive(self, text_data=None, bytes_data=None):
        """Whoever waits can do one thing: stop waiting."""
        try:
            if command_in(text_data) != {"type": "leave"}:
                raise WrongShape
        except WrongShape:
            await self.close(GONE_WRONG)
            return
        await in_thread(self._leave)()
        await self.close(1000)

    # --- What groups tell ------------------------------------------------------------------------
    async def door_admitted(self, event):
        """Let in, by the hot path: the token is made from the message, without a statement."""
        granted = Pass(**event["granted"])
        await self._send({"type": "admitted"} | told(granted, self.device))

    async def door_tell(self, event):
        """The person does not get in."""
        await self._send(event["message"])
        await self.close(NOT_ALLOWED)

    async def door_look(self, event):
        """Something changed: says how things stand now."""
        message = await in_thread(self._how_it_stands)()
        if message is None:
            await self.close(NOTHING_HERE)
            return
        await self._send(message)
        if message["type"] not in ("waiting", "admitted"):
            await self.close(NOT_ALLOWED)

    # --- In a thread, with the database ----------------------------------------------------------
    def _find(self) -> tuple[UUID, UUID, UUID] | None:
        """(tenant, meeting, participant) of somebody who asked to enter."""
        door = joining.peek(self.slug, visitor=visitor_of(self.scope))
        if door is None or door.participant is None:
            return None
        return door.meeting.tenant_id, door.meeting.id, door.participant.id

    def _how_it_stands(self) -> dict | None:
        with scope_of_link(self.slug) as meeting_id:
            door = joining.load(meeting_id, visitor_of(self.scope))
            if door is None or door.participant is None:
                return None
            if door.meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED):
                return protocol.Turned("over", door.meeting.state).as_dict()
            state = ParticipantState(door.participant.state)
            if state == ParticipantState.WAITING:
                lobby.is_here(self.person_id, now=timezone.now())
                return protocol.Waits(lobby.is_host_present(door.meeting)).as_dict()
            if state in TURNED:
                return protocol.Turned(TURNED[state]).as_dict()
            if state == ParticipantState.ADMITTED and door.meeting.room_opened_at:
                granted = pass_of(door.participant, door.meeting, door.policy)
                return {"type": "admitted"} | told(granted, self.device)
        return None

    def _look_away(self) -> None:
        with tenant_scope(self.tenant_id):
            lobby.looks_away(self.person_id, now=timezone.now())

    def _leave(self) -> None:
        with tenant_scope(self.tenant_id):
            lobby.leave(self.person_id)

    def _is_here(self) -> bool:
        with tenant_scope(self.tenant_id):
            return lobby.is_here(self.person_id, now=timezone.now())

    async def _stay(self):
        while True:
            # Not all who came at once speak at once: an admission would wait for them all.
            await asyncio.sleep(PULSE * random.uniform(0.3, 1))
            with contextlib.suppress(DatabaseError):  # PostgreSQL is away for a moment: next time
                if not await in_thread(self._is_here)():
                    await self.door_look({})  # it was decided, and the push got lost

    async def _send(self, message: dict):
        await self.send(text_data=protocol.encode(message))


class HostConsumer(AsyncWebsocketConsumer):
    """Somebody who decides on the lobby of one meeting: /ws/host/SLUG/."""

    group = ""

    async def connect(self):
        self.slug = self.scope["url_route"]["kwargs"]["slug"]
        self.allowance = Allowance()
        meeting = await in_thread(self._meeting)()
        if meeting is None:
            # Accepted first: a browser is not told the code of a socket that never opened.
            await self.accept()
            await self.close(NOT_ALLOWED)
            return
        self.group = push.hosts_group(meeting.id)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self._send(await in_thread(self._lobby)(meeting))

    async def disconnect(self, code):
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        """One command: {"type": "admit" | "refuse", "people": […]} or {"type": "admit_all"}."""
        if not self.group:
            return
        if not self.allowance.spend():
            await self._send(problem("too-fast", self.scope))
            return
        try:
            messages = await in_thread(self._decide)(command_in(text_data))
        except WrongShape:
            await self.close(GONE_WRONG)
            return
        except (PermissionDenied, Http404):
            await self.close(NOT_ALLOWED)
            return
        for message in messages:
            await self._send(message)

    async def host_tell(self, event):
        """A knock or a decision, passed on."""
        await self._send(event["message"])

    async def host_check(self, event):
        """Roles changed: whoever may decide no more hears nothing more."""
        if await in_thread(self._meeting)() is None:
            await self.close(NOT_ALLOWED)

    # --- In a thread, with the database ----------------------------------------------------------
    def _meeting(self) -> Meeting | None:
        """The meeting, if this person may decide on its lobby now."""
        try:
            with self._desk() as desk:
                return desk.meeting
        except (PermissionDenied, Http404):
            return None

    def _desk(self):
        return at_desk(
            self.slug,
            visitor=visitor_of(self.scope),
            permission=Permission.ROOM_ADMIT,
            even_over=True,  # the decision says so itself, in a sentence
        )

    def _lobby(self, meeting: Meeting) -> dict:
        with tenant_scope(meeting.tenant_id):
            waiting = lobby.waiting(meeting.id, now=timezone.now())
            return protocol.Lobby([lobby.person_of(person) for person in waiting]).as_dict()

    def _decide(self, command: dict) -> list[dict]:
        """Does a command; answers what this host alone is told of it."""
        kind, now = command["type"], timezone.now()
        people = None if kind == "admit_all" else people_in(command)
        with self._desk() as desk:
            meeting, actor = desk.meeting, desk.actor
        try:
            if kind == "refuse":
                decision = lobby.refuse(meeting=meeting, people=people or [], by=actor, now=now)
            elif kind in ("admit", "admit_all"):
                decision = lobby.admit(meeting=meeting, people=people, by=actor, now=now)
            else:
                raise WrongShape
        except MeetingOver:
            return [problem("over", self.scope)]
        except LiveKitError:
            return [problem("media-unavailable", self.scope)]
        told = [
            protocol.Decided(person.id.hex, _outcome(person.state), person.decided_by).as_dict()
            for person in decision.already
        ]
        return [*told, problem("full", self.scope)] if decision.no_seat else told

    async def _send(self, message: dict):
        await self.send(text_data=protocol.encode(message))


def told(granted: Pass, device: str) -> dict:
    """An admission as join answers it, without its state."""
    made = admission(granted, device=device, now=timezone.now())
    return api.joined(made).model_dump(mode="json", exclude={"state"})


def _outcome(state: str) -> str:
    return {"admitted": "admitted", "gone": "gone"}.get(state, "refused")


def problem(kind: str, scope) -> dict:
    """Why a command was not done, in the person's language."""
    with override(language_of(scope)):
        title = {
            "over": _("Cette réunion est terminée : on n’y entre plus."),
            "media-unavailable": _(
                "La salle ne répond pas : personne n’est entré. Réessayez dans un instant."
            ),
            "full": _("La réunion est pleine : une partie attend encore."),
            "too-fast": _("C’est trop rapide : réessayez dans un instant."),
        }[kind]
    return {"type": "problem", "kind": kind, "title": title}
