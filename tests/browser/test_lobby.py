"""Guests at the door: they say who they are, wait, and are let in or not by who is in the room."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.test_portal import faults
from tests.browser.test_story import mail_to
from visio.local.bootstrap import npm_packages


@pytest.fixture
def alice(person):
    """Who hosts a meeting that takes guests by their name alone."""
    alice = person("alice")
    alice.page.get_by_role("button", name="Réunion immédiate").click()
    alice.page.locator("#join").wait_for()
    return alice


@pytest.fixture
def link(alice):
    return alice.page.url


@pytest.fixture
def guest(person, link):
    """`guest("Inès")` has asked to enter and waits."""

    def make(name: str, **options) -> Person:
        one = person(**options)
        one.page.goto(link)
        one.page.get_by_label("Votre nom").fill(name)
        one.page.locator("#join").click()
        expect_state(one, "waiting")
        return one

    return make


def expect_state(person, state: str, **options):
    expect(person.page.locator("body")).to_have_attribute("data-room-state", state, **options)


def enter(alice):
    alice.page.locator("#join").click()
    expect_state(alice, "joined", timeout=30_000)


def test_one_guest_is_admitted_and_another_refused(alice, guest):
    ines = guest("Inès Durand")
    expect(ines.page.locator("#waiting-text")).to_contain_text("n’est pas encore là")
    expect(ines.page.locator("#preview[data-camera=on]")).to_be_visible()
    karim = guest("<b>Karim</b>")
    enter(alice)
    page = alice.page
    expect(page.locator("#knock-words")).to_have_text(
        "Inès Durand et 1 autre personne demandent à entrer"
    )
    expect(page.locator("#announce-polite")).to_contain_text("demandent à entrer")
    page.get_by_role("button", name="Voir").click()
    expect(page.get_by_role("button", name="Admettre Inès Durand")).to_be_focused()
    lines = page.locator(".waiter")
    expect(lines.first).to_contain_text("Identité non vérifiée")
    expect(lines.last).to_contain_text("<b>Karim</b>")

    page.keyboard.press("Enter")
    expect_state(ines, "joined")
    expect(page.locator(".tile")).to_have_count(2)
    expect(page.get_by_role("button", name="Admettre <b>Karim</b>")).to_be_focused()
    page.get_by_role("button", name="Refuser <b>Karim</b>").click()
    expect_state(karim, "left")
    expect(karim.page.locator("#left-title")).to_have_text("Votre demande a été refusée")
    expect(karim.page.locator("#come-back")).to_be_disabled()
    page.mouse.move(10, 10)
    expect(page.locator("#lobby-count")).to_be_hidden()
    expect(page.locator("#lobby")).to_be_hidden()

    # Asked again too soon, from the beginning.
    karim.page.reload()
    karim.page.locator("#join").click()
    expect(karim.page.locator("#come-back")).to_contain_text("Redemander dans")


def test_a_guest_without_a_name_is_asked_for_it(person, link):
    page = person().page
    page.goto(link)
    page.locator("#join").click()
    field = page.get_by_label("Votre nom")
    expect(field).to_be_focused()
    expect(page.locator("#guest-name-problem")).to_be_visible()
    field.fill("Inès Durand")
    expect(page.locator("#guest-name-problem")).to_be_hidden()
    expect(page.locator(".preview__name")).to_have_text("Inès Durand")
    assert page.get_by_role("link", name="Agenda").count() == 0


def test_one_goes_on_waiting_after_a_reload_and_through_a_lost_line(alice, guest, person, link):
    enter(alice)
    ines = guest("Inès Durand")
    page = ines.page
    page.reload()
    expect_state(ines, "waiting")

    sockets, is_down = [], False

    def door(socket):
        if is_down:
            return socket.close()
        socket.connect_to_server()
        return sockets.append(socket)

    page.route_web_socket("**/ws/lobby/**", door)
    page.reload()
    expect_state(ines, "waiting")
    expect(page.locator("#waiting-problem")).to_be_hidden()
    is_down = True
    page.route("**/api/v1/meetings/*/join", lambda route: route.fulfill(status=503, json={}))
    for socket in sockets:
        socket.close()
    expect(page.locator("#waiting-problem")).to_contain_text("nouvel essai dans")
    # Admitted while the line is down: in as soon as it is back.
    alice.page.locator("#knock-admit").click()
    is_down = False
    page.unroute("**/api/v1/meetings/*/join")
    expect_state(ines, "joined", timeout=30_000)


def test_who_gives_up_is_no_longer_asked_about(alice, guest):
    enter(alice)
    ines = guest("Inès Durand")
    expect(alice.page.locator("#lobby-count-words")).to_have_text("1 en attente")
    ines.page.get_by_role("button", name="Ne plus attendre").click()
    expect_state(ines, "prejoin")
    expect(alice.page.locator("#knock")).to_be_hidden()
    expect(alice.page.locator("#lobby-count")).to_be_hidden()
    ines.page.reload()
    expect_state(ines, "prejoin")


def test_a_spoilt_token_is_replaced_by_a_new_one(alice, person, link):
    enter(alice)
    ines = person()

    def door(socket):
        server = socket.connect_to_server()
        server.on_message(lambda message: socket.send(message.replace('"token": "', '"token": "x')))

    ines.page.route_web_socket("**/ws/lobby/**", door)
    ines.page.goto(link)
    ines.page.get_by_label("Votre nom").fill("Inès Durand")
    ines.page.locator("#join").click()
    expect_state(ines, "waiting")
    alice.page.locator("#knock-admit").click()
    expect_state(ines, "joined", timeout=30_000)


def test_a_guest_proves_an_address(alice, person, link):
    page = person().page
    page.goto(link)
    page.get_by_role("link", name="Prouver mon adresse électronique").click()
    page.get_by_label("Votre adresse électronique").fill("ines.durand@exemple.fr")
    page.get_by_role("button", name="Recevoir un code").click()
    text = mail_to("ines.durand@exemple.fr").get_content()
    page.get_by_label("Code reçu").fill(
        re.search(r"^\s+([A-Z0-9-]{6,})\s*$", text, re.MULTILINE)[1]
    )
    page.get_by_role("button", name="Continuer vers la réunion").click()
    page.get_by_label("Votre nom").fill("Inès Durand")
    page.locator("#join").click()
    page.locator("body[data-room-state=waiting]").wait_for()
    enter(alice)
    alice.page.get_by_role("button", name="Voir").click()
    expect(alice.page.locator(".waiter")).to_contain_text(
        "Adresse vérifiée : ines.durand@exemple.fr"
    )


@pytest.mark.parametrize("width", [1440, 320])
def test_every_state_of_the_lobby_is_accessible(alice, guest, width):
    axe = (npm_packages() / "axe-core" / "axe.min.js").read_text()
    ines = guest("Inès Durand", viewport={"width": width, "height": 640})
    assert faults(ines.page, axe) == [], "waiting"
    page = alice.page
    page.set_viewport_size({"width": width, "height": 640})
    enter(alice)
    page.locator("#knock").wait_for()
    assert faults(page, axe) == [], "knock"
    page.get_by_role("button", name="Voir").click()
    assert faults(page, axe) == [], "list"
    page.get_by_role("button", name="Refuser").click()
    page.locator(".waiter[data-state=decided]").wait_for()
    assert faults(page, axe) == [], "decided"
    expect_state(ines, "left")
    assert faults(ines.page, axe) == [], "refused"
