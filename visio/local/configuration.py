"""Ports, folders, secrets and the environment of the embedded stack."""

import base64
import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from visio.local.bootstrap import LOCAL, fail

# Each port's variable, its usual value and what listens there.
PORTS = {
    "VISIO_PORT": (8000, "pages"),
    "VISIO_WS_PORT": (8001, "WebSockets"),
    "VISIO_POSTGRES_PORT": (5433, "PostgreSQL"),
    "VISIO_VALKEY_PORT": (6380, "Valkey"),
    "VISIO_LIVEKIT_PORT": (7880, "LiveKit"),
    "VISIO_LIVEKIT_TCP_PORT": (7881, "LiveKit, média en TCP"),
    "VISIO_LIVEKIT_UDP_PORT": (7882, "LiveKit, média en UDP"),
    "VISIO_OIDC_PORT": (4000, "fournisseur d’identité de démonstration"),
    "VISIO_SMTP_PORT": (1025, "courriels"),
}
# What is configured from outside is not started.
REPLACED_BY = {
    "VISIO_POSTGRES_PORT": "DATABASE_URL",
    "VISIO_VALKEY_PORT": "REDIS_URL",
    "VISIO_LIVEKIT_PORT": "LIVEKIT_URL",
    "VISIO_LIVEKIT_TCP_PORT": "LIVEKIT_URL",
    "VISIO_LIVEKIT_UDP_PORT": "LIVEKIT_URL",
    "VISIO_OIDC_PORT": "OIDC_ISSUER",
    "VISIO_SMTP_PORT": "EMAIL_URL",
}


@dataclass(frozen=True)
class Stack:
    """One embedded installation: its folder, ports and secrets."""

    home: Path
    ports: dict[str, int]
    secrets: dict[str, str]

    def port(self, name: str) -> int:
        return self.ports[f"VISIO_{name}PORT"]

    def starts(self, variable: str) -> bool:
        """Whether the part behind this variable is ours to start."""
        return variable not in os.environ

    @property
    def environment(self) -> dict[str, str]:
        """Everything that Visio's settings read; what the caller has set is left as it is."""
        port, secret = self.port, self.secrets
        database = f"@127.0.0.1:{port('POSTGRES_')}/visio"
        ours = {
            "VISIO_ENV": "development",
            "VISIO_URL": f"http://localhost:{port('')}",
            "VISIO_WS_URL": f"ws://localhost:{port('WS_')}",
            "SECRET_KEY": secret["secret_key"],
            "DATABASE_URL": f"postgres://visio_app:{secret['visio_app']}{database}",
            "DATABASE_OWNER_URL": f"postgres://visio_owner:{secret['visio_owner']}{database}",
            "DATABASE_KEEPER_URL": f"postgres://visio_keeper:{secret['visio_keeper']}{database}",
            "AUDIT_SIGNING_KEYS": base64.b64encode(bytes.fromhex(secret["audit"])).decode(),
            "REDIS_URL": f"redis://127.0.0.1:{port('VALKEY_')}/0",
            "LIVEKIT_URL": f"ws://localhost:{port('LIVEKIT_')}",
            "LIVEKIT_API_KEY": "visio",
            "LIVEKIT_API_SECRET": secret["livekit"],
            "OIDC_ISSUER": f"http://localhost:{port('OIDC_')}/api/v2",
            "OIDC_CLIENT_ID": "visio",
            "OIDC_CLIENT_SECRET": secret["oidc"],
            "EMAIL_URL": f"smtp://127.0.0.1:{port('SMTP_')}",
            "VISIO_MAIL_DIR": str(self.home / "mail"),
        }
        if "EMAIL_URL" in os.environ:
            del ours["VISIO_MAIL_DIR"]
        ports = {name: str(value) for name, value in self.ports.items()}
        return ports | ours | os.environ


def load(home: Path | None = None, *, free_ports: bool = False) -> Stack:
    """The stack of a folder (`VISIO_HOME`, else `.local`); its secrets are made once."""
    home = (home or Path(os.environ.get("VISIO_HOME") or LOCAL)).resolve()
    home.mkdir(parents=True, exist_ok=True)
    if free_ports:
        ports = dict(zip(PORTS, _free_ports(len(PORTS)), strict=True))
    else:
        ports = {name: _port(name) for name in PORTS}
    return Stack(home, ports, _secrets(home / "secrets.json"))


def _port(name: str) -> int:
    value = os.environ.get(name) or str(PORTS[name][0])
    if not value.isdigit() or not 0 < int(value) < 65536:
        fail(f"{name}={value} n’est pas un port.")
    return int(value)


def _secrets(file: Path) -> dict[str, str]:
    names = [
        "secret_key",
        "postgres",
        "visio_app",
        "visio_owner",
        "visio_keeper",
        "livekit",
        "oidc",
        "audit",
    ]
    known = json.loads(file.read_text()) if file.exists() else {}
    missing = {name: secrets.token_hex(32) for name in names if name not in known}
    if missing:
        file.touch(mode=0o600)
        file.write_text(json.dumps(known | missing, indent=1))
    return known | missing


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


# What belongs together: one of them configured, the others must be.
TOGETHER = [
    ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_KEEPER_URL"),
    ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"),
    ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"),
]


def refuse_half_configured() -> None:
    """Ends with a message that names what is missing beside what was configured."""
    for names in TOGETHER:
        missing = [name for name in names if name not in os.environ]
        if names[0] in os.environ and missing:
            fail(f"{names[0]} est configuré, mais il manque {' et '.join(missing)}.")


def refuse_taken_ports(stack: Stack) -> None:
    """Ends with a message that names the port, what it is for and the variable that moves it."""
    for name, port in stack.ports.items():
        if REPLACED_BY.get(name, "") in os.environ:
            continue
        kind = socket.SOCK_DGRAM if name.endswith("UDP_PORT") else socket.SOCK_STREAM
        with socket.socket(type=kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                fail(
                    f"Le port {port} ({PORTS[name][1]}) est déjà pris sur cette machine. "
                    f"Libérez-le, ou choisissez-en un autre : {name}={port + 10} make run"
                )
