"""Whether events that are shown are what was signed: derived again from their rows, now.

For as many as a page holds at once, in a number of statements that depends neither on theirs nor on
the log's size.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import structlog
from django.db import connection

from audit import checkpoints, leaves, tree
from audit.leaves import StoredEvent
from audit.models import Checkpoint, Pending
from audit.notes import BadNote
from audit.sequencer import EVENT_COLUMNS, stored_event
from audit.store import Hashes, MissingHashes, latest_checkpoint
from isolation.scope import current_tenant_id

log = structlog.get_logger(__name__)

# More than this wait only where nothing sequences any more: how many is of no matter.
MOST_WAITING = 10_000


class Verdict(StrEnum):
    """What can be said of an event that is shown."""

    PROVEN = "proven"
    WAITING = "waiting"  # committed, and not in the tree yet
    EDITED = "edited"  # its row is not what its leaf says
    UNSIGNED = "unsigned"  # its leaf does not lead to what was signed
    UNPLACED = "unplaced"  # it stands nowhere in the tree and waits for no place


BAD = frozenset({Verdict.EDITED, Verdict.UNSIGNED, Verdict.UNPLACED})


@dataclass(frozen=True)
class Proof:
    """What was found of one event."""

    verdict: Verdict
    index: int | None = None
    leaf: bytes = b""
    path: tuple[bytes, ...] = ()
    sequenced_at: datetime | None = None
    # The fields of the leaf that the row does not confirm.
    differ: tuple[str, ...] = ()
    is_erased: bool = False
    # What opens the leaf's commitment, where it is proven.
    salt: bytes = b""
    personal: bytes = b""


@dataclass(frozen=True)
class Proofs:
    """What was found of several events, and against what."""

    at: datetime
    checkpoint: Checkpoint | None
    # Why the checkpoint itself proves nothing; empty where it does.
    bad_note: str = ""
    # What the tree lacks, so that nothing leads to the signed root; None where it is whole as far as
    # it was asked for.
    missing: MissingHashes | None = None
    each: Mapping[UUID, Proof] = field(default_factory=dict)

    def having(self, *verdicts: Verdict) -> int:
        """How many of the events have one of these verdicts."""
        return sum(proof.verdict in verdicts for proof in self.each.values())


@dataclass(frozen=True)
class _Row:
    index: int
    leaf: bytes | None
    leaf_hash: bytes
    event: StoredEvent


def prove(event_ids: Iterable[UUID], *, now: datetime) -> Proofs:
    """Checks these events of the open scope's log against the last checkpoint."""
    ids = list(dict.fromkeys(event_ids))
    checkpoint = latest_checkpoint()
    bad_note = _fault_of(checkpoint) if checkpoint else ""
    rows = _rows(ids)
    waiting = _waiting([each for each in ids if each not in rows])
    size = checkpoint.size if checkpoint and not bad_note else 0
    placed = [row.index for row in rows.values() if row.index < size]
    missing = None
    try:
        paths = _paths(placed, size)
    except MissingHashes as error:
        paths, missing = {}, error
        log.error("log_not_whole", tenant_id=str(current_tenant_id()), first=error.first)
    root = bytes(checkpoint.root) if checkpoint else b""
    each = {}
    for event_id in ids:
        row = rows.get(event_id)
        if row is None:
            verdict = Verdict.WAITING if event_id in waiting else Verdict.UNPLACED
            each[event_id] = Proof(verdict)
        else:
            each[event_id] = _proof(row, paths.get(row.index), size=size, root=root)
    return Proofs(now, checkpoint, bad_note, missing, each)


def waiting_count() -> int:
    """How many of the open scope's events wait for their place; MOST_WAITING stands for more."""
    return Pending.objects.all()[:MOST_WAITING].count()


def _fault_of(checkpoint: Checkpoint) -> str:
    """Why a stored checkpoint is not what a key of this log has signed; empty where it is."""
    try:
        note = checkpoints.opened(checkpoint.note, current_tenant_id())
    except BadNote as bad:
        return str(bad)
    if (note.size, note.root) != (checkpoint.size, bytes(checkpoint.root)):
        return "ce qui est signé n’est pas ce qui est enregistré"
    return ""


def _rows(ids: list[UUID]) -> dict[UUID, _Row]:
    """Each event that stands in the tree, with its entry."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT entry.index, entry.leaf, entry.leaf_hash, {EVENT_COLUMNS}"  # noqa: S608
            " FROM audit_leaf entry CROSS JOIN LATERAL ("
            " SELECT * FROM audit_event WHERE id = entry.event_id AND tenant_id = %s OFFSET 0"
            ") event WHERE entry.tenant_id = %s AND entry.event_id = ANY(%s)",
            [current_tenant_id(), current_tenant_id(), ids],
        )
        found = [
            _Row(index, leaf, leaf_hash, stored_event(tuple(columns)))
            for index, leaf, leaf_hash, *columns in cursor
        ]
    return {row.event.id: row for row in found}


def _waiting(ids: Collection[UUID]) -> set[UUID]:
    if not ids:
        return set()
    return set(Pending.objects.filter(event_id__in=ids).values_list("event_id", flat=True))


def _paths(indexes: list[int], size: int) -> dict[int, list[bytes]]:
    """The inclusion proofs of these entries; all their hashes are read at once. MissingHashes."""
    parts = {index: tree.inclusion_parts(index, size) for index in indexes}
    asked = [each for path in parts.values() for part in path for each in part]
    hashes = iter(Hashes(size)(asked) if asked else ())
    return {
        index: [tree.fold([next(hashes) for _ in part]) for part in path]
        for index, path in parts.items()
    }


def _proof(row: _Row, path: list[bytes] | None, *, size: int, root: bytes) -> Proof:
    """Derives the leaf again from the row, then follows its hash up to the signed root."""
    erased = leaves.is_erased(row.event)
    differ, placed_at = _differences(row)
    if differ:
        return Proof(Verdict.EDITED, row.index, differ=differ, is_erased=erased)
    assert row.leaf is not None
    if path is None or not tree.verify_inclusion(
        tree.leaf_hash(row.leaf), index=row.index, size=size, proof=path, root=root
    ):
        return Proof(Verdict.UNSIGNED, row.index, is_erased=erased)
    return Proof(
        Verdict.PROVEN,
        row.index,
        row.leaf,
        tuple(path),
        datetime.fromisoformat(placed_at),
        is_erased=erased,
        salt=bytes(row.event.salt),
        personal=leaves.personal(row.event),
    )


def _differences(row: _Row) -> tuple[tuple[str, ...], str]:
    """The fields of the leaf that the row does not confirm; and when the entry got its place."""
    event = row.event
    if row.leaf is None:  # pruned, and the event is still there
        return ("leaf",), ""
    try:
        told = leaves.read(row.leaf)
        placed_at, personal = str(told["sequenced_at"]), str(told["personal"])
        datetime.fromisoformat(placed_at)
    except (ValueError, KeyError, TypeError):
        return ("leaf",), ""
    if not leaves.is_erased(event):
        personal = leaves.commitment(event.salt, leaves.personal(event))
    elif leaves.personal(event) != leaves.ERASED:
        return ("personal",), placed_at
    derived = leaves.leaf_holding(event, sequenced_at=placed_at, committed=personal)
    if derived != row.leaf:
        now = leaves.read(derived)
        differ = sorted(name for name in now | told if now.get(name) != told.get(name))
        return tuple(differ) or ("leaf",), placed_at
    if tree.leaf_hash(row.leaf) != row.leaf_hash:
        return ("leaf",), placed_at
    return (), placed_at
