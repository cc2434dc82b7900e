"""Searching ten million events of fifty ministries, by every combination of what the portal offers.

`python -m bench.log_search 1000000` within a stack's environment: with fewer events.
"""

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from bench import log_events
from bench.log_events import END, EVENTS, Ministry
from visio.local import application, services
from visio.local.bootstrap import LOCAL, PYTHON, ROOT
from visio.local.configuration import load
from visio.local.processes import Supervisor

FIELDS = ("person", "kinds", "outcome", "meeting", "period", "network", "text")
ASKED = 36  # questions for each combination
PAGE = 51


def measure(events: int = EVENTS) -> list[str]:
    """The lines of this part, in a stack of its own and a process of its own."""
    home = LOCAL / "bench" / "log_search"
    shutil.rmtree(home, ignore_errors=True)
    embedded = load(home, free_ports=True)
    supervisor = Supervisor(home / "logs")
    try:
        supervisor.start(*services.programs(embedded))
        services.prepare_database(embedded)
        application.prepare(embedded)
        done = subprocess.run(
            [str(PYTHON), "-m", "bench.log_search", str(events)],
            check=True,
            cwd=ROOT,
            env=application.environment(embedded) | {"DJANGO_SETTINGS_MODULE": "visio.settings"},
            stdout=subprocess.PIPE,
        )
    finally:
        supervisor.stop()
        shutil.rmtree(home, ignore_errors=True)
    return done.stdout.decode().splitlines()


def main() -> None:
    """Within the stack's environment."""
    import django

    django.setup()
    events = int(sys.argv[1])
    ministries = log_events.ministries(events)
    for line in (_loaded(events, ministries), *_searched(ministries)):
        print(line, flush=True)


def _loaded(events: int, ministries: list[Ministry]) -> str:
    """As the owner; the indexes are those of the migrations, made again once the rows are there."""
    from django.db import connections

    began = time.monotonic()
    with connections["owner"].cursor() as cursor:
        # Nothing is sequenced here: ten million rows that wait would be measured with the rest.
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER event_is_pending")
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = 'audit_event'::regclass AND NOT indisunique"
        )
        indexes = dict(cursor.fetchall())
        for name in indexes:
            cursor.execute(f"DROP INDEX {name}")
        with cursor.copy(f"COPY audit_event ({log_events.COLUMNS}) FROM STDIN") as copy:
            gathered: list[str] = []
            for row in log_events.rows(events, ministries):
                gathered.append(row)
                if len(gathered) == 500:
                    copy.write("".join(gathered))
                    gathered.clear()
            copy.write("".join(gathered))
        copied = time.monotonic()
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for definition in indexes.values():
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE audit_event")
        cursor.execute(
            "SELECT pg_size_pretty(pg_table_size('audit_event')),"
            " pg_size_pretty(pg_indexes_size('audit_event')),"
            " pg_size_pretty(pg_relation_size('event_by_terms'))"
        )
        [[table, all_indexes, terms]] = cursor.fetchall()
    ended = time.monotonic()
    return (
        f"search: {events:,} events of {len(ministries)} ministries loaded in {ended - began:,.0f} s"
        f" (rows {copied - began:,.0f} s); table {table}, indexes {all_indexes}, of them terms {terms}"
    )


# --- What is asked for ----------------------------------------------------------------------
def _values(ministry: Ministry, dice: random.Random) -> dict[str, Callable[[], dict[str, Any]]]:
    """For each field what somebody may ask for: common, rare, and what meets nothing else."""
    some = dice.choice
    people = [person.partition("\t")[0] for person in ministry.people]

    def person() -> dict[str, Any]:
        name = some(ministry.people).partition("\t")[2]
        return some(
            [
                {"words": ("marie",)},
                {"words": ("a",)},
                {"words": ("ma",)},
                {"words": ("martin",)},
                {"words": ("jean", "bo")},
                {"words": tuple(name.replace("-", " ").split())},
                {"words": ("introuvable",)},
                {"people": (UUID(people[0]),)},  # who does most
                {"people": (UUID(some(people)),)},
                {"people": (uuid4(),)},
            ]
        )

    def kinds() -> dict[str, Any]:
        several = tuple(kind for kind, _share, _who in dice.sample(log_events.KINDS, 4))
        of_nobody, rare, refusal = "meeting_ended", "roles_changed", "sign_in_refused"
        return {
            "kinds": some([("participant_joined",), (of_nobody,), (rare,), (refusal,), several])
        }

    def outcome() -> dict[str, Any]:
        return {"outcome": some(["success", "refused", "failed"])}

    def meeting() -> dict[str, Any]:
        known = [UUID(meeting) for meeting in dice.choices(ministry.meetings, k=150)]
        return {"meetings": some([(known[0],), (known[1],), tuple(known), (uuid4(),)])}

    def period() -> dict[str, Any]:
        day = END - timedelta(days=dice.randrange(2, 360))
        return some(
            [
                {"since": END - timedelta(days=1)},
                {"since": END - timedelta(days=7)},
                {"since": END - timedelta(days=365)},
                {"since": day, "until": day + timedelta(hours=1)},
                {"since": day, "until": day + timedelta(days=60)},
                {"until": day},
            ]
        )

    def network() -> dict[str, Any]:
        own, floor = f"10.{ministry.number}", int(200 * dice.random() ** 2)
        asked = some(
            [
                f"{own}.0.0/16",
                f"{own}.{floor}.0/24",
                f"{own}.{floor}.{dice.randrange(256)}/32",
                f"{own}.192.0/20",
                "10.200.0.0/16",  # nobody's
                "10.0.0.0/8",
                "80.0.0.0/12",
                "2a01:e0a::/32",
                f"2a01:e0a:{dice.randrange(4096):x}::/48",
            ]
        )
        return {"network": ip_network(asked)}

    def text() -> dict[str, Any]:
        asked = [
            "webhook", "budget", "xylophone", "barred", "budget crise", "passkey", "marie", "noël",
            "introuvable", some(people), f"{dice.randrange(2000):06x}",
        ]  # fmt: skip
        return {"text": some(asked)}

    return dict(zip(FIELDS, (person, kinds, outcome, meeting, period, network, text), strict=True))


