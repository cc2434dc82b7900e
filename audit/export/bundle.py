"""The bundle: what is asked of one log, its proofs, and what was signed before."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from audit import departures, notes, tree
from audit.checkpoints import published, verifiers_of
from audit.export.archive import Archive, new_archive
from audit.export.proofs import Prover
from audit.export.readme import readme
from audit.export.rows import Asked, entry_lines, readable_lines
from audit.kinds import Kind, Outcome
from audit.leaves import moment
from audit.log import Actor, record
from audit.models import Checkpoint, Outside
from audit.store import Hashes, MissingHashes, latest_checkpoint, refuse_gaps
from isolation.scope import tenant_scope

log = structlog.get_logger(__name__)

# Up to so many entries each has its proof, also where all of them are there: the verifier then names
# exactly which is bad. Beyond, the proofs would be most of the file.
PROVEN_UP_TO = 100_000
# Who does not go on taking the bundle lets go of the database.
PATIENCE = "60s"
# Earlier checkpoints, spread over the log.
EARLIER = 300


class NothingSigned(Exception):
    """The log has no checkpoint yet: there is nothing to prove anything against."""


def export(tenant_id: UUID, asked: Asked, path: Path, *, now: datetime) -> int:
    """Writes a new file, as `write_bundle` does; FileExistsError where there is one."""
    with new_archive(path) as archive:
        return write_bundle(archive, tenant_id, asked, now=now)


def write_bundle(
    archive: Archive,
    tenant_id: UUID,
    asked: Asked,
    *,
    now: datetime,
    by: Actor | None = None,
    because: Mapping[str, str] | None = None,
) -> int:
    """Writes the bundle and answers how many entries are in it; that it was asked for, by whom and
    why, stands in the log before the first byte is written.

    Raises NothingSigned; MissingHashes where the tree is not whole, which the log then says too.
    """
    said: dict[str, Any] = {
        "format": "bundle",
        "filter": {"from": _said(asked.since), "to": _said(asked.until)},
        **(because or {}),
    }
    with tenant_scope(tenant_id):
        record(Kind.LOG_EXPORTED, actor=by, meeting_id=asked.meeting_id, at=now, **said)
    try:
        with _unchanging(tenant_id):
            latest = latest_checkpoint()
            if latest is None:
                raise NothingSigned
            count = _write(archive, tenant_id, latest, asked, now=now)
    except MissingHashes as missing:
        log.error("log_not_whole", tenant_id=str(tenant_id), first=missing.first)
        with tenant_scope(tenant_id):
            record(
                Kind.LOG_EXPORTED,
                actor=by,
                meeting_id=asked.meeting_id,
                outcome=Outcome.FAILED,
                **said,
                missing=[missing.first, missing.last],
            )
        raise
    with tenant_scope(tenant_id):
        departures.leaves(latest, to=Outside.AUDITORS, now=now)
    return count


@contextmanager
def _unchanging(tenant_id: UUID) -> Iterator[None]:
    """The scope as it is at one moment: what is erased meanwhile is in all members or in none."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [PATIENCE]
            )
        with tenant_scope(tenant_id):
            yield


def _write(
    archive: Archive, tenant_id: UUID, latest: Checkpoint, asked: Asked, *, now: datetime
) -> int:
    if asked.whole:
        refuse_gaps(latest.size)  # before anything of it leaves
    hashes = Hashes(latest.size)
    earlier = _earlier(latest)
    origin = _origin(latest)
    archive.add("README.txt", readme(origin, latest.size, whole=asked.whole, now=now))
    archive.add("keys.txt", _keys(tenant_id, [latest, *earlier]))
    signed = published([latest, *earlier])
    archive.add("checkpoint", signed[latest.size])
    for checkpoint in earlier:
        archive.add(f"checkpoints/{checkpoint.size}", signed[checkpoint.size])
    archive.add("consistency.json", json.dumps(_consistency(earlier, latest.size, hashes)))

    proven = not asked.whole or latest.size <= PROVEN_UP_TO
    counted = _Counted(
        entry_lines(asked, latest.size, prove=Prover(latest.size, hashes) if proven else None)
    )
    archive.add_lines("entries.jsonl", counted)
    archive.add_lines("readable.jsonl", readable_lines(asked, latest.size))
    selection = {
        "tenant": str(tenant_id),
        "from": _said(asked.since),
        "to": _said(asked.until),
        "meeting": asked.meeting_id and str(asked.meeting_id),
        "entries": counted.count,
    }
    archive.add("selection.json", json.dumps(selection))
    return counted.count


def _earlier(latest: Checkpoint) -> list[Checkpoint]:
    """Checkpoints before the latest, spread over the log; among them each that left the installation,
    and each with which the keys changed, so that the new key follows from the old one."""
    sizes = Checkpoint.objects.filter(size__lt=latest.size).order_by("size")
    few = list(sizes[: EARLIER + 1])
    if len(few) <= EARLIER:
        return few
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT spread.size FROM generate_series(1, %(most)s) step CROSS JOIN LATERAL (
                SELECT size FROM audit_checkpoint WHERE tenant_id = %(tenant)s
                AND size < greatest(%(size)s::numeric * step / %(most)s, 2)
                ORDER BY size DESC LIMIT 1
            ) spread
            UNION
            SELECT after.size FROM audit_event event
            JOIN audit_leaf leaf ON leaf.tenant_id = event.tenant_id AND leaf.event_id = event.id
            CROSS JOIN LATERAL (
                SELECT size FROM audit_checkpoint WHERE tenant_id = %(tenant)s
                AND size > leaf.index AND size < %(size)s ORDER BY size LIMIT 1
            ) after
            WHERE event.tenant_id = %(tenant)s AND event.kind = %(kind)s
            """,
            {
                "most": EARLIER,
                "tenant": latest.tenant_id,
                "size": latest.size,
                "kind": Kind.SIGNING_KEY_CHANGED,
            },
        )
        chosen = [size for (size,) in cursor]
    chosen += departures.sizes_outside(before=latest.size)
    return list(sizes.filter(size__in=chosen))


def _consistency(earlier: list[Checkpoint], size: int, hashes: Hashes) -> list[dict]:
    return [
        {
            "from": checkpoint.size,
            "to": size,
            "proof": [
                b64encode(each).decode()
                for each in tree.consistency_proof(checkpoint.size, size, hashes)
            ],
        }
        for checkpoint in earlier
    ]


def _keys(tenant_id: UUID, checkpoints: list[Checkpoint]) -> str:
    """The installation's keys under each name that the log has or had."""
    origins = dict.fromkeys(_origin(checkpoint) for checkpoint in checkpoints)
    return "".join(
        f"{verifier}\n" for origin in origins for verifier in verifiers_of(tenant_id, origin=origin)
    )


def _origin(checkpoint: Checkpoint) -> str:
    return notes.parse_checkpoint(notes.parse(checkpoint.note).text).origin


def _said(at: datetime | None) -> str | None:
    return moment(at.astimezone(UTC)) if at else None


class _Counted:
    """Counts what passes."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self.count += 1
            yield line
