"""The embedded stack's commands: ready or a reason, and never a process left behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import until
from visio.local.configuration import PORTS, _free_ports


@pytest.fixture
def run(bare_environment, tmp_path, root):
    """`run(VISIO_PORT="8000")` starts the stack in a folder of its own."""
    started = []

    def start(**environment):
        process = subprocess.Popen(
            [sys.executable, "-m", "visio.local", "run"],
            env=bare_environment | {"VISIO_HOME": str(tmp_path)} | environment,
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def ports() -> dict[str, str]:
    return {name: str(port) for name, port in zip(PORTS, _free_ports(len(PORTS)), strict=True)}


def listening(ports) -> set[str]:
    """Which of these ports somebody listens on."""
    names = set()
    for name, port in ports.items():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                names.add(name)
    return names


def processes_of(home) -> list[int]:
    """Every process that was started for this installation, by its environment."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and f"VISIO_HOME={home}".encode() in (
                (folder / "environ").read_bytes()
            ):
                found.append(int(folder.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_no_process_is_left(run, ports, tmp_path, number):
    process = run(**ports)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    assert "Ctrl-C" in lines[-1], "".join(lines)
    assert f"http://localhost:{ports['VISIO_PORT']}/" in "".join(lines)
    assert "Alice Martin" in "".join(lines)
    assert listening(ports) == set(ports) - {"VISIO_LIVEKIT_UDP_PORT"}
    assert len(processes_of(tmp_path)) > 9
    process.send_signal(number)
    process.wait(20)
    until(lambda: not listening(ports) and not processes_of(tmp_path), seconds=45)


def test_a_taken_port_is_named(run, ports):
    with socket.create_server(("127.0.0.1", int(ports["VISIO_WS_PORT"]))):
        process = run(**ports)
        said = process.communicate(timeout=20)[0]
    assert process.returncode == 1
    assert ports["VISIO_WS_PORT"] in said
    assert "VISIO_WS_PORT=" in said


def test_half_a_configuration_is_named(run, ports):
    said = run(**ports, DATABASE_URL="postgres://x@y/z").communicate(timeout=20)[0]
    assert "DATABASE_OWNER_URL" in said


def test_a_program_that_dies_is_named_and_stops_the_rest(run, ports, tmp_path):
    process = run(**ports)
    for line in process.stdout:
        if "Ctrl-C" in line:
            break
    sink = next(
        pid for pid in processes_of(tmp_path)
        if b"mail_sink.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )  # fmt: skip
    os.kill(sink, signal.SIGKILL)
    said = process.communicate(timeout=60)[0]
    assert "mail s’est arrêté" in said
    assert process.returncode == 1
    until(lambda: not processes_of(tmp_path), seconds=45)


def test_a_folder_that_is_not_the_tests_own_is_not_emptied(bare_environment, tmp_path, root):
    (tmp_path / "precious").write_text("x")
    done = subprocess.run(
        [sys.executable, "-m", "visio.local", "test"],
        env=bare_environment | {"VISIO_TEST_FOLDER": str(tmp_path)},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert (tmp_path / "precious").exists()


def test_a_port_that_is_none_is_named(run, ports):
    said = run(**ports | {"VISIO_PORT": "http"}).communicate(timeout=20)[0]
    assert "VISIO_PORT=http" in said


def test_a_missing_secret_stops_the_start_with_its_name(root):
    environment = {k: v for k, v in os.environ.items() if k != "LIVEKIT_API_SECRET"}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "LIVEKIT_API_SECRET is not set" in done.stderr


def test_the_deployment_check_is_clean(root):
    environment = os.environ | {
        "VISIO_ENV": "production",
        "VISIO_URL": "https://visio.test",
        "VISIO_WS_URL": "wss://visio.test",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_what_is_configured_is_not_started(monkeypatch, tmp_path):
    from visio.local import services
    from visio.local.configuration import load
    from visio.local.processes import Program

    parts = {
        "DATABASE_URL": "postgresql",
        "REDIS_URL": "valkey",
        "LIVEKIT_URL": "livekit",
        "OIDC_ISSUER": "proconnect",
        "EMAIL_URL": "mail",
    }
    for variable, name in parts.items():
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.setattr(services, name if name != "mail" else "mail_sink",
                            lambda stack, name=name: Program(name, [], bool))  # fmt: skip
    stack = load(tmp_path, free_ports=True)
    assert [program.name for program in services.programs(stack)] == list(parts.values())
    for variable, name in parts.items():
        monkeypatch.setenv(variable, "somewhere else")
        assert name not in {program.name for program in services.programs(stack)}
        assert stack.environment[variable] == "somewhere else"
        monkeypatch.delenv(variable)