def _searched(ministries: list[Ministry]) -> list[str]:
    """First, following and previous pages, of the large ministry, a middling and a small one."""
    from audit import search
    from audit.search import Criteria, Edge
    from isolation.scope import tenant_scope

    dice = random.Random(3)
    took: list[tuple[float, tuple[str, ...]]] = []
    work: list[tuple[float, tuple[str, ...]]] = []
    told: list[tuple[float, int, dict[str, Any], int, int]] = []
    readers = [ministries[0], ministries[0], ministries[1], ministries[20]]
    subsets = [
        subset for length in range(len(FIELDS) + 1) for subset in combinations(FIELDS, length)
    ]
    questions = [(subset, n) for subset in subsets for n in range(ASKED)]
    dice.shuffle(questions)
    for subset, n in questions:
        ministry = readers[n % len(readers)]
        values = _values(ministry, dice)
        asked: dict[str, Any] = {}
        for name in subset:
            asked |= values[name]()
        criteria, edge = Criteria(**asked), None
        if n % 3:
            edge = Edge(END - timedelta(days=360 * dice.random()), uuid4(), newer=n % 3 == 2)
        with tenant_scope(ministry.id):
            began, worked = time.perf_counter(), _worked()
            found = list(search.page(criteria, edge=edge, most=PAGE).defer("payload"))
            took.append((time.perf_counter() - began, subset))
            work.append((_worked() - worked, subset))
        told.append((work[-1][0], ministry.number, asked, n % 3, len(found)))
    for seconds, number, asked, page, count in sorted(told, key=lambda each: -each[0])[:25]:
        shown = {name: value if name != "meetings" else len(value) for name, value in asked.items()}
        way = ("first", "older", "newer")[page]
        print(f"· {seconds * 1000:.0f} ms, {number}, {way}: {shown}: {count}", file=sys.stderr)
    return [
        f"search: {len(took):,} questions in {len(subsets)} combinations of filters,"
        f" {_told(took, subsets)}",
        f"search: of that, work of PostgreSQL's and our process (no waiting for a core),"
        f" {_told(work, subsets)}",
    ]


def _worked() -> float:
    """Seconds that this thread and its connection's process have been on a core."""
    from django.db import connection

    pid = connection.connection.info.backend_pid
    nanoseconds = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return time.thread_time() + nanoseconds / 1e9


def _told(took: list[tuple[float, tuple[str, ...]]], subsets: list[tuple[str, ...]]) -> str:
    every = [seconds for seconds, _subset in took]
    late = {
        " + ".join(subset): _late([seconds for seconds, of in took if of == subset], 95)
        for subset in subsets
    }
    worst = max(late, key=lambda name: late[name])
    slow = sum(seconds >= 0.05 for seconds in late.values())
    return (
        f"p50 {_late(every, 50) * 1000:.1f} ms, p95 {_late(every, 95) * 1000:.1f} ms, p99"
        f" {_late(every, 99) * 1000:.1f} ms, at most {max(every) * 1000:.0f} ms; worst combination"
        f" ({worst}) p95 {late[worst] * 1000:.1f} ms; {slow} with a p95 of 50 ms or more"
    )


def _late(seconds: list[float], percent: int) -> float:
    return sorted(seconds)[min(len(seconds) * percent // 100, len(seconds) - 1)]


if __name__ == "__main__":
    main()
