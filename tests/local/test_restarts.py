"""PostgreSQL, Valkey or LiveKit restarted: the next request works and nobody is signed out."""

import asyncio
import json
import re
import signal
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import psycopg
import pytest
from playwright.sync_api import sync_playwright

from tests.waiting import until

TIMEOUT = 15


def restart(supervisor, name: str, how: signal.Signals | None = None) -> None:
    """Stops one program, as an operator would or otherwise, and starts it again."""
    [(program, process)] = [pair for pair in supervisor.running if pair[0].name == name]
    process.send_signal(how or (signal.SIGINT if name == "postgresql" else signal.SIGTERM))
    process.wait(TIMEOUT)
    supervisor.running.remove((program, process))
    supervisor.start(program)


@pytest.fixture(scope="module")
def playwright():
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def alice(installation, playwright):
    """Alice's browser, without its window: signed in."""
    stack, _ = installation
    browser = playwright.request.new_context(
        base_url=stack.environment["VISIO_URL"], timeout=60_000
    )
    page = browser.get("/oidc/authenticate/")
    assert "Alice Martin" in browser.post(page.url, form={"person": "alice"}).text()
    yield browser
    browser.dispose()


def form_headers(browser, path: str = "/reunions/planifier/") -> dict[str, str]:
    """What a form of ours sends besides its fields; read from a page that has one."""
    page = browser.get(path)
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page.text())[1]
    return {"Origin": "/".join(page.url.split("/")[:3]), "X-CSRFToken": token}


def in_thread(coroutine):
    """Playwright's own loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result(60)


def cookies_of(browser) -> str:
    kept = browser.storage_state()["cookies"]
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in kept)


async def opened(http, address: str, origin: str, cookies: str):
    """A socket as the page opens it."""
    return await http.ws_connect(address, origin=origin, headers={"Cookie": cookies})


async def heard(socket, kind: str) -> dict:
    async with asyncio.timeout(TIMEOUT):
        async for message in socket:
            said = json.loads(message.data)
            if said["type"] == kind:
                return said
    raise AssertionError(f"the socket closed before it said {kind!r}")


def plan_and_join(browser) -> tuple[int, int]:
    """What planning a meeting and joining it answer."""
    headers = form_headers(browser)
    room = browser.post("/reunions/maintenant/", headers=headers)
    slug = room.url.rstrip("/").rsplit("/", 1)[1]
    joined = browser.post(
        f"/api/v1/meetings/{slug}/join", data={"device": "device-0001"}, headers=headers
    )
    return room.status, joined.status


def test_everything_works_before(alice):
    assert plan_and_join(alice) == (200, 200)


@pytest.mark.parametrize("name", ["postgresql", "valkey", "livekit"])
def test_after_a_restart_the_next_request_works(installation, alice, name):
    """Four requests, so that each of the worker's kept connections has been asked."""
    restart(installation[1], name)
    for _ in range(4):
        assert "Alice Martin" in alice.get("/").text()
        assert plan_and_join(alice) == (200, 200)


@pytest.mark.parametrize("name", ["sockets", "worker"])
def test_who_waits_keeps_the_place_when_a_process_is_killed(installation, playwright, alice, name):
    stack, supervisor = installation
    origin = stack.environment["VISIO_URL"]
    room = alice.post("/reunions/maintenant/", headers=form_headers(alice))
    slug = room.url.rstrip("/").rsplit("/", 1)[1]
    host = f"{stack.environment['VISIO_WS_URL']}/ws/host/{slug}/"
    guest = playwright.request.new_context(base_url=origin, timeout=60_000)
    body = {"device": "device-0001", "name": "Inès Durand"}
    headers = form_headers(guest, "/plan-du-site/")
    answer = guest.post(f"/api/v1/meetings/{slug}/join", data=body, headers=headers)
    door, cookies = answer.json()["socket"], (cookies_of(guest), cookies_of(alice))

    async def wait_and_be_admitted() -> tuple[list, list]:
        async with aiohttp.ClientSession() as http:
            waiting = await opened(http, door, origin, cookies[0])
            await heard(waiting, "waiting")
            deciding = await opened(http, host, origin, cookies[1])
            before = (await heard(deciding, "lobby"))["waiting"]
            await asyncio.to_thread(restart, supervisor, name, signal.SIGKILL)
            if name == "sockets":
                waiting = await opened(http, door, origin, cookies[0])
                await heard(waiting, "waiting")
            deciding = await opened(http, host, origin, cookies[1])
            after = (await heard(deciding, "lobby"))["waiting"]
            await deciding.send_json({"type": "admit", "people": [after[0]["id"]]})
            assert (await heard(waiting, "admitted"))["token"]
            return before, after

    before, after = in_thread(wait_and_be_admitted())
    guest.dispose()
    assert before == after  # the same request, in the same place
    assert [person["name"] for person in after] == ["Inès Durand"]


