"""What a document of the log is made of. Apart from the document itself, so that a process loads the
library that writes PDF, a second's work and some dozens of megabytes, when it first writes one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from audit.proving import Proofs

# Of longer details the beginning is shown; the other formats have the whole.
LONGEST_DETAILS = 1_000


@dataclass(frozen=True)
class About:
    """What was asked for, by whom and why: every volume says it."""

    ministry: str
    # Each criterion by its label, in words; empty for the whole log.
    filtered: Sequence[tuple[str, str]]
    by: str
    reason: str
    reference: str
    asked_at: datetime


class Row(NamedTuple):
    """An event as PostgreSQL writes it; of its details the beginning, and how long they are."""

    id: UUID
    at: str
    kind: str
    outcome: str
    actor: str
    subject: str
    meeting_id: UUID | None
    sender: UUID | None
    origin: str | None
    actor_id: str
    on_behalf_of: str
    subject_id: str
    request_id: str
    details: str
    length: int


@dataclass(frozen=True)
class Volume:
    """The events of one document."""

    rows: Sequence[Row]
    proofs: Proofs
    # 0 where the document is the whole export.
    number: int
    # How many events come before it, and whether none comes after it.
    before: int
    is_last: bool
