"""Starts programs, waits until each answers, and leaves none behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

JANITOR = Path(__file__).resolve().parent / "janitor.py"
STOP_WITHIN = 8.0  # seconds, then SIGKILL


class StartFailed(Exception):
    """A program ended or did not answer in time; the text holds the end of its log."""


@dataclass
class Program:
    """One program of the stack: how it starts and how one knows that it is ready."""

    name: str
    command: list[str]
    is_ready: Callable[[], bool]
    environment: dict[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    ready_within: float = 30.0
    cwd: Path | None = None


class Supervisor:
    """Owns the programs that it started, each in a process group of its own."""

    def __init__(self, logs: Path):
        self.logs = logs
        self.running: list[tuple[Program, subprocess.Popen]] = []
        logs.mkdir(parents=True, exist_ok=True)
        self.janitor = subprocess.Popen(
            [sys.executable, "-I", str(JANITOR)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def start(self, *programs: Program) -> None:
        """Starts programs side by side and returns when all are ready; raises StartFailed."""
        for program in programs:
            with open(self.log_of(program), "wb") as log:
                process = subprocess.Popen(
                    program.command,
                    env=program.environment or None,
                    cwd=program.cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self.running.append((program, process))
            self._tell_janitor(f"+{process.pid} {int(program.stop_signal)}")
        for program, process in self.running[-len(programs) :]:
            self._wait(program, process)

    def _wait(self, program: Program, process: subprocess.Popen) -> None:
        deadline = time.monotonic() + program.ready_within
        while not program.is_ready():
            if process.poll() is not None:
                raise StartFailed(f"{program.name} s’est arrêté au démarrage.{self.tail(program)}")
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"{program.name} ne répond pas après {program.ready_within:.0f} s."
                    f"{self.tail(program)}"
                )
            time.sleep(0.05)

    def first_dead(self) -> Program | None:
        """A program that ended by itself, if there is one."""
        return next((prog for prog, process in self.running if process.poll() is not None), None)

    def stop(self) -> None:
        """Stops all, the last started first; what does not stop in time is killed."""
        for program, process in reversed(self.running):
            _signal_group(process, program.stop_signal)
        deadline = time.monotonic() + STOP_WITHIN
        for _program, process in reversed(self.running):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _signal_group(process, signal.SIGKILL)  # whatever is left of the group
            process.wait()
            self._tell_janitor(f"-{process.pid}")
        self.running.clear()

    def _tell_janitor(self, line: str) -> None:
        """Even a kill -9 of the supervisor leaves no program behind."""
        assert self.janitor.stdin is not None
        with contextlib.suppress(OSError):  # it was killed: nothing may keep us from stopping
            print(line, file=self.janitor.stdin, flush=True)

    def log_of(self, program: Program) -> Path:
        return self.logs / f"{program.name}.log"

    def tail(self, program: Program, lines: int = 15) -> str:
        """The end of a program's log, indented, to be shown after a message."""
        text = self.log_of(program).read_text(errors="replace").splitlines()[-lines:]
        return "".join(f"\n    {line}" for line in [f"({self.log_of(program)})", *text])


def _signal_group(process: subprocess.Popen, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def listens(port: int) -> Callable[[], bool]:
    """A readiness check: somebody listens on this port of the loopback."""

    def check() -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return check


def answers(url: str) -> Callable[[], bool]:
    """A readiness check: the address answers 200."""
    from urllib.error import URLError
    from urllib.request import urlopen

    def check() -> bool:
        try:
            with urlopen(url, timeout=2) as response:
                return response.status == 200
        except (URLError, OSError):
            return False

    return check
