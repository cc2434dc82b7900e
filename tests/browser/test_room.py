"""The device check and the room, when all is well and when devices, server or network are not."""

import json
import shutil
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.test_portal import faults
from tests.browser.test_story import PARIS, join, plan
from visio.local.bootstrap import npm_packages


@pytest.fixture
def alice(person):
    return person("alice")


@pytest.fixture
def link(alice):
    """The address of a meeting that Alice hosts and Bruno is invited to."""
    plan(alice, (datetime.now(PARIS) + timedelta(days=1)).date())
    return alice.page.locator("a[href*='/r/']").first.get_attribute("href")


@pytest.fixture
def person_with_flags(chromium, visio):
    """Somebody whose Chromium has other flags than the session's."""
    browsers = []

    def make(*flags: str) -> Person:
        browser = chromium.browser_type.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", *flags]
        )
        browsers.append(browser)
        one = Person(browser, visio)
        one.context.clear_permissions()
        return one.sign_in("alice")

    yield make
    for browser in browsers:
        browser.close()


def state(page) -> str:
    return page.locator("body").get_attribute("data-room-state")


def test_one_enters_without_camera_or_microphone(person_with_flags, link):
    page = person_with_flags("--use-fake-ui-for-media-stream").page
    page.goto(link)
    expect(page.locator("#permission-title")).to_have_text("Ni caméra ni micro")
    page.locator("#join").click()
    page.locator("body[data-room-state=joined]").wait_for()
    page.locator("#toggle-mic").click()
    expect(page.locator("#banners")).to_contain_text("Aucun micro")


def test_a_refused_permission_is_explained_and_one_enters_all_the_same(person_with_flags, link):
    page = person_with_flags("--use-fake-device-for-media-stream").page
    page.goto(link)
    expect(page.locator("#permission-title")).to_have_text("La caméra et le micro sont bloqués")
    expect(page.locator("#permission-drawing")).to_be_visible()
    page.locator("#join").click()
    page.locator("body[data-room-state=joined]").wait_for()


def test_choices_are_remembered_and_nothing_secret_is(alice, link):
    page = alice.page
    page.goto(link)
    page.locator("#preview[data-camera=on]").wait_for()
    expect(page.locator("#level-message")).to_have_text("Votre micro fonctionne")
    page.locator("#prejoin-camera").click()
    page.reload()
    expect(page.locator("#prejoin-camera")).to_have_attribute("aria-pressed", "false")
    page.locator("#join").click()
    page.locator("body[data-room-state=joined]").wait_for()
    expect(page.locator("#toggle-camera")).to_have_attribute("aria-pressed", "false")
    stored = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert "eyJ" not in stored  # how every signed token begins


def test_a_silent_media_server_is_tried_again_until_one_gives_up(alice, link):
    page = alice.page
    page.route(
        "**/api/v1/meetings/*/join",
        lambda route: route.fulfill(
            status=503,
            content_type="application/problem+json",
            body=json.dumps({"title": "LiveKit", "status": 503, "retry_after": 1}),
        ),
    )
    page.goto(link)
    page.locator("#join").click()
    expect(page.locator("#join-progress")).to_contain_text("nouvel essai dans")
    page.locator("#join-cancel").click()
    assert state(page) == "prejoin"
    page.locator("#join").click()
    expect(page.locator("#join-progress")).to_contain_text("nouvel essai dans")
    page.unroute("**/api/v1/meetings/*/join")
    page.locator("body[data-room-state=joined]").wait_for()


@pytest.mark.parametrize(("status", "offers_sign_in"), [(401, True), (404, False), (409, False)])
def test_a_refusal_is_said_in_the_servers_words(alice, link, status, offers_sign_in):
    page = alice.page
    page.route(
        "**/api/v1/meetings/*/join",
        lambda route: route.fulfill(status=status, json={"title": "Non, parce que."}),
    )
    page.goto(link)
    page.locator("#join").click()
    expect(page.locator("#join-problem-text")).to_have_text("Non, parce que.")
    expect(page.locator("#join-sign-in")).to_be_visible(visible=offers_sign_in)
    assert state(page) == "prejoin"


def test_one_leaves_comes_back_and_may_move_to_another_tab(person, alice, link):
    join(alice, link)
    alice.page.locator("#leave").click()
    alice.page.locator("#leave-only").click()
    expect(alice.page.locator("#left-title")).to_be_focused()
    alice.page.locator("#come-back").click()
    alice.page.locator("body[data-room-state=joined]").wait_for()
    expect(alice.page.locator(".tile[data-own=true]")).to_have_attribute("data-picture", "true")

    first = alice.page
    alice.page = alice.context.new_page()
    join(alice, link)
    expect(first.locator("#left")).to_have_attribute("data-reason", "elsewhere")


