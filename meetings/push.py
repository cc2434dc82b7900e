"""Tells open agendas, over their sockets, that something changed."""

import hashlib
from uuid import UUID

import structlog
from channels.layers import get_channel_layer

from meetings.livekit.loop import run

log = structlog.get_logger(__name__)
TIMEOUT = 1.0


def agenda_group(tenant_id: UUID, email: str) -> str:
    """The group of one person's agendas in one tenant; a group's name carries no address."""
    digest = hashlib.sha256(f"{tenant_id}:{email}".encode()).hexdigest()[:40]
    return f"agenda.{digest}"


def agenda_changed(tenant_id: UUID, email: str) -> None:
    """A nudge without content: the page asks again for what it may see. One that is lost costs
    a reload, so a fault of Valkey is no reason to fail the work that caused it."""
    message = {"type": "agenda.changed"}
    try:
        run(
            get_channel_layer().group_send(agenda_group(tenant_id, email), message), timeout=TIMEOUT
        )
    except Exception as error:
        log.warning("push_failed", error=type(error).__name__)
