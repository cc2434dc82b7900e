"""How fast a log leaves: as a bundle that proves itself, and from the portal as CSV, JSON Lines and PDF.

Each export is a process of its own, so that its memory can be told; two sizes show whether it grows.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from bench import load
from bench.log import stack_of_its_own
from visio.local.bootstrap import PYTHON, ROOT

SIZES = 100_000, 500_000
# Pages are for people, who read less of it.
PAPER_SIZES = 20_000, 100_000
FORMATS = {"bundle": SIZES, "csv": SIZES, "jsonl": SIZES, "pdf": PAPER_SIZES}
BEGAN = datetime(2026, 1, 5, 7, tzinfo=UTC)


def measure() -> list[str]:
    """The lines of this part, in a stack of its own."""
    with stack_of_its_own("export") as (environment, supervisor):
        postgresql = next(p.pid for each, p in supervisor.running if each.name == "postgresql")

        def run(*command: str) -> dict:
            before = load.cpu(postgresql)
            done = subprocess.run(
                [str(PYTHON), "-m", "bench.log_export", *command],
                check=True,
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
            )
            told = json.loads(done.stdout)
            return told | {"postgresql": load.cpu(postgresql) - before}

        for size in {*SIZES, *PAPER_SIZES}:
            run("fill", str(size))
        return [
            _line(form, sizes, [run(form, str(size)) for size in sizes])
            for form, sizes in FORMATS.items()
        ]


def _line(form: str, sizes: tuple[int, int], told: list[dict]) -> str:
    small, large = told
    fewer, size = sizes
    return (
        f"export {form}: {size / large['seconds']:,.0f} events/s of {size:,}"
        f" ({large['cpu'] / size * 1e6:.0f} CPU-µs an event, {large['postgresql'] / size * 1e6:.0f} more in"
        f" PostgreSQL; {large['bytes'] / size:.0f} bytes), at most {large['megabytes']:.0f} MB,"
        f" {small['megabytes']:.0f} MB of {fewer:,}"
    )


def main(what: str, size: int) -> None:
    """Within the stack's environment."""
    import django

    django.setup()
    if what == "fill":
        _fill(size)
        print(json.dumps({}))
        return
    began, used = time.perf_counter(), time.process_time()
    count = _bundle(size) if what == "bundle" else _file(what, size)
    seconds = time.perf_counter() - began
    used = time.process_time() - used
    most = re.search(r"VmHWM:\s+([0-9]+)", Path("/proc/self/status").read_text())
    told = {
        "seconds": seconds,
        "cpu": used,
        "bytes": count,
        "megabytes": int(most[1]) / 1024 if most else 0,
    }
    print(json.dumps(told))


def tenant_of(size: int) -> UUID:
    """Each size has a log of its own."""
    return UUID(int=size << 80)


def _bundle(size: int) -> int:
    import tempfile

    from django.utils import timezone

    from audit.export.bundle import export
    from audit.export.rows import Asked

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        assert export(tenant_of(size), Asked(), path, now=timezone.now()) == size
        return path.stat().st_size


def _file(form: str, size: int) -> int:
    from audit.search import Criteria
    from auditors import exports

    criteria = Criteria(until=BEGAN + timedelta(days=1))
    if form == "pdf":
        return _paper(criteria, size)
    count = lines = 0
    for piece in exports.FORMATS[form].to_bytes(criteria, tenant_id=tenant_of(size)):
        count += len(piece)
        lines += piece.count(b"\n")
    assert lines == size + (form == "csv")
    return count


def _paper(criteria, size: int) -> int:
    from auditors import volumes
    from auditors.documents.contents import About
    from isolation.scope import tenant_scope

    about = About("Ministère", [], "Aude Auditrice", "Mesure", "", BEGAN)
    with tenant_scope(tenant_of(size)):
        written = volumes.format_of(criteria, about=about)
    assert written.extension == "zip"
    return sum(map(len, written.to_bytes(criteria, tenant_id=tenant_of(size))))


# --- What is exported -------------------------------------------------------------------------
def _events(tenant: UUID, size: int) -> Iterator:
    """People who arrive in meetings, each under a name, from an address."""
    from audit.leaves import StoredEvent

    for n in range(size):
        yield StoredEvent(
            id=UUID(int=tenant.int + n),
            tenant_id=tenant,
            kind=("participant_joined", "participant_left", "join_granted", "lobby_admitted")[
                n % 4
            ],
            at=BEGAN + timedelta(milliseconds=40 * n),
            actor_id=str(UUID(int=n % 1_000 << 64)),
            actor_name=f"Hélène D’Œuvre {n % 1_000}",
            on_behalf_of="",
            subject_id=str(UUID(int=n % 5_000 << 32)),
            subject_name=f"Paul Durand {n % 5_000}",
            meeting_id=UUID(int=n % 300 << 90),
            outcome="success" if n % 50 else "refused",
            request_id=f"{n:032x}",
            origin=f"192.0.2.{n % 250}",
            delivered_from=None,
            payload={"role": "participant", "proof": "agent", "connection": f"PA_{n:x}"},
            salt=sha256(b"salt %d" % n).digest(),
        )


def _fill(size: int) -> None:
    """As the owner, with what the trigger and the sequencer would have made of it."""
    from django.db import connections
    from psycopg.types.json import Jsonb

    from audit import checkpoints, leaves, tree
    from audit.tiles import Edge
    from isolation.scope import tenant_scope

    tenant, edge = tenant_of(size), Edge(0, [[]])
    columns = ", ".join(leaves.StoredEvent._fields)
    sealed = BEGAN + timedelta(days=1)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        with cursor.copy(f"COPY audit_event ({columns}) FROM STDIN") as rows:
            for event in _events(tenant, size):
                rows.write_row(event._replace(payload=Jsonb(event.payload)))
        cursor.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")
        with cursor.copy(
            "COPY audit_leaf (tenant_id, index, event_id, leaf, leaf_hash) FROM STDIN"
        ) as rows:
            for index, event in enumerate(_events(tenant, size)):
                leaf = leaves.leaf(event, sequenced_at=sealed)
                leaf_hash = tree.leaf_hash(leaf)
                edge.append(leaf_hash)
                rows.write_row((tenant, index, event.id, leaf, leaf_hash))
        with cursor.copy(
            "COPY audit_tile (tenant_id, level, index, hashes, root) FROM STDIN"
        ) as rows:
            for tile in edge.full:
                rows.write_row((tenant, *tile.place, tile.hashes, tile.root))
        cursor.execute("ANALYZE audit_event, audit_leaf, audit_tile")
    signers = checkpoints.signers_of(tenant)
    with tenant_scope(tenant):
        checkpoints.note_change_of_keys(None, signers=signers, now=sealed)
        checkpoints.sign(size=size, root=edge.root(), signers=signers, now=sealed)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
