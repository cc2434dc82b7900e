"""The whole of Visio, as `make run` starts it, and people in real browsers."""

import os
import shutil
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, sync_playwright

from visio.local import application
from visio.local.configuration import load
from visio.local.processes import Supervisor

CHROMIUM = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--auto-select-desktop-capture-source=Entire screen",
]


@pytest.fixture(scope="session")
def visio():
    """The application's processes beside the services that already run; answers its address."""
    # Not the tests' own cache: what they tried must not count against people here.
    os.environ["REDIS_URL"] = os.environ["REDIS_URL"].removesuffix("/1") + "/0"
    stack = load(Path(os.environ["VISIO_TEST_HOME"]))
    supervisor = Supervisor(stack.home / "logs")
    try:
        application.prepare(stack)
        supervisor.start(*application.programs(stack))
        yield stack.environment["VISIO_URL"]
    finally:
        supervisor.stop()


@pytest.fixture(scope="session")
def chromium():
    """One real Chromium for the session."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM
        )
        yield browser
        browser.close()


class Person:
    """Somebody at their own browser; what their pages complained of is kept."""

    def __init__(self, browser, visio: str, **options):
        self.context = browser.new_context(
            base_url=visio,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            permissions=["camera", "microphone"],
            **options,
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)

    def _console(self, message):
        if message.type == "error" and "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    def sign_in(self, key: str) -> "Person":
        """Through ProConnect's stand-in, as one of the demonstration people."""
        self.page.goto("/")
        self.page.get_by_role("link", name="S’identifier avec ProConnect").click()
        self.page.locator(f"#person-{key}").click()
        self.page.get_by_role("heading", name="Agenda", exact=True).wait_for()
        return self


@pytest.fixture
def person(visio, chromium):
    """`person("alice")` is Alice, signed in, in a browser of her own."""
    made: list[Person] = []

    def make(key: str | None = None, **options) -> Person:
        one = Person(chromium, visio, **options)
        made.append(one)
        return one.sign_in(key) if key else one

    yield make
    for one in made:
        one.context.close()
    assert [complaint for one in made for complaint in one.complaints] == []


@pytest.fixture(scope="session")
def owner():
    """A connection as the tables' owner, who sees every tenant: for looking, never for acting."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the README's pictures go."""
    folder = Path(os.environ["VISIO_TEST_HOME"]) / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
