"""Gives each committed event its place in its tenant's tree, and signs what the tree has become.

After commit, by one process at a time for each tenant: writers never wait for each other, and nothing
that was rolled back leaves a gap. A batch is one transaction: killed at any moment, it happened or it
did not.
"""

import json
from datetime import datetime
from uuid import UUID

from django.db import connection

from audit import checkpoints, leaves, tree
from audit.leaves import StoredEvent
from audit.models import Checkpoint
from audit.notes import Signer
from audit.store import latest_checkpoint, read_tiles
from audit.tiles import Edge, FullTile, edge_of
from isolation.locks import is_alone
from isolation.scope import tenant_scope

BATCH = 4_096  # entries: under a second of work, so that checkpoints stay near to what they cover


EVENT_COLUMNS = ", ".join(
    f"event.{name}::text" if name == "payload" else f"event.{name}" for name in StoredEvent._fields
)


def stored_event(columns: tuple) -> StoredEvent:
    """The event in a row of EVENT_COLUMNS."""
    event = StoredEvent(*columns)
    return event._replace(payload=json.loads(event.payload))


def tenants_with_pending(*, before: datetime | None = None) -> list[UUID]:
    """Tenants of whom an event waits; with `before`, has waited since before this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT visio_tenants_with_pending(%s)", [before])
        return [tenant_id for (tenant_id,) in cursor]


def tenants_with_log() -> list[UUID]:
    """Every tenant that has a log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT visio_tenants_with_log()")
        return [tenant_id for (tenant_id,) in cursor]


def sequence(tenant_id: UUID, *, now: datetime, most: int = BATCH) -> int:
    """Places at most so many of the tenant's pending events; answers how many: none where nothing
    waits, or where another process is at it."""
    signers = checkpoints.signers_of(tenant_id)
    with tenant_scope(tenant_id):
        # The lock spares work; that no place is given twice, the tables' keys see to.
        alone = is_alone("audit.sequencer", tenant_id)
        return _sequence(tenant_id, signers, now, most) if alone else 0


def _sequence(tenant_id: UUID, signers: list[Signer], now: datetime, most: int) -> int:
    latest = latest_checkpoint()
    checkpoints.note_change_of_keys(latest, signers=signers, now=now)
    events = _pending(tenant_id, most)
    if not events:
        return 0
    # The clock may have been set back: the log's own time never goes back.
    now = max(now, latest.at) if latest else now
    edge = _edge(latest)
    start = edge.size
    entries = [leaves.leaf(event, sequenced_at=now) for event in events]
    hashes = [tree.leaf_hash(entry) for entry in entries]
    for leaf_hash in hashes:
        edge.append(leaf_hash)
    _write_leaves(tenant_id, start, [event.id for event in events], entries, hashes)
    if edge.full:
        _write_tiles(tenant_id, edge.full)
    checkpoints.sign(size=edge.size, root=edge.root(), signers=signers, now=now)
    _placed(tenant_id, [event.id for event in events])
    return len(events)


def _pending(tenant_id: UUID, most: int) -> list[StoredEvent]:
    with connection.cursor() as cursor:
        cursor.execute(
            # OFFSET 0: each event by its id, whatever PostgreSQL believes of how few there are.
            f"SELECT {EVENT_COLUMNS} FROM ("  # noqa: S608, our own names
            " SELECT event_id FROM audit_pending WHERE tenant_id = %s ORDER BY event_id LIMIT %s"
            ") pending CROSS JOIN LATERAL ("
            " SELECT * FROM audit_event WHERE id = pending.event_id AND tenant_id = %s OFFSET 0"
            ") event ORDER BY pending.event_id",
            [tenant_id, most, tenant_id],
        )
        return [stored_event(columns) for columns in cursor]


def _edge(latest: Checkpoint | None) -> Edge:
    size = latest.size if latest else 0
    places = edge_of(size)
    tiles = read_tiles(places, size)
    return Edge(size, [tiles[place].rows[0] for place in places])


def _write_leaves(
    tenant_id: UUID, start: int, event_ids: list[UUID], entries: list[bytes], hashes: list[bytes]
) -> None:
    """As one text and one row of bytes: the driver would escape the parts of an array each apart.

    A leaf is JSON without white space: no line's end stands in it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_leaf (tenant_id, index, event_id, leaf, leaf_hash)"
            " SELECT %s, %s + place - 1, event_id, convert_to(leaf, 'UTF8'),"
            " substring(%s FROM (place::integer - 1) * 32 + 1 FOR 32)"
            " FROM ROWS FROM (unnest(%s::uuid[]), string_to_table(%s, E'\\n'))"
            " WITH ORDINALITY AS entry (event_id, leaf, place)",
            [tenant_id, start, b"".join(hashes), event_ids, b"\n".join(entries).decode()],
        )


def _write_tiles(tenant_id: UUID, tiles: list[FullTile]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_tile (tenant_id, level, index, hashes, root)"
            " SELECT %s, * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[], %s::bytea[])",
            [
                tenant_id,
                [tile.place.level for tile in tiles],
                [tile.place.index for tile in tiles],
                [tile.hashes for tile in tiles],
                [tile.root for tile in tiles],
            ],
        )


def _placed(tenant_id: UUID, event_ids: list[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM audit_pending WHERE tenant_id = %s AND event_id = ANY(%s)",
            [tenant_id, event_ids],
        )
