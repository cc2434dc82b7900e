"""`make bench`: everything, at both sizes, with the lobby and the log; its results are committed.

`python -m bench log`: the log's parts alone. `python -m bench join list_20`: these scenarios alone, at
the small size, beside their floors; prints only.
"""

import argparse
import shutil
import sys
from collections.abc import Iterable

from bench import load, lobby, log, log_cost, log_export, log_search, log_verify, report, stack
from bench.load import Measured
from visio.local import application, services
from visio.local.configuration import load as load_stack
from visio.local.processes import Supervisor


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("scenarios", nargs="*", choices=[*report.SCENARIOS, "log", []])
    names = parser.parse_args().scenarios
    if shutil.which("wrk") is None:
        sys.exit("✗ Il manque wrk : apt-get install wrk")
    if names == ["log"]:
        with stack.running(stack.SMALL) as bench:
            print(_log(report.machine(bench), log_cost.measure(bench)))
        return
    told: dict = {"sizes": {"small": stack.SMALL.name}, "loading": {}, "memory": {}}
    with stack.running(stack.SMALL) as bench:
        told["machine"] = report.machine(bench)
        told["loading"]["small"] = bench.loaded_in
        told["small"] = _measure(bench, names or report.SCENARIOS, "pages", bench.origin)
        told["memory"][stack.SMALL.name] = load.memory(bench.process("pages"))
        added = [] if names else log_cost.measure(bench)
        for title, role in (("floor", "visio_app"), ("floor without policies", "visio_owner")):
            told[title] = _measure(bench, told["small"], f"floor-{role}", bench.floors[role])
    if names:
        print(report.table(told))
        return
    with stack.running(stack.LARGE) as bench:
        told["sizes"]["large"] = stack.LARGE.name
        told["loading"]["large"] = bench.loaded_in
        told["large"] = _measure(bench, report.SCENARIOS, "pages", bench.origin)
        told["memory"][stack.LARGE.name] = load.memory(bench.process("pages"))
    report.write(told, [])  # what follows is long: what is known is kept
    print(report.write(told, _lobby()))
    print(_log(told["machine"], added))


def _log(machine: dict[str, str], added: list[str]) -> str:
    """One part after the other, each in a stack of its own."""
    parts = {"What it adds to a join": added}
    for title, part in (
        ("Writing, sequencing, proving", log),
        ("Exporting", log_export),
        ("Verifying", log_verify),
        ("Searching", log_search),
    ):
        parts[title] = part.measure()
        text = report.write_log(machine, parts)
    return text


def _measure(bench, names: Iterable[str], workers: str, origin: str) -> dict[str, Measured]:
    found = {}
    for name in names:
        found[name] = load.measure(bench, name, origin, workers)
        print(f"· {workers:<18} {name:<16} {found[name].summary}", file=sys.stderr, flush=True)
    return found


def _lobby() -> list[str]:
    """In a stack of its own, with sockets, a worker, and the demonstration's ProConnect."""
    home = stack.HOME / "lobby"
    shutil.rmtree(home, ignore_errors=True)
    embedded = load_stack(home, free_ports=True)
    supervisor = Supervisor(home / "logs")
    try:
        supervisor.start(*services.programs(embedded))
        services.prepare_database(embedded)
        application.prepare(embedded)
        supervisor.start(*application.programs(embedded))
        addresses = embedded.environment
        return lobby.measure(addresses["VISIO_URL"], addresses["VISIO_WS_URL"], supervisor)
    finally:
        supervisor.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
