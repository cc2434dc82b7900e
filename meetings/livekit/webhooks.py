"""Reads LiveKit's notifications, once it is sure that they are LiveKit's."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import jwt
from django.conf import settings
from google.protobuf.json_format import MessageToDict, Parse, ParseError
from livekit.protocol.webhook import WebhookEvent as Message

from meetings.livekit.errors import WebhookRefused
from meetings.livekit.grants import shown_of
from meetings.livekit.rooms import parse_room_name, participant_of

LONGEST_BODY = 256 * 1024
LEEWAY = 10  # seconds between two clocks


@dataclass(frozen=True)
class WebhookEvent:
    """One notification about one of our rooms; times are UTC."""

    id: str
    kind: str
    tenant_id: UUID
    meeting_id: UUID
    at: datetime
    identity: str
    participant_id: UUID | None
    participant_sid: str
    joined_at: datetime | None
    raw: dict  # as it came, without people's names
    # What LiveKit shows of the participant.
    attributes: dict[str, str] = field(default_factory=dict)


def verify(body: bytes, authorization: str) -> WebhookEvent:
    """The event, if its token is signed with our secret and covers exactly this body.

    Raises WebhookRefused, whose text says why and repeats nothing of the content.
    """
    if len(body) > LONGEST_BODY:
        raise WebhookRefused("too long")
    try:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "),
            settings.LIVEKIT_API_SECRET,
            algorithms=["HS256"],
            issuer=settings.LIVEKIT_API_KEY,
            leeway=LEEWAY,
            options={"require": ["exp", "iss"]},
        )
    except jwt.PyJWTError as error:
        raise WebhookRefused(f"token: {type(error).__name__}") from error
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    if not hmac.compare_digest(digest, str(claims.get("sha256", ""))):
        raise WebhookRefused("the token is of another body")
    return _read(body)


def _read(body: bytes) -> WebhookEvent:
    try:
        message = Parse(body, Message(), ignore_unknown_fields=True)
        tenant_id, meeting_id = parse_room_name(message.room.name)
    except (ParseError, ValueError, UnicodeDecodeError) as error:
        raise WebhookRefused(f"content: {type(error).__name__}") from error
    if not message.id:
        raise WebhookRefused("no id")
    person = message.participant
    joined = person.joined_at_ms / 1000 if person.joined_at_ms else person.joined_at
    return WebhookEvent(
        id=message.id[:64],
        kind=message.event[:40],
        tenant_id=tenant_id,
        meeting_id=meeting_id,
        at=datetime.fromtimestamp(message.created_at, UTC),
        identity=person.identity,
        participant_id=participant_of(person.identity),
        participant_sid=person.sid[:64],
        joined_at=datetime.fromtimestamp(joined, UTC) if joined else None,
        raw=_without_names(message),
        attributes=shown_of(person),
    )


def _without_names(message: Message) -> dict:
    kept = Message()
    kept.CopyFrom(message)
    kept.participant.name = ""
    kept.participant.metadata = ""
    kept.participant.ClearField("attributes")
    return MessageToDict(kept)
