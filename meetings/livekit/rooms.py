"""Names of rooms and identities: opaque to people, enough for us to find the way back."""

import re
from uuid import UUID

_ROOM = re.compile(r"([0-9a-f]{32})-([0-9a-f]{32})")
_IDENTITY = re.compile(r"([0-9a-f]{32})\.[a-z0-9-]{8,36}")


def room_name(tenant_id: UUID, meeting_id: UUID) -> str:
    """The name of a meeting's room at LiveKit."""
    return f"{tenant_id.hex}-{meeting_id.hex}"


def parse_room_name(name: str) -> tuple[UUID, UUID]:
    """(tenant, meeting) of a room; ValueError for a room that is not ours."""
    match = _ROOM.fullmatch(name)
    if not match:
        raise ValueError("not a room of ours")
    return UUID(match[1]), UUID(match[2])


def participant_of(identity: str) -> UUID | None:
    """The participant behind an identity, which also names the device; None if not ours."""
    match = _IDENTITY.fullmatch(identity)
    return UUID(match[1]) if match else None
