"""Tells open sockets that something changed: agendas, whoever waits, whoever decides."""

import asyncio
import hashlib
from collections.abc import Iterable
from uuid import UUID

import structlog
from channels.layers import get_channel_layer

from meetings.livekit.loop import run

log = structlog.get_logger(__name__)
TIMEOUT = 2.0


def agenda_group(tenant_id: UUID, email: str) -> str:
    """The group of one person's agendas in one tenant; a group's name carries no address."""
    digest = hashlib.sha256(f"{tenant_id}:{email}".encode()).hexdigest()[:40]
    return f"agenda.{digest}"


def door_group(participant_id: UUID) -> str:
    """The sockets of one person who waits."""
    return f"door.{participant_id.hex}"


def lobby_group(meeting_id: UUID) -> str:
    """The sockets of everybody who waits for one meeting."""
    return f"lobby.{meeting_id.hex}"


def hosts_group(meeting_id: UUID) -> str:
    """The sockets of those who decide on one meeting's lobby."""
    return f"hosts.{meeting_id.hex}"


def agenda_changed(tenant_id: UUID, email: str) -> None:
    """A nudge without content: the page asks again for what it may see."""
    send([(agenda_group(tenant_id, email), {"type": "agenda.changed"})])


def send(messages: Iterable[tuple[str, dict]]) -> None:
    """Sends (group, message) pairs, all at once. One that is lost costs a reload or a
    reconnection, which read the database: a fault of Valkey is no reason to fail the work."""
    try:
        run(_send(list(messages)), timeout=TIMEOUT)
    except Exception as error:
        log.warning("push_failed", error=type(error).__name__)


async def _send(messages: list[tuple[str, dict]]) -> None:
    layer = get_channel_layer()
    await asyncio.gather(*(layer.group_send(group, message) for group, message in messages))
