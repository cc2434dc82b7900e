"""One measurement: wrk against an address, and what it cost whom."""

import contextlib
import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

LUA = Path(__file__).with_name("requests.lua")
CONNECTIONS, WARM_UP, SECONDS = 16, 2, 6
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """One scenario at one address; latencies in ms, costs in CPU-ms a request."""

    rate: float
    p50: float
    p95: float
    p99: float
    requests: int
    worker_ms: float
    postgresql_ms: float
    statements: float

    @property
    def summary(self) -> str:
        return (
            f"{self.rate:7.0f}/s  p95 {self.p95:6.0f} ms  {self.statements:5.1f} SQL  "
            f"{self.worker_ms:6.2f} + {self.postgresql_ms:.2f} CPU-ms"
        )


def measure(bench, scenario: str, origin: str, workers: str) -> Measured:
    """Warms up, then measures. An answer that is an error ends the benchmark: what is refused is
    quick, and no figure."""
    kind = "http" if workers == "pages" else "floor.http"
    file = bench.folder / "inputs" / f"{scenario}.{kind}"
    warm = _wrk(origin, file, WARM_UP, bench.places.get(scenario, 0))
    _settled(bench)
    _forget_paces(bench)
    bench.ask("SELECT pg_stat_statements_reset()")
    before = cpu(bench.process(workers)), cpu(bench.process("postgresql"))
    told = _wrk(origin, file, SECONDS, warm["place"])
    calls = _settled(bench)
    after = cpu(bench.process(workers)), cpu(bench.process("postgresql"))
    bench.places[scenario] = told["place"]
    if told["refused"] or told["failed"]:
        raise SystemExit(
            f"{scenario}: {told['refused']} of {told['requests']} answers are errors, "
            f"{told['failed']} failed"
        )
    # Those that were still under way at the end cost as much, although nobody hears their answers.
    sent = told["sent"]
    return Measured(
        rate=told["requests"] / told["seconds"],
        p50=told["p50"],
        p95=told["p95"],
        p99=told["p99"],
        requests=told["requests"],
        worker_ms=(after[0] - before[0]) * 1000 / sent,
        postgresql_ms=(after[1] - before[1]) * 1000 / sent,
        statements=calls / sent,
    )


def _settled(bench) -> float:
    """Waits until what is under way is done; the statements so far, without the look-ups by which
    PostgreSQL itself checks deferred references at a commit."""
    calls = -1.0
    for _ in range(100):
        [[now]] = bench.ask(
            "SELECT coalesce(sum(calls), 0)::float FROM pg_stat_statements "
            "WHERE userid IN ('visio_app'::regrole, 'visio_owner'::regrole) "
            "AND query NOT LIKE 'SELECT 1 FROM ONLY %'"
        )
        if now == calls:
            break
        calls = now
        time.sleep(0.5)
    return calls


def _wrk(origin: str, file: Path, seconds: int, place: int) -> dict:
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", LUA, origin, "--", file, str(place)],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"wrk: {done.stderr or done.stdout}")
    return json.loads(done.stdout.splitlines()[-1])


def _forget_paces(bench) -> None:
    """A few callers stand here for thousands: each may ask again as in a new minute."""
    import redis

    valkey = redis.Redis.from_url(bench.environment["REDIS_URL"])
    for key in valkey.scan_iter("*pace:*", count=1000):
        valkey.delete(key)


# --- What processes cost ---------------------------------------------------------------------
def family(pid: int) -> list[int]:
    """A process and all that descend from it; what ends while one looks is left out."""
    found = [pid]
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def cpu(pid: int) -> float:
    """Seconds of CPU that a family has used, in user and system mode; of those that have ended, as
    their parents were told."""
    return sum(_ticks(member) for member in family(pid)) / TICK


def _ticks(pid: int) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime
    return 0


def memory(pid: int) -> list[tuple[float, float]]:
    """(PSS, RSS) in MiB of each worker of a server; PSS counts what is shared once among all."""
    found = []
    for worker in family(pid)[1:]:
        lines = Path(f"/proc/{worker}/smaps_rollup").read_text().splitlines()
        kib = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
        if kib["Rss"] > 10_000:  # not multiprocessing's own helper
            found.append((kib["Pss"] / 1024, kib["Rss"] / 1024))
    return found
