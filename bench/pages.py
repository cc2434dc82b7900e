"""Pages and joins per second beside a floor of the same run, and memory a worker.

The floor is /healthz, which does nothing: what is left is the server, the loopback and this very
generator.
"""

import subprocess
import threading
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

from bench.browser import Browser
from visio.local.processes import Supervisor

SECONDS = 5
CONNECTIONS = 8


def rate(origin: str, method: str, path: str, body: str = "", headers=None) -> float:
    """Answers per second over a few kept connections; any answer but 200 ends the benchmark."""
    counts = [0] * CONNECTIONS
    end = time.monotonic() + SECONDS

    def load_one(index: int) -> None:
        connection = HTTPConnection(urlsplit(origin).netloc, timeout=30)
        while time.monotonic() < end:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{method} {path}: {answer.status}")
            counts[index] += 1

    threads = [threading.Thread(target=load_one, args=[index]) for index in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def worker_memory(supervisor: Supervisor) -> float:
    """Resident MiB of the largest pages worker."""
    pages = next(process.pid for program, process in supervisor.running if program.name == "pages")
    listed = subprocess.run(
        ["ps", "-o", "rss=", "--ppid", str(pages)], capture_output=True, text=True, check=True
    )
    return max(int(kib) for kib in listed.stdout.split()) / 1024


def measure(origin: str, supervisor: Supervisor) -> list[str]:
    alice = Browser(origin)
    alice.sign_in("alice")
    headers = alice.form_headers()
    _, room, _ = alice.request("POST", f"{origin}/reunions/maintenant/", **headers)
    slug = room.rstrip("/").rsplit("/", 1)[1]
    joining = headers | alice.cookie_header() | {"Content-Type": "application/json"}
    path, body = f"/api/v1/meetings/{slug}/join", '{"device": "device-0001"}'
    floor = rate(origin, "GET", "/healthz")
    rows = {
        "agenda": rate(origin, "GET", "/", headers=alice.cookie_header()),
        "join token": rate(origin, "POST", path, body, joining),
    }
    lines = [f"floor (/healthz)   {floor:8.0f}/s"]
    lines += [f"{name:<18} {value:8.0f}/s   {value / floor:6.1%}" for name, value in rows.items()]
    return [*lines, f"memory a worker    {worker_memory(supervisor):8.0f} MiB"]
