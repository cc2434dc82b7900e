"""Thins checkpoints: there is one for each batch, and after a week one an hour tells as much.

The tree proves the same without them: whoever holds one of those that go compares it with the leaves'
hashes, which stay. What left the house stays here too (migration 0010 binds the keeper's role to that).
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections

from audit.keeper import KEEPER, keeping
from audit.kinds import Kind
from audit.log import record

ALL_KEPT = timedelta(days=7)
BATCH = 20_000

# One goes where a later one of the same hour stays. What stays besides: the first; those before and
# after a moment that two batches share, because the order of their entries is told by where one ends;
# and the one that ends with the batch of a change of keys, by which the new key follows from the old.
_THIN = """
    WITH each AS (
        SELECT size, at, lead(at) OVER by_size AS next, lag(at) OVER by_size AS previous,
               lag(size) OVER by_size AS begins
        FROM audit_checkpoint WHERE tenant_id = %(tenant)s
        AND size >= coalesce((SELECT max(size) FROM audit_checkpoint
            WHERE tenant_id = %(tenant)s AND size < %(beyond)s), 0)
        WINDOW by_size AS (ORDER BY size)
    ), changes AS MATERIALIZED (
        SELECT leaf.index FROM audit_event event JOIN audit_leaf leaf ON leaf.event_id = event.id
        WHERE event.tenant_id = %(tenant)s AND leaf.tenant_id = %(tenant)s AND event.kind = %(kind)s
    ), many AS (
        SELECT size FROM each
        WHERE at < %(before)s AND previous < at AND at < next
        AND date_trunc('hour', next, 'UTC') = date_trunc('hour', at, 'UTC')
        AND NOT EXISTS (SELECT FROM audit_departure departure
            WHERE departure.tenant_id = %(tenant)s AND departure.size = each.size)
        AND NOT EXISTS (SELECT FROM audit_cosignature cosignature
            WHERE cosignature.tenant_id = %(tenant)s AND cosignature.size = each.size)
        AND NOT EXISTS (SELECT FROM changes
            WHERE changes.index >= each.begins AND changes.index < each.size)
        ORDER BY size LIMIT %(most)s
    )
    DELETE FROM audit_checkpoint USING many
    WHERE tenant_id = %(tenant)s AND audit_checkpoint.size = many.size
    RETURNING audit_checkpoint.size
"""


def thin(*, tenant_id: UUID, now: datetime, beyond: int = 0) -> int | None:
    """Takes away one batch of checkpoints that nobody holds, of sizes from `beyond` on, and writes so
    into the log; answers where to go on, None where nothing is left to take. One transaction of the
    keeper. Raises NoKeeper."""
    with keeping(tenant_id):
        before = now - ALL_KEPT
        with connections[KEEPER].cursor() as cursor:
            cursor.execute(
                _THIN,
                {
                    "tenant": tenant_id,
                    "before": before,
                    "beyond": beyond,
                    "kind": Kind.SIGNING_KEY_CHANGED,
                    "most": BATCH,
                },
            )
            gone = [size for (size,) in cursor]
        if gone:
            record(
                Kind.LOG_PRUNED,
                at=now,
                using=KEEPER,
                events=0,
                entries=[],
                until=before,
                checkpoints={"count": len(gone), "first": min(gone), "last": max(gone)},
            )
    return max(gone) + 1 if len(gone) == BATCH else None
