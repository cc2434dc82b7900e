"""What was measured, as JSON and as a table, with the machine on which it was."""

import json
import os
import platform
import re
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.load import Measured

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Scenario:
    """What a figure is of; `peer`: answers a second of the closest peer, from and to, and its SQL."""

    title: str
    peer: tuple[int, int] | None = None
    peer_statements: int | None = None


SCENARIOS = {
    "join": Scenario("join token, signed in, first entry", (108, 166)),
    "rejoin": Scenario("the same, coming back (another device, a reload)", (108, 166)),
    "join_elsewhere": Scenario("the same, into another ministry's meeting", (108, 166)),
    "guest": Scenario("join token, anonymous, first entry", (145, 210)),
    "guest_again": Scenario("the same, coming back", (145, 210)),
    "create": Scenario("meeting created", (58, 83), 14),
    "list_20": Scenario("list of 20 among 500", (24, 26), 43),
    "list_100": Scenario("list of 100 among 500", (5, 5), 203),
    "agenda": Scenario("agenda page"),
}


def machine(bench) -> dict[str, str]:
    """Everything stands on it: application, PostgreSQL, Valkey, LiveKit, generator."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    [[postgresql]] = bench.ask("SELECT current_setting('server_version')")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True).stdout
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "processor": model[1] if model else platform.processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "system": f"Linux {platform.release()}",
        "python": platform.python_version(),
        "postgresql": postgresql,
        "wrk": wrk.split("[")[0].removeprefix("wrk").strip(),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def write(told: dict, lobby: list[str]) -> str:
    """Both files; the table's text."""
    RESULTS.mkdir(exist_ok=True)
    plain = json.dumps(told | {"lobby": lobby}, indent=1, default=asdict, ensure_ascii=False)
    (RESULTS / "latest.json").write_text(plain + "\n")
    text = table(told) + _part("The lobby", lobby)
    (RESULTS / "latest.md").write_text(text)
    return text


def write_log(machine: dict[str, str], parts: dict[str, list[str]]) -> str:
    """What the log's own parts printed, each as soon as it is known; the file's text."""
    RESULTS.mkdir(exist_ok=True)
    text = f"# The log that proves itself\n\n{_machine(machine)}\n"
    text += "".join(_part(title, lines) for title, lines in parts.items())
    (RESULTS / "log.md").write_text(text)
    return text


def table(told: dict) -> str:
    parts = [_machine(told["machine"]), _ours(told), _floors(told), _growth(told), _memory(told)]
    return "\n\n".join(["# What the hot paths cost", *filter(None, parts)]) + "\n"


def _machine(about: dict[str, str]) -> str:
    return (
        f"{about['at']}: {about['processor']}, {about['cores']} cores and {about['memory']} for "
        f"application, PostgreSQL {about['postgresql']}, Valkey, LiveKit and generator together; "
        f"{about['system']}, Python {about['python']}, wrk {about['wrk']} with one thread and 16 "
        f"connections. Load of the machine before: {about['load before']}. Ratios within this run "
        "can be compared; figures of another run or machine cannot."
    )


def _ours(told: dict) -> str:
    """Ours beside the closest peer, as measured in its own production settings on two cores, without
    audit events and without tenants."""
    rows = []
    for name, ours in told["small"].items():
        scenario = SCENARIOS[name]
        peer = scenario.peer
        rows.append([
            scenario.title, f"{ours.rate:.0f}",
            f"{peer[0]}–{peer[1]}" if peer and peer[0] != peer[1] else str(peer[0]) if peer else "",
            f"{ours.rate / peer[1]:.1f}–{ours.rate / peer[0]:.1f} ×" if peer else "",
            f"{ours.statements:.1f}", str(scenario.peer_statements or ""),
            f"{ours.p50:.0f}", f"{ours.p95:.0f}",
            f"{ours.worker_ms:.2f}", f"{ours.postgresql_ms:.2f}",
        ])  # fmt: skip
    head = ["", "a second", "peer", "ratio", "SQL", "peer's", "p50 ms", "p95 ms", "worker CPU-ms",
            "PostgreSQL CPU-ms"]  # fmt: skip
    return f"## {told['sizes']['small']}\n\n{_grid(head, rows)}"


def _floors(told: dict) -> str:
    """The share of the floor; and the floor once more as the owner, for whom there is no policy."""
    rows = []
    for name, floor in told["floor"].items():
        ours, bare = told["small"][name], told["floor without policies"].get(name)
        rows.append([
            SCENARIOS[name].title, f"{floor.rate:.0f}", f"{ours.rate / floor.rate:.0%}",
            f"{_all(floor):.2f}", f"{_all(floor) / _all(ours):.0%}",
            f"{floor.postgresql_ms - bare.postgresql_ms:+.2f}" if bare else "",
            f"{_all(floor) / _all(bare) - 1:+.0%}" if bare else "",
        ])  # fmt: skip
    if not rows:
        return ""
    head = ["", "floor, a second", "ours, share", "floor's CPU-ms", "share of CPU",
            "policies, PostgreSQL CPU-ms", "of all CPU"]  # fmt: skip
    return (
        "## The floor\n\nA bare WSGI view under the same server makes the same statements in the same "
        "transactions and signs one token. *Policies*: what the same floor costs more as the "
        f"application's role than as the tables' owner, to whom no policy applies.\n\n"
        f"{_grid(head, rows)}"
    )


def _growth(told: dict) -> str:
    if "large" not in told:
        return ""
    rows = []
    for name, large in told["large"].items():
        small = told["small"][name]
        rows.append([
            SCENARIOS[name].title, f"{small.rate:.0f}", f"{large.rate:.0f}",
            f"{large.rate / small.rate:.2f}", f"{_all(large) / _all(small):.2f}",
            f"{small.statements:.1f} → {large.statements:.1f}",
        ])  # fmt: skip
    sizes = told["sizes"]
    head = [
        "",
        "small, a second",
        "large, a second",
        "large / small",
        "CPU-ms, large / small",
        "SQL",
    ]
    return (
        f"## {sizes['large']}, beside {sizes['small']}\n\nThe largest ministry of each. Loaded in "
        f"{told['loading']['large']:.0f} s (the small in {told['loading']['small']:.0f} s).\n\n"
        f"{_grid(head, rows)}"
    )


def _memory(told: dict) -> str:
    rows = [
        [size, *(f"{value:.0f}" for value in pair)]
        for size, pairs in told["memory"].items()
        for pair in pairs
    ]
    head = ["a worker, after all this", "PSS MiB", "RSS MiB"]
    return f"## Memory (at most 120 MiB; the peer: 146–179)\n\n{_grid(head, rows)}"


def _part(title: str, lines: list[str]) -> str:
    return f"\n## {title}\n\n```\n" + "\n".join(lines) + "\n```\n"


def _all(measured: Measured) -> float:
    return measured.worker_ms + measured.postgresql_ms


def _grid(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *("--:" for _ in head[1:])], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
