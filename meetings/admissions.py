"""What a browser needs to enter a room: for somebody who was let in, on one device."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from meetings.livekit import tokens
from meetings.livekit.grants import Standing
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, Participant
from meetings.standing import identity_of, standing_of
from tenants.models import Policy


@dataclass(frozen=True)
class Pass:
    """All of an admission but the device and the token; times are ISO 8601. It holds no secret, and
    can be pushed to the socket that knows the device."""

    person: str
    room: str
    meeting: str
    name: str
    sources: list[str]
    attributes: dict[str, str]
    title: str
    starts_at: str
    ends_at: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Admission:
    """What the browser needs to enter the room; the token lives two minutes."""

    token: str
    expires_at: datetime
    identity: str
    role: str
    meeting_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime


def pass_of(participant: Participant, meeting: Meeting, policy: Policy) -> Pass:
    """The pass of somebody who was let in, as things stand."""
    standing = standing_of(participant, meeting, policy)
    return Pass(
        person=participant.id.hex,
        room=room_name(meeting.tenant_id, meeting.id),
        meeting=str(meeting.id),
        name=standing.name,
        sources=sorted(standing.sources),
        attributes=standing.attributes,
        title=meeting.title,
        starts_at=meeting.starts_at.isoformat(),
        ends_at=meeting.ends_at.isoformat(),
    )


def admission(granted: Pass, *, device: str, now: datetime) -> Admission:
    """The token of a pass for one device; asks nothing of any other system."""
    identity = identity_of(UUID(granted.person), device)
    standing = Standing(granted.name, frozenset(granted.sources), granted.attributes)
    token, expires_at = tokens.issue(
        room=granted.room, identity=identity, standing=standing, now=now
    )
    return Admission(
        token=token,
        expires_at=expires_at,
        identity=identity,
        role=standing.attributes["role"],
        meeting_id=UUID(granted.meeting),
        title=granted.title,
        starts_at=datetime.fromisoformat(granted.starts_at),
        ends_at=datetime.fromisoformat(granted.ends_at),
    )
