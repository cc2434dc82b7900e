"""The lobby under load: 200 who knock at once, then one admission after the other.

An admission is measured from the host's command, sent on the host's socket, to the media token, read
on the guest's. The floor is an answer of /healthz on a kept connection.
"""

import asyncio
import json
import statistics
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import aiohttp

from bench.browser import Browser
from visio.local.processes import Supervisor

GUESTS = 200
ADMISSIONS = 150
SOCKETS_EACH = 5  # devices of one guest, to weigh a thousand sockets
PATIENCE = 60  # seconds for anything to happen
JSON = {"Content-Type": "application/json"}


def measure(origin: str, sockets: str, supervisor: Supervisor) -> list[str]:
    """Lines of the table."""
    alice = Browser(origin)
    alice.sign_in("alice")
    _, room, _ = alice.request("POST", f"{origin}/reunions/maintenant/", **alice.form_headers())
    slug = room.rstrip("/").rsplit("/", 1)[1]
    guests = [Browser(origin) for _ in range(GUESTS)]
    headers = [guest.form_headers("/plan-du-site/") | guest.cookie_header() for guest in guests]
    load = Load(origin, sockets, slug, alice, guests, headers, supervisor)
    return asyncio.run(asyncio.wait_for(load.run(), 10 * PATIENCE))


class Load:
    """One host and two hundred guests of one meeting."""

    def __init__(self, origin, sockets, slug, alice, guests, headers, supervisor):
        self.origin, self.sockets, self.slug = origin, sockets, slug
        self.alice, self.guests, self.headers = alice, guests, headers
        self.supervisor = supervisor

    async def run(self) -> list[str]:
        limit = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(
            connector=limit, cookie_jar=aiohttp.DummyCookieJar()
        ) as self.http:
            self.admitted = [asyncio.get_running_loop().create_future() for _ in range(GUESTS)]
            self.reading: list[asyncio.Task] = []
            self.host = await self._socket(f"/ws/host/{self.slug}/", self.alice.cookie_header())
            await self._hears(self.host, "lobby")
            floor = self._floor()
            knocks, all_in = await self._knock()
            self.reading.append(asyncio.create_task(self._drain(self.host)))
            before = self._memory()
            await self._wait()
            weight = (self._memory() - before) / (GUESTS * SOCKETS_EACH)
            admissions = await self._admit()
            for task in self.reading:
                task.cancel()
        p95 = percentile(admissions, 95)
        return [
            f"floor, one answer  {floor * 1000:8.1f} ms",
            f"{GUESTS} knocks at once {all_in:8.1f} s until the host has heard all, "
            f"p95 of one {percentile(knocks, 95):.1f} s",
            f"admit → token      {p95 * 1000:8.1f} ms p95, {GUESTS} waiting "
            f"({statistics.median(admissions) * 1000:.1f} median, {p95 / floor:.0f} floors)",
            f"a waiting socket   {weight:8.0f} KiB",
        ]

    def _floor(self) -> float:
        connection = HTTPConnection(urlsplit(self.origin).netloc, timeout=30)
        times = []
        for _ in range(100):
            began = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            times.append(time.perf_counter() - began)
        return percentile(times, 95)

    async def _socket(self, path: str, cookie: dict[str, str]):
        return await self.http.ws_connect(
            f"{self.sockets}{path}", origin=self.origin, headers=cookie, max_msg_size=0
        )

    async def _hears(self, socket, kind: str) -> dict:
        async with asyncio.timeout(PATIENCE):
            async for message in socket:
                said = json.loads(message.data)
                if said["type"] == kind:
                    return said
        raise SystemExit(f"the socket closed before it said {kind!r}")

    async def _drain(self, socket) -> None:
        async for _message in socket:
            pass

    async def _knock(self) -> tuple[list[float], float]:
        """Everybody at once; seconds from each request to the host's socket, and in all."""
        asked: dict[str, float] = {}
        heard: dict[str, float] = {}
        began = time.perf_counter()

        async def knock(index: int) -> None:
            name = f"Invité {index}"
            body = json.dumps({"device": f"device-{index:04}-0", "name": name})
            asked[name] = time.perf_counter()
            url = f"{self.origin}/api/v1/meetings/{self.slug}/join"
            async with self.http.post(url, data=body, headers=JSON | self.headers[index]) as answer:
                said = await answer.json()
                if said.get("state") != "waiting":
                    raise SystemExit(f"a guest was answered {said}")
                jar = self.guests[index].cookies[urlsplit(self.origin).netloc]
                jar |= {name: morsel.value for name, morsel in answer.cookies.items()}

        async def listen() -> None:
            while len(heard) < GUESTS:
                said = await self._hears(self.host, "knocked")
                heard[said["person"]["name"]] = time.perf_counter()

        await asyncio.gather(listen(), *(knock(index) for index in range(GUESTS)))
        times = [heard[name] - asked[name] for name in asked]
        return times, time.perf_counter() - began

    async def _wait(self) -> None:
        """Opens the sockets of all who wait, and goes on reading each, as a browser does."""

        async def open_one(index: int, device: int) -> None:
            path = f"/ws/lobby/{self.slug}/device-{index:04}-{device}/"
            socket = await self._socket(path, self.guests[index].cookie_header())
            await self._hears(socket, "waiting")
            self.reading.append(asyncio.create_task(read(index, device, socket)))

        async def read(index: int, device: int, socket) -> None:
            async for message in socket:
                if json.loads(message.data)["type"] == "admitted" and device == 0:
                    self.admitted[index].set_result(time.perf_counter())

        for device in range(SOCKETS_EACH):
            await asyncio.gather(*(open_one(index, device) for index in range(GUESTS)))

    async def _admit(self) -> list[float]:
        """Seconds from the host's command to each guest's token, one after the other."""
        again = await self._socket(f"/ws/host/{self.slug}/", self.alice.cookie_header())
        people = (await self._hears(again, "lobby"))["waiting"]
        ids = {person["name"]: person["id"] for person in people}
        await again.close()
        times = []
        for index in range(ADMISSIONS):
            began = time.perf_counter()
            await self.host.send_json({"type": "admit", "people": [ids[f"Invité {index}"]]})
            async with asyncio.timeout(PATIENCE):
                times.append(await self.admitted[index] - began)
            # A person clicks no faster, and the command's allowance is a person's.
            await asyncio.sleep(0.25)
        return times

    def _memory(self) -> float:
        """Resident KiB of the socket server."""
        process = next(p for program, p in self.supervisor.running if program.name == "sockets")
        with open(f"/proc/{process.pid}/status") as status:
            return next(float(line.split()[1]) for line in status if line.startswith("VmRSS"))


def percentile(values: list[float], which: int) -> float:
    return statistics.quantiles(values, n=100)[which - 1]
