"""`make bench`: what the hot paths cost, as ratios within one run.

Figures of two runs or two machines are not comparable; the ratios are.
"""

import os
import shutil
import sys
from pathlib import Path

from bench import lobby, pages
from visio.local import application, services
from visio.local.bootstrap import LOCAL
from visio.local.configuration import load
from visio.local.processes import Supervisor


def main() -> None:
    home = LOCAL / "bench"
    shutil.rmtree(home, ignore_errors=True)
    stack = load(home, free_ports=True)
    supervisor = Supervisor(home / "logs")
    try:
        supervisor.start(*services.programs(stack))
        services.prepare_database(stack)
        application.prepare(stack)
        supervisor.start(*application.programs(stack))
        origin = stack.environment["VISIO_URL"]
        lines = pages.measure(origin, supervisor)
        lines += lobby.measure(origin, stack.environment["VISIO_WS_URL"], supervisor)
    finally:
        supervisor.stop()
    machine = (
        f"{os.cpu_count()} cores for everything, generator and database among it; "
        f"Python {sys.version.split()[0]}"
    )
    text = "\n".join([machine, *lines])
    print(text)
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "latest.txt").write_text(text + "\n")


if __name__ == "__main__":
    main()
