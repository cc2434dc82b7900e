"""Visio's own processes: migrations and demo data, pages, sockets, background work."""

import os
import shutil
from pathlib import Path

from visio.local.bootstrap import PYTHON, ROOT, call, npm_packages
from visio.local.configuration import Stack
from visio.local.processes import Program, answers

BIN = PYTHON.parent
DEMO = Path(__file__).resolve().parent / "demo.json"


def environment(stack: Stack) -> dict[str, str]:
    """What Visio's own processes see."""
    livekit_client = npm_packages() / "livekit-client" / "dist"
    return stack.environment | {
        "VISIO_LIVEKIT_CLIENT_DIR": str(livekit_client),
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
    }


def compile_translations() -> None:
    """Babel instead of gettext's msgfmt, which a bare machine lacks; only what has changed."""
    for catalogue in ROOT.glob("locale/*/LC_MESSAGES/*.po"):
        compiled = catalogue.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < catalogue.stat().st_mtime:
            call(BIN / "pybabel", "compile", "-i", catalogue, "-o", compiled)


def prepare(stack: Stack) -> None:
    """The tables, as the owner, and the demo ministries."""
    variables = environment(stack)
    call(PYTHON, "manage.py", "migrate", "--database", "owner", "-v0", cwd=ROOT, **variables)
    call(PYTHON, "manage.py", "demo_seed", DEMO, cwd=ROOT, **variables)


def programs(stack: Stack) -> list[Program]:
    """Pages and API, sockets, worker and clock."""
    variables = environment(stack)
    pages, sockets = stack.port(""), stack.port("WS_")

    def program(name: str, *command: str, is_ready, **more) -> Program:
        path = str(BIN / command[0])
        return Program(
            name, [path, *command[1:]], is_ready, environment=variables, cwd=ROOT, **more
        )

    figures = stack.home / "metrics"
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir()
    variables["PROMETHEUS_MULTIPROC_DIR"] = str(figures)  # shared by the pages' workers
    # One heap a process: threads take turns anyway, and each heap of theirs would keep its holes.
    variables["MALLOC_ARENA_MAX"] = "1"
    # A worker of their own for what may be slow outside; without any, there is nothing to wait for.
    peers = any(variables.get(name) for name in ("AUDIT_WITNESSES", "AUDIT_SOC_URL"))
    worker_ready = stack.home / "worker-ready"
    worker_ready.unlink(missing_ok=True)
    variables["VISIO_WORKER_READY"] = str(worker_ready)
    return [
        program(
            "pages", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(pages),
            "--workers", "2", "--blocking-threads", "4", "--no-ws", "--log-level", "warning",
            "visio.wsgi:application",
            is_ready=answers(f"http://127.0.0.1:{pages}/healthz"),
        ),
        program(
            "sockets", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(sockets), "--no-server-name",
            "visio.asgi:application",
            is_ready=answers(f"http://127.0.0.1:{sockets}/healthz"),
        ),
        program(
            "worker", "celery", "--quiet", "-A", "visio", "worker", "--concurrency", "2", "--loglevel",
            "INFO", "--without-gossip", "--without-mingle", *(["-X", "outside"] if peers else []),
            is_ready=worker_ready.exists,
        ),
        *(
            [
                program(
                    "peers", "celery", "--quiet", "-A", "visio", "worker", "--concurrency", "1",
                    "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "-Q", "outside",
                    "--hostname", "peers@%h",
                    is_ready=lambda: True,
                )
            ]
            if peers
            else []
        ),
        program(
            "clock", "celery", "--quiet", "-A", "visio", "beat", "--loglevel", "WARNING", "--schedule",
            str(stack.home / "beat-schedule"), "--pidfile=",
            is_ready=lambda: True,
        ),
    ]  # fmt: skip