def test_without_valkey_pages_and_sessions_go_on(installation, alice):
    _, supervisor = installation
    [(program, process)] = [pair for pair in supervisor.running if pair[0].name == "valkey"]
    process.terminate()
    process.wait(TIMEOUT)
    supervisor.running.remove((program, process))
    try:
        assert "Alice Martin" in alice.get("/").text()
        assert plan_and_join(alice) == (200, 200)
        assert alice.get("/secours/").status == 200
        ready = alice.get("/readyz")
        assert ready.status == 503
        assert ready.json()["components"]["valkey"] == "unavailable"
        assert ready.json()["components"]["database"] == "ok"
    finally:
        supervisor.start(program)


def test_without_postgresql_a_page_says_so(installation, alice):
    """Not a bare error: what happened, and that nothing is lost."""
    _, supervisor = installation
    [(program, process)] = [pair for pair in supervisor.running if pair[0].name == "postgresql"]
    process.send_signal(signal.SIGINT)
    process.wait(TIMEOUT)
    supervisor.running.remove((program, process))
    try:
        answer = alice.get("/")
        assert answer.status == 503
        assert "Visio" in answer.text()
        assert int(answer.headers["retry-after"]) > 0
        assert alice.get("/healthz").status == 200
        for _ in range(4):  # both workers have noticed, more than once
            assert alice.get("/").status == 503
    finally:
        supervisor.start(program)
    for _ in range(4):
        assert plan_and_join(alice) == (200, 200)
    assert "Alice Martin" in alice.get("/").text()


def test_probes_and_figures_carry_no_person(installation, alice):
    figures = alice.get("/metrics").text()
    assert "visio_requests_total" in figures
    assert "Alice" not in figures
    ready = alice.get("/readyz").json()
    assert ready["ready"], ready


def test_work_that_nobody_does_is_not_ready(installation, alice):
    """A worker and a clock that are gone show within a minute of work."""
    _, supervisor = installation
    stopped = [pair for pair in supervisor.running if pair[0].name in ("worker", "clock")]
    for pair in stopped:
        pair[1].terminate()
        pair[1].wait(TIMEOUT)
        supervisor.running.remove(pair)
    try:
        assert plan_and_join(alice) == (200, 200)
        with psycopg.connect(installation[0].environment["DATABASE_OWNER_URL"]) as owner:
            owner.execute(
                "UPDATE isolation_work SET due_at = now() - interval '2 minutes' WHERE done_at IS NULL"
            )
            owner.execute("UPDATE audit_pending SET since = now() - interval '2 minutes'")
        ready = alice.get("/readyz").json()
        assert ready["components"]["work"] == "unavailable"
        assert ready["components"]["log"] == "unavailable"
    finally:
        for program, _ in stopped:
            supervisor.start(program)
    until(lambda: alice.get("/readyz").json()["components"]["work"] == "ok", seconds=60)
    assert alice.get("/readyz").json()["components"]["log"] == "ok"


def test_what_is_done_gets_its_place_in_the_signed_log(installation, alice):
    """Within seconds of the act: the worker sequences without being asked."""
    assert plan_and_join(alice) == (200, 200)
    with psycopg.connect(installation[0].environment["DATABASE_OWNER_URL"]) as owner:
        owner.autocommit = True
        until(lambda: not owner.execute("SELECT FROM audit_pending").fetchall(), seconds=30)
        placed = owner.execute(
            "SELECT count(leaf.index) = count(*) FROM audit_event event"
            " LEFT JOIN audit_leaf leaf ON leaf.event_id = event.id"
        ).fetchone()
        assert placed == (True,)
        [note] = owner.execute(
            "SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
    assert note.startswith(f"localhost:{installation[0].port('')}/journal/")


def test_logs_are_lines_of_json_without_token_and_person(installation, alice):
    stack, _ = installation
    for name in ("pages", "worker", "sockets"):
        log = (stack.home / "logs" / f"{name}.log").read_text()
        lines = [line for line in log.splitlines() if line.strip()]
        plain = [line for line in lines if not line.startswith("{")]
        assert plain == [], name
        assert all(isinstance(json.loads(line), dict) for line in lines)
        for secret in ("eyJ", "alice.martin", "Alice Martin", "code=", "access_token"):
            assert secret not in log, (name, secret)
