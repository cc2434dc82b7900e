"""Reads entries of the open scope's log as the database has them, to be compared with what was signed."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from audit.leaves import StoredEvent
from audit.sequencer import EVENT_COLUMNS, stored_event
from audit.tiles import parted
from isolation.scope import current_tenant_id


@dataclass(frozen=True)
class Entry:
    """A row of the tree with the event that it stands for."""

    index: int
    event_id: UUID
    leaf: bytes | None
    leaf_hash: bytes
    event: StoredEvent | None


def read_entries(start: int, end: int) -> Iterator[Entry]:
    """Those from `start` on and below `end`, as far as they are there, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT entry.index, entry.event_id, entry.leaf, entry.leaf_hash,"  # noqa: S608
            f" {EVENT_COLUMNS} FROM ("
            " SELECT * FROM audit_leaf WHERE tenant_id = %s AND index >= %s AND index < %s"
            ") entry LEFT JOIN LATERAL ("
            " SELECT * FROM audit_event WHERE id = entry.event_id OFFSET 0"
            ") event ON true ORDER BY entry.index",
            [current_tenant_id(), start, end],
        )
        for index, event_id, leaf, leaf_hash, *columns in cursor:
            event = None if columns[1] is None else stored_event(tuple(columns))
            yield Entry(index, event_id, leaf, leaf_hash, event)


def tiles_ending(start: int, end: int) -> dict[tuple[int, int], tuple[list[bytes], bytes]]:
    """The stored tiles that end among these entries, of every level: their hashes and roots."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT level, index, hashes, root FROM generate_series(0, 6) AS each (height)"
            " JOIN audit_tile ON level = height AND index >= %s >> 8 * (height + 1)"
            " AND index < %s >> 8 * (height + 1) WHERE tenant_id = %s",
            [start, end, current_tenant_id()],
        )
        return {(level, index): (parted(hashes), root) for level, index, hashes, root in cursor}
