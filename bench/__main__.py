"""`make bench`: pages and joins per second beside a floor of the same run, and memory a worker.

The floor is /healthz, which does nothing: what is left is the server, the loopback and this very
generator. Figures of two runs or two machines are not comparable; the ratios are.
"""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

from visio.local import application, services
from visio.local.bootstrap import LOCAL
from visio.local.configuration import load
from visio.local.processes import Supervisor

SECONDS = 5
CONNECTIONS = 8


class Browser:
    """A signed-in person's cookies; http.client keeps connections and parses nothing else."""

    def __init__(self, origin: str):
        self.origin = origin
        self.cookies: dict[str, dict[str, str]] = {}

    def request(self, method: str, url: str, body: str = "", **headers: str):
        """Follows redirects; (status, address, text)."""
        while True:
            parts = urlsplit(url)
            connection = HTTPConnection(parts.netloc, timeout=30)
            jar = self.cookies.setdefault(parts.netloc, {})
            sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in jar.items())} | headers
            connection.request(method, f"{parts.path or '/'}?{parts.query}", body, sent)
            answer = connection.getresponse()
            text = answer.read().decode()
            for line in answer.headers.get_all("Set-Cookie") or []:
                jar |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            connection.close()
            if answer.status not in (301, 302, 303):
                return answer.status, url, text
            target = answer.headers["Location"]
            url = target if "://" in target else f"{parts.scheme}://{parts.netloc}{target}"
            method, body, headers = "GET", "", {}

    def sign_in(self, key: str) -> None:
        _, url, _ = self.request("GET", f"{self.origin}/oidc/authenticate/")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        _, _, page = self.request("POST", url, f"person={key}", **form)
        assert "Agenda" in page

    def form_headers(self) -> dict[str, str]:
        _, _, page = self.request("GET", f"{self.origin}/reunions/planifier/")
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page)[1]
        return {"X-CSRFToken": token, "Origin": self.origin}

    def cookie_header(self) -> dict[str, str]:
        jar = self.cookies[urlsplit(self.origin).netloc]
        return {"Cookie": "; ".join(f"{k}={v}" for k, v in jar.items())}


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
        lines = measure(stack.environment["VISIO_URL"], supervisor)
    finally:
        supervisor.stop()
    machine = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {CONNECTIONS} connections"
    text = "\n".join([machine, *lines])
    print(text)
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    (results / "latest.txt").write_text(text + "\n")


if __name__ == "__main__":
    main()
