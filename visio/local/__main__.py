"""`python -m visio.local run | test | fresh`: the embedded stack's commands, called by make."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from visio.local import application, services
from visio.local.bootstrap import LOCAL, PYTHON, ROOT, fail, step
from visio.local.configuration import (
    Stack,
    load,
    refuse_half_configured,
    refuse_taken_ports,
)
from visio.local.processes import StartFailed, Supervisor

PID = "supervisor.pid"


class Stopped(Exception):
    """Somebody asked us to stop."""


def _stop_on_signals() -> None:
    def stop(number, frame):
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def refuse_second_run(home: Path) -> None:
    """Two supervisors in one folder would share its data."""
    running = home / PID
    if running.exists() and Path(f"/proc/{running.read_text()}").exists():
        fail(f"Visio tourne déjà dans {home} : arrêtez-le d’abord (Ctrl-C), puis recommencez.")


def start_services(stack: Stack, supervisor: Supervisor) -> None:
    """The backing services, with a database that is ready for migrations."""
    with step("PostgreSQL, Valkey, LiveKit, fournisseur d’identité, courriels"):
        supervisor.start(*services.programs(stack))
        if stack.starts("DATABASE_URL"):
            services.prepare_database(stack)


def start_application(stack: Stack, supervisor: Supervisor) -> None:
    """Tables, demo data, then Visio's own processes."""
    with step("Tables et ministères de démonstration"):
        application.compile_translations()
        application.prepare(stack)
    with step("Pages, WebSockets, tâches"):
        supervisor.start(*application.programs(stack))


def announce(stack: Stack) -> None:
    """Where to go and who one can be."""
    environment = stack.environment
    demo = json.loads(application.DEMO.read_text())
    print(f"\nVisio est prêt : {environment['VISIO_URL']}/")
    if "VISIO_MAIL_DIR" in environment:
        print(f"Courriels reçus : {environment['VISIO_URL']}/dev/mail/")
    print(f"Journaux        : {stack.home / 'logs'}\n")
    print("Comptes de démonstration (« S’identifier avec ProConnect », puis choisir) :")
    for person in demo["people"]:
        name = f"{person['given_name']} {person['usual_name']}"
        ministry = " et ".join(filter(None, [person["tenant"], person.get("also_tenant")]))
        print(f"  {name:<18} {ministry or '—':<18} {person['description']}")
    print("\nCtrl-C arrête tout ; les données restent dans .local/.", flush=True)


def watch(supervisor: Supervisor) -> None:
    """Returns never: raises Stopped on a signal, StartFailed when a program ends by itself."""
    while True:
        if program := supervisor.first_dead():
            raise StartFailed(f"{program.name} s’est arrêté.{supervisor.tail(program)}")
        time.sleep(0.5)


def run(arguments) -> int:
    refuse_half_configured()
    stack = load()
    refuse_second_run(stack.home)
    refuse_taken_ports(stack)
    return _supervise(stack, lambda supervisor: _run(stack, supervisor))


def _run(stack: Stack, supervisor: Supervisor) -> int:
    start_services(stack, supervisor)
    start_application(stack, supervisor)
    announce(stack)
    watch(supervisor)
    return 0


def _supervise(stack: Stack, work) -> int:
    supervisor = Supervisor(stack.home / "logs")
    (stack.home / PID).write_text(str(os.getpid()))
    _stop_on_signals()
    try:
        return work(supervisor)
    except Stopped:
        print("\nArrêt …", flush=True)
        return 0
    except StartFailed as failure:
        print(f"\n✗ {failure}", file=sys.stderr, flush=True)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        supervisor.stop()
        (stack.home / PID).unlink(missing_ok=True)


def test(arguments) -> int:
    """Starts the services on free ports, then pytest: first beside them, then in browsers."""
    home = Path(os.environ.get("VISIO_TEST_FOLDER") or LOCAL / "test")
    refuse_second_run(home)
    if home.exists() and any(home.iterdir()) and not (home / "secrets.json").exists():
        fail(f"{home} n’est pas un dossier d’essais de Visio : il ne sera pas effacé.")
    shutil.rmtree(home, ignore_errors=True)  # each run starts from nothing
    stack = load(home, free_ports=True)
    os.environ["VISIO_OIDC_FAULTS"] = "1"
    return _supervise(stack, lambda supervisor: _test(stack, supervisor, arguments.pytest))


def _test(stack: Stack, supervisor: Supervisor, arguments: list[str]) -> int:
    start_services(stack, supervisor)
    application.compile_translations()
    environment = application.environment(stack) | {"VISIO_TEST_HOME": str(stack.home)}
    # The tests' own cache and queue, beside those of the application that browsers use.
    environment["REDIS_URL"] = environment["REDIS_URL"].removesuffix("/0") + "/1"
    if arguments:
        return subprocess.call([PYTHON, "-m", "pytest", *arguments], cwd=ROOT, env=environment)
    # A file's tests stay together: some of them tell the one identity provider to misbehave.
    workers = ["-n", "2", "--dist", "loadfile"]
    beside = [str(PYTHON), "-m", "pytest", "-q", *workers, "--ignore", "tests/browser", "tests"]
    if code := subprocess.call(beside, cwd=ROOT, env=environment):
        return code
    with_browsers = [str(PYTHON), "-m", "pytest", "-q", "tests/browser"]
    return subprocess.call(with_browsers, cwd=ROOT, env=environment)


def execute(arguments) -> int:
    """Runs a command with the environment of the embedded stack, for instance manage.py."""
    command = [str(PYTHON) if arguments.command[0] == "manage.py" else "", *arguments.command]
    os.execvpe(
        command[0] or command[1],
        [part for part in command if part],
        application.environment(load()),
    )


def fresh(arguments) -> int:
    """Forgets all data of this clone; packages and builds stay."""
    home = Path(os.environ.get("VISIO_HOME") or LOCAL)
    for folder in (home, home / "test", home / "bench"):
        refuse_second_run(folder)
    for entry in sorted(home.iterdir()) if home.exists() else []:
        if entry.name != "venv":
            print(f"· {entry}")
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    print("Toutes les données locales sont effacées.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="visio.local")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("run").set_defaults(do=run)
    commands.add_parser("fresh").set_defaults(do=fresh)
    executes = commands.add_parser("exec", help="run a command in the stack's environment")
    executes.set_defaults(do=execute)
    executes.add_argument("command", nargs=argparse.REMAINDER)
    tests = commands.add_parser("test")
    tests.set_defaults(do=test)
    tests.add_argument("pytest", nargs="*", help="arguments of pytest instead of everything")
    arguments = parser.parse_args()
    return arguments.do(arguments)


if __name__ == "__main__":
    sys.exit(main())
