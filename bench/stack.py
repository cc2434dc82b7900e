"""The benchmark's own installation: production settings, its own database, ports and folder."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from visio.local import application, services
from visio.local.bootstrap import LOCAL, LOCKS, PYTHON, ROOT, call, digest
from visio.local.configuration import Stack, load
from visio.local.processes import Program, Supervisor, answers

HOME = LOCAL / "bench"
# How pages are served is said in one place, and the floor is served in the same way.
PRODUCTION = {"VISIO_ENV": "production", "VISIO_LOG_LEVEL": "WARNING"}


@dataclass(frozen=True)
class Size:
    """How much there is in the database."""

    tenants: int
    members: int
    meetings: int

    @property
    def name(self) -> str:
        return f"{self.meetings:,} meetings of {self.tenants:,} ministries".replace(",", " ")


SMALL, LARGE = Size(15, 2_000, 10_000), Size(1_500, 200_000, 1_000_000)


@dataclass
class Bench:
    """What is running, and where."""

    stack: Stack
    supervisor: Supervisor
    folder: Path
    environment: dict[str, str]
    origin: str
    floors: dict[str, str]  # their addresses, by the role as which they ask PostgreSQL
    loaded_in: float  # seconds
    # How far each scenario's requests were sent: some people can do a thing only once.
    places: dict[str, int] = field(default_factory=dict)

    def process(self, name: str) -> int:
        return next(p.pid for program, p in self.supervisor.running if program.name == name)

    def ask(self, question: str) -> list[tuple]:
        """As PostgreSQL's superuser: statistics, settings."""
        with services._superuser(self.stack, "visio") as connection:
            cursor = connection.execute(question)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running(size: Size) -> Iterator[Bench]:
    """Services, tables, data, pages as in production, and the floors; ends and removes all."""
    folder = HOME / str(size.meetings)
    shutil.rmtree(folder, ignore_errors=True)
    stack = load(folder, free_ports=True)
    supervisor = Supervisor(folder / "logs")
    environment = application.environment(stack) | PRODUCTION
    files = [path for path in sorted((ROOT / "static").rglob("*")) if path.is_file()]
    static = HOME / f"static-{digest(*files, *sorted(LOCKS.glob('*.txt')))}"
    environment["VISIO_STATIC_ROOT"] = str(static)
    try:
        supervisor.start(*_services(stack))
        services.prepare_database(stack)
        application.compile_translations()
        _manage(environment, "migrate", "--database", "owner", "-v0")
        if not (static / "staticfiles.json").exists():
            _manage(environment, "collectstatic", "--noinput", "-v0")
        began = time.monotonic()
        _load(environment, size)
        loaded_in = time.monotonic() - began
        (folder / "inputs").mkdir()
        call(PYTHON, "-m", "bench.inputs", folder / "inputs", cwd=ROOT, **environment)
        pages = _pages(stack, environment)
        floors = dict(_floors(stack, pages, folder))
        supervisor.start(pages)
        supervisor.start(*floors.values())
        bench = Bench(
            stack, supervisor, folder, environment, f"http://127.0.0.1:{stack.port('')}",
            {role: f"http://127.0.0.1:{program.command[program.command.index('--port') + 1]}"
             for role, program in floors.items()},
            loaded_in,
        )  # fmt: skip
        bench.ask("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        yield bench
    finally:
        supervisor.stop()
        shutil.rmtree(folder / "postgresql", ignore_errors=True)


def _services(stack: Stack) -> list[Program]:
    """PostgreSQL as `make run` starts it, and counting statements; no mail and no ProConnect."""
    postgresql = services.postgresql(stack)
    postgresql.command += [
        "-c", "shared_preload_libraries=pg_stat_statements",
        "-c", "pg_stat_statements.track_utility=off",
        "-c", "shared_buffers=1GB", "-c", "max_wal_size=8GB",
    ]  # fmt: skip
    livekit = services.livekit(stack)
    # It would tell of the rooms that were opened beforehand, in the middle of what is measured.
    file = stack.home / "livekit.json"
    configuration = json.loads(file.read_text())
    del configuration["webhook"]
    file.write_text(json.dumps(configuration))
    return [postgresql, services.valkey(stack), livekit]


def _manage(environment: dict[str, str], *command: str) -> None:
    call(PYTHON, "manage.py", *command, cwd=ROOT, **environment)


def _load(environment: dict[str, str], size: Size) -> None:
    """Demonstration data is for development; whoever serves it afterwards is told otherwise."""
    _manage(
        environment | {"VISIO_ENV": "development"},
        "demo_data", "--tenants", str(size.tenants), "--members", str(size.members),
        "--meetings", str(size.meetings),
    )  # fmt: skip


def _pages(stack: Stack, environment: dict[str, str]) -> Program:
    pages = next(program for program in application.programs(stack) if program.name == "pages")
    figures = pages.environment["PROMETHEUS_MULTIPROC_DIR"]
    pages.ready_within = 60
    pages.environment = environment | {"PROMETHEUS_MULTIPROC_DIR": figures}
    return pages


def _floors(stack: Stack, pages: Program, folder: Path) -> Iterator[tuple[str, Program]]:
    """The same granian for a bare WSGI view: as the application's role, and as the owner, for whom
    there is no policy."""
    ports = {"visio_app": stack.port("WS_"), "visio_owner": stack.port("OIDC_")}  # unused here
    addresses = {"visio_app": "DATABASE_URL", "visio_owner": "DATABASE_OWNER_URL"}
    for role, port in ports.items():
        command = [*pages.command[:-1], "bench.floor:application"]
        command[command.index("--port") + 1] = str(port)
        environment = os.environ | {
            "FLOOR_FOLDER": str(folder / "inputs"),
            "FLOOR_DATABASE": pages.environment[addresses[role]],
        }
        ready = answers(f"http://127.0.0.1:{port}/healthz")
        yield (
            role,
            Program(
                f"floor-{role}", command, ready, environment=environment, cwd=ROOT, ready_within=60
            ),
        )
