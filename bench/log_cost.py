"""What the log's proofs add to a join: the same joins without and with the trigger by which an event
waits for its place, and with the sequencer beside them."""

import subprocess
import time

from bench import load
from bench.load import Measured
from visio.local.bootstrap import PYTHON, ROOT

# There and back again, twice: what drifts meanwhile falls on all alike. Of each the cheapest round
# counts, in which PostgreSQL did least beside it (vacuuming what was loaded).
ROUNDS = ("without", "trigger", "sequenced", "sequenced", "trigger", "without") * 2
SCENARIO = "join"


def measure(bench) -> list[str]:
    """In the installation that is being measured already."""
    found: dict[str, list[Measured]] = {}
    sequencing = []
    for name in ROUNDS:
        _trigger(bench, enabled=name != "without")
        _drain(bench)
        if name != "sequenced":
            found.setdefault(name, []).append(_joins(bench))
            continue
        sent = bench.places.get(SCENARIO, 0)
        sequencer = subprocess.Popen(
            [str(PYTHON), "-m", "bench.log_cost"],
            cwd=ROOT,
            env=_environment(bench),
            stdout=subprocess.PIPE,
        )
        try:
            assert sequencer.stdout
            sequencer.stdout.readline()  # it has started
            before = load.cpu(sequencer.pid)
            found.setdefault(name, []).append(_joins(bench))
            used = load.cpu(sequencer.pid) - before
        finally:
            sequencer.terminate()
            sequencer.wait()
        sequencing.append(used * 1000 / (bench.places[SCENARIO] - sent))
    _trigger(bench, enabled=True)
    return _lines(found, min(sequencing))


def _lines(found: dict[str, list[Measured]], sequencing: float) -> list[str]:
    def cost(name: str) -> float:
        return min(each.worker_ms + each.postgresql_ms for each in found[name])

    def rate(name: str) -> float:
        return max(each.rate for each in found[name])

    bare, marked, whole = cost("without"), cost("trigger"), cost("sequenced") + sequencing
    return [
        f"a join, its event marked as waiting: {marked / bare - 1:+.1%} CPU"
        f" ({bare:.2f} → {marked:.2f} ms), {rate('without'):.0f} → {rate('trigger'):.0f} a second",
        f"the same with the sequencer on the same cores: {whole / bare - 1:+.1%} CPU"
        f" ({sequencing:.2f} ms of them its process), {rate('sequenced'):.0f} a second",
    ]


def _joins(bench) -> Measured:
    return load.measure(bench, SCENARIO, bench.origin, "pages")


def _trigger(bench, *, enabled: bool) -> None:
    verb = "ENABLE" if enabled else "DISABLE"
    bench.ask(f"ALTER TABLE audit_event {verb} TRIGGER event_is_pending")


def _drain(bench) -> None:
    """Nothing waits from before."""
    subprocess.run(
        [str(PYTHON), "manage.py", "audit_sequence"],
        check=True,
        cwd=ROOT,
        env=_environment(bench),
        stdout=subprocess.DEVNULL,
    )


def _environment(bench) -> dict[str, str]:
    return bench.environment | {"DJANGO_SETTINGS_MODULE": "visio.settings"}


def main() -> None:
    """The sequencer, woken each second as beat does."""
    import django

    django.setup()
    from audit.tasks import sequence

    sequence()
    print("ready", flush=True)
    while True:
        woken = time.monotonic()
        sequence()
        time.sleep(max(0.0, woken + 1 - time.monotonic()))


if __name__ == "__main__":
    main()
