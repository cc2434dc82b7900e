"""What stands in the tree for an event: its leaf, and the personal data to which the leaf commits.

Pure: it needs no Django where it runs. Of personal data the leaf holds a salted
hash only: once they and the salt are erased, it tells nothing of them, and still verifies.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from audit.models import Event

VERSION = 1


class StoredEvent(NamedTuple):
    """An event as its row has it, without a model's cost."""

    id: UUID
    tenant_id: UUID
    kind: str
    at: datetime
    actor_id: str
    actor_name: str
    on_behalf_of: str
    subject_id: str
    subject_name: str
    meeting_id: UUID | None
    outcome: str
    request_id: str
    origin: str | None
    delivered_from: UUID | None
    payload: Any
    salt: bytes


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def canonical_text(value: Any) -> str:
    """JSON, keys sorted, no white space: for strings, integers and null RFC 8785's form."""
    return _encode(value)


def canonical(value: Mapping[str, Any]) -> bytes:
    """The same in UTF-8."""
    return _encode(value).encode()


def moment(at: datetime) -> str:
    """UTC to the microsecond, always of the same length."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def personal(event: "StoredEvent | Event") -> bytes:
    """The personal data of an event, exactly as its leaf commits to them."""
    return canonical(
        {
            "actor_name": event.actor_name,
            "on_behalf_of": event.on_behalf_of,
            "origin": event.origin,
            "payload": event.payload,
            "subject_name": event.subject_name,
        }
    )


# What personal() answers of an event whose personal data were erased.
ERASED = canonical(
    {"actor_name": "", "on_behalf_of": "", "origin": None, "payload": {}, "subject_name": ""}
)


def commitment(salt: bytes | memoryview, data: bytes) -> str:
    """What a leaf holds of personal data."""
    return base64.b64encode(sha256(bytes(salt) + data).digest()).decode()


def leaf(event: "StoredEvent | Event", *, sequenced_at: datetime) -> bytes:
    """The bytes that stand in the tree for this event, placed at this time."""
    return leaf_holding(
        event,
        sequenced_at=moment(sequenced_at),
        committed=commitment(event.salt, personal(event)),
    )


def leaf_holding(event: "StoredEvent | Event", *, sequenced_at: str, committed: str) -> bytes:
    """The same where the commitment is known and the personal data may be erased."""
    return canonical(
        {
            "actor": event.actor_id,
            "at": moment(event.at),
            "delivered_from": event.delivered_from and str(event.delivered_from),
            "id": str(event.id),
            "kind": event.kind,
            "meeting": event.meeting_id and str(event.meeting_id),
            "outcome": event.outcome,
            "personal": committed,
            "request": event.request_id,
            "sequenced_at": sequenced_at,
            "subject": event.subject_id,
            "tenant": str(event.tenant_id),
            "v": VERSION,
        }
    )


def read(leaf: bytes) -> dict[str, Any]:
    """The fields of a leaf, as they are written in it."""
    return json.loads(bytes(leaf))


def is_erased(event: "StoredEvent | Event") -> bool:
    """Whether the personal data were taken out of this event."""
    return not event.salt