def test_the_network_drops_and_comes_back_by_itself(person, alice, link):
    bruno = person("bruno")
    is_down = False
    sockets = []

    def signalling(socket):
        if is_down:
            return socket.close()
        socket.connect_to_server()
        return sockets.append(socket)

    bruno.page.route_web_socket("**/rtc/**", signalling)
    join(alice, link)
    join(bruno, link)
    page = bruno.page
    expect(page.locator(".tile[data-picture=true]")).to_have_count(2)
    is_down = True
    page.route("**/rtc/**", lambda route: route.abort())
    for socket in sockets:
        socket.close()
    expect(page.locator("body")).to_have_attribute("data-connection", "reconnecting")
    expect(page.locator("#banners")).to_contain_text("Reconnexion…")
    expect(page.locator("#stage[data-frozen] .tile")).to_have_count(2)
    is_down = False
    page.unroute("**/rtc/**")
    expect(page.locator("body")).to_have_attribute("data-connection", "connected", timeout=60_000)
    expect(page.locator(".tile[data-picture=true]")).to_have_count(2, timeout=30_000)


def test_what_is_written_in_the_chat_stays_text(person, alice, link):
    bruno = person("bruno")
    join(alice, link)
    join(bruno, link)
    expect(alice.page.locator(".tile")).to_have_count(2)
    bruno.page.keyboard.press("c")
    field = bruno.page.locator("#chat-text")
    expect(field).to_be_focused()
    field.fill(
        "<img src=x onerror=alert(1)> javascript:alert(1) https://www.service-public.fr/a?b=1. "
        "https://impots.gouv.fr@example.org/"
    )
    field.press("Enter")
    expect(alice.page.locator("#chat-unread")).to_contain_text("1 message non lu")
    expect(alice.page.locator("#announce-polite")).to_contain_text("Message de Bruno Petit")
    alice.page.keyboard.press("c")
    expect(alice.page.locator("#chat-messages")).to_contain_text("<img src=x onerror=alert(1)>")
    assert alice.page.locator("#chat-messages img").count() == 0
    links = alice.page.locator("#chat-messages a")
    assert [a.get_attribute("href") for a in links.all()] == ["https://www.service-public.fr/a?b=1"]
    assert "noopener" in links.first.get_attribute("rel")
    expect(alice.page.locator("#chat-unread")).to_be_hidden()


def test_the_keyboard_commands_the_room_and_its_shortcuts_can_be_switched_off(alice, link):
    join(alice, link)
    page = alice.page
    microphone = page.locator("#toggle-mic")
    expect(microphone).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+d")
    expect(microphone).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#announce-polite")).to_contain_text("Micro coupé")
    page.keyboard.press("p")
    expect(page.locator("#panel-people")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#toggle-people")).to_be_focused()

    page.locator("[popovertarget=more-menu]").press("Enter")
    page.locator("[data-opens=shortcuts-dialog]").press("Enter")
    for switch in ("Raccourcis avec la touche Ctrl", "Raccourcis d’une seule lettre"):
        page.get_by_label(switch).press("Space")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+d")
    page.keyboard.press("p")
    expect(page.locator("#panel-people")).to_be_hidden()
    expect(microphone).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("width", [1440, 320])
def test_every_state_of_the_page_is_accessible(alice, link, width):
    page = alice.page
    page.set_viewport_size({"width": width, "height": 800 if width > 400 else 568})

    axe = (npm_packages() / "axe-core" / "axe.min.js").read_text()

    def check(where: str):
        assert faults(page, axe) == [], where

    page.goto(link)
    page.locator("#preview[data-camera=on]").wait_for()
    check("prejoin")
    page.locator("#join").click()
    page.locator("body[data-room-state=joined]").wait_for()
    check("room")
    page.keyboard.press("c")
    page.locator("#chat-text").fill("Un **mot**")
    page.locator("#chat-text").press("Enter")
    page.locator("#chat-messages [data-act=edit]").press("Enter")
    check("chat")
    page.keyboard.press("Escape")  # the message's editor
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    page.keyboard.press("p")
    check("people")
    page.keyboard.press("Escape")
    page.locator("#toggle-moderate").dispatch_event("click")
    # The hand that was raised is known: nothing changes its colour any more.
    page.locator("#lower-hands:not([aria-disabled])").wait_for()
    check("moderation")
    page.keyboard.press("Escape")
    page.locator("[popovertarget=more-menu]").click()
    check("menu")
    page.keyboard.press("Escape")
    page.locator("#leave").click()
    check("leaving")
    page.locator("#leave-only").click()
    check("left")
