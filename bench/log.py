"""The log that proves itself: how fast events get their places, and what a proof costs.

Two processes on the cores that there are: one writes events at a steady pace, the other is the
sequencer, woken each second as beat does.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from uuid import UUID

from visio.local import application, services
from visio.local.bootstrap import LOCAL, PYTHON, ROOT
from visio.local.configuration import load
from visio.local.processes import Supervisor

PACE = 5_000  # events a second
SECONDS = 8
AT_ONCE = 100  # events a transaction
TENANT = UUID(int=1 << 100)
ENTRIES = 10_000_000
PROOFS = 300
PAYLOAD = {"noticed": "webhook"}


@contextmanager
def stack_of_its_own(name: str) -> Iterator[tuple[dict[str, str], Supervisor]]:
    """Services and tables for one part of the benchmark; its environment, and what runs."""
    home = LOCAL / "bench" / name
    shutil.rmtree(home, ignore_errors=True)
    embedded = load(home, free_ports=True)
    supervisor = Supervisor(home / "logs")
    try:
        supervisor.start(*services.programs(embedded))
        services.prepare_database(embedded)
        application.prepare(embedded)
        environment = application.environment(embedded)
        yield environment | {"DJANGO_SETTINGS_MODULE": "visio.settings"}, supervisor
    finally:
        supervisor.stop()
        shutil.rmtree(home, ignore_errors=True)


def measure() -> list[str]:
    """The lines of this part, in a stack of its own and a process of its own."""
    with stack_of_its_own("log") as (environment, _supervisor):
        done = subprocess.run(
            [str(PYTHON), "-m", "bench.log"],
            check=True,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
        )
    return done.stdout.decode().splitlines()


def main() -> None:
    """Within the stack's environment."""
    import django

    django.setup()
    for line in (*appended(), *burst(), *proofs()):
        print(line, flush=True)


def _write(seconds: int) -> None:
    """A process of its own: writes at the pace, as long as it can keep it."""
    import django

    django.setup()
    from django.utils import timezone

    from audit.kinds import Kind
    from audit.log import record_each
    from isolation.scope import tenant_scope

    began, written = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        if written > passed * PACE:
            time.sleep(0.002)
            continue
        with tenant_scope(TENANT):
            payloads = {f"{written + n}": PAYLOAD for n in range(AT_ONCE)}
            record_each(Kind.PARTICIPANT_JOINED, payloads, actor=None, at=timezone.now())
        written += AT_ONCE


def appended() -> list[str]:
    """Writes and sequences side by side."""
    from django.db import connection

    from audit.tasks import sequence

    writer = get_context("spawn").Process(target=_write, args=(SECONDS,))
    writer.start()
    placed, ends = 0, None
    while ends is None or time.monotonic() < ends:
        woken = time.monotonic()
        placed += sequence()
        if not writer.is_alive() and ends is None:
            ends = time.monotonic() + 2
        time.sleep(max(0.0, woken + 1 - time.monotonic()))
    writer.join()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('visio.tenant', %s, false)", [str(TENANT)])
        # An event's `at` is milliseconds before its commit; its batch commits some tenths of a second
        # after it was picked up (the line on one process alone says how long that takes).
        cursor.execute(
            """
            SELECT extract(epoch FROM max(event.at) - min(event.at)), count(*),
                   percentile_cont(0.99) WITHIN GROUP (ORDER BY lag), max(lag)
            FROM (
                SELECT event.at, extract(epoch FROM (
                    convert_from(leaf.leaf, 'UTF8')::jsonb->>'sequenced_at')::timestamptz
                    - event.at) AS lag
                FROM audit_leaf leaf JOIN audit_event event ON event.id = leaf.event_id
                WHERE leaf.tenant_id = %s AND event.tenant_id = %s
            ) AS event
            """,
            [TENANT, TENANT],
        )
        [[span, count, usual, worst]] = cursor
    return [
        f"log: {count / float(span):,.0f} events/s appended ({AT_ONCE} a transaction) beside the"
        f" sequencer; picked up after {float(usual):.2f} s (99 %), {float(worst):.2f} s at most"
    ]


def burst() -> list[str]:
    """The sequencer alone, over a heap of what waits."""
    from django.utils import timezone

    from audit import sequencer
    from audit.kinds import Kind
    from audit.log import record_each
    from isolation.scope import tenant_scope

    heap = 30_000
    with tenant_scope(TENANT):
        payloads = {f"{n}": PAYLOAD for n in range(heap)}
        record_each(Kind.PARTICIPANT_JOINED, payloads, actor=None, at=timezone.now())
    began, longest = time.monotonic(), 0.0
    while True:
        batch = time.monotonic()
        if not sequencer.sequence(TENANT, now=timezone.now()):
            break
        longest = max(longest, time.monotonic() - batch)
    took = time.monotonic() - began
    return [
        f"log: {heap / took:,.0f} events/s sequenced by one process, a batch of"
        f" {sequencer.BATCH} in {longest:.2f} s at most"
    ]


def proofs() -> list[str]:
    """Any entry among ten million: written as the owner, with the tiles that the sequencer makes."""
    import random
    from hashlib import sha256

    from django.db import connections
    from django.utils import timezone

    from audit import store, tree
    from audit.tiles import Edge
    from isolation.scope import tenant_scope

    tenant, edge = UUID(int=2 << 100), Edge(0, [[]])
    with connections["owner"].cursor() as cursor:
        with cursor.copy(
            "COPY audit_leaf (tenant_id, index, event_id, leaf_hash) FROM STDIN"
        ) as rows:
            for index in range(ENTRIES):
                leaf_hash = sha256(index.to_bytes(8, "big")).digest()
                edge.append(leaf_hash)
                rows.write_row((tenant, index, UUID(int=index), leaf_hash))
        with cursor.copy(
            "COPY audit_tile (tenant_id, level, index, hashes, root) FROM STDIN"
        ) as rows:
            for tile in edge.full:
                rows.write_row((tenant, *tile.place, tile.hashes, tile.root))
        cursor.execute("ANALYZE audit_leaf, audit_tile")
        cursor.execute(
            "INSERT INTO audit_checkpoint (tenant_id, size, root, note, at)"
            " VALUES (%s, %s, %s, '', %s)",
            [tenant, ENTRIES, edge.root(), timezone.now()],
        )
    dice, taken, grown = random.Random(7), [], []
    with tenant_scope(tenant):
        for _ in range(PROOFS):
            event_id = UUID(int=dice.randrange(ENTRIES))
            began = time.perf_counter()
            proven = store.inclusion_of(event_id)
            taken.append(time.perf_counter() - began)
            assert proven is not None
            assert tree.verify_inclusion(
                proven.leaf_hash,
                index=proven.index,
                size=ENTRIES,
                proof=proven.proof,
                root=edge.root(),
            )
            old_size = dice.randrange(1, ENTRIES)
            began = time.perf_counter()
            store.consistency_proof(old_size, ENTRIES)
            grown.append(time.perf_counter() - began)
    return [
        f"log: proof of any of {ENTRIES:,} entries, {_milliseconds(taken)};"
        f" of growth since any size, {_milliseconds(grown)}"
    ]


def _milliseconds(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    usual, late = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return f"{usual * 1000:.1f} ms (99 %: {late * 1000:.1f} ms)"


if __name__ == "__main__":
    main()
