"""Preferences by keyboard, for every eye and without scripts; one's own room, from both sides."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_lobby import enter, expect_state
from tests.browser.test_portal import axe, look_everywhere, schedule

__all__ = ["axe"]
PAGE = "/preferences/"


@pytest.fixture
def as_before(owner):
    """The demonstration people prefer afterwards what they preferred before; no room stays."""
    yield
    owner.execute(
        "UPDATE tenants_member SET language = '', time_zone = 'Europe/Paris', "
        "reminder_minutes = 0, microphone_at_entry = 'last', camera_at_entry = 'last'"
    )


def tab_to(page, name: str, presses: int = 60):
    """Presses Tab until the field of this label, or this button, has the focus."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const e = document.activeElement;"
            " return (e.labels?.[0]?.textContent ?? e.textContent ?? '').trim() }"
        )
        if focused == name:
            return
    raise AssertionError(f"Tab never came to {name}")


@pytest.mark.usefixtures("as_before")
def test_preferences_are_chosen_by_keyboard_and_followed(person):
    page = person("alice").page
    page.goto("/")
    tab_to(page, "Préférences")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Préférences")).to_be_visible()
    tab_to(page, "Français")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Heure de La R")
    page.keyboard.press("Tab")  # the microphone, as last time
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Enregistrer")
    page.keyboard.press("Enter")
    expect(page.locator("html[lang=en]")).to_be_attached()
    assert chosen(page) == {
        "language": "en",
        "time_zone": "Indian/Reunion",
        "microphone_at_entry": "off",
        "camera_at_entry": "on",
        "reminder_minutes": "10",
    }
    page.goto("/")
    expect(page.locator("#agenda")).to_have_attribute("data-zone", "Indian/Reunion")


def chosen(page) -> dict:
    return page.evaluate(
        "() => { const data = Object.fromEntries(new FormData(document.querySelector('main form')));"
        " delete data.csrfmiddlewaretoken; return data }"
    )


@pytest.mark.usefixtures("as_before")
def test_the_switch_of_every_page_and_the_preference_are_one(person):
    page = person("alice").page
    page.get_by_role("button", name="English").click()
    expect(page.locator("html[lang=en]")).to_be_attached()
    other = person().page  # another browser, which speaks French
    other.goto("/")
    other.get_by_role("link", name="S’identifier avec ProConnect").click()
    other.locator("#person-alice").click()
    other.get_by_role("heading", name="Calendar").wait_for()
    expect(other.locator("html[lang=en]")).to_be_attached()
    other.goto(PAGE)
    assert chosen(other)["language"] == "en"
    other.get_by_role("button", name="Français").click()
    expect(other.locator("html[lang=fr]")).to_be_attached()


@pytest.mark.usefixtures("as_before")
def test_preferences_work_without_scripts_and_say_what_is_wrong(person):
    page = person("alice", java_script_enabled=False).page
    page.goto(PAGE)
    page.get_by_text("1 heure avant").click()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Vos préférences sont enregistrées.")).to_be_visible()
    expect(page.get_by_label("1 heure avant")).to_be_checked()


@pytest.mark.usefixtures("as_before")
def test_devices_stand_at_entry_as_one_prefers(person):
    page = person("alice").page
    schedule(page, "Avec mes réglages")
    room = page.locator("a[href*='/r/']").first.get_attribute("href")
    page.goto(room)
    expect(page.locator("#prejoin-mic")).to_have_attribute("aria-pressed", "true")
    page.goto(PAGE)
    page.get_by_text("Coupé", exact=True).click()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Vos préférences sont enregistrées.")).to_be_visible()
    for _ in range(2):  # whatever was done in between
        page.goto(room)
        expect(page.locator("#prejoin-mic")).to_have_attribute("aria-pressed", "false")
        expect(page.locator("#prejoin-camera")).to_have_attribute("aria-pressed", "true")
        page.locator("#prejoin-mic").click()
        expect(page.locator("#prejoin-mic")).to_have_attribute("aria-pressed", "true")


def test_preferences_and_ones_room_are_accessible(person, axe):
    page = person("alice").page
    make_room(page)
    assert look_everywhere(page, axe, [PAGE, "/salle/", "/"]) == []
    page.goto(PAGE)
    page.evaluate("document.querySelector('main [name=language]').value = 'xx'")
    page.evaluate("document.querySelector('main [name=language]').checked = true")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_role("alert").get_by_text("Rien n’a encore été enregistré").wait_for()
    assert look_faults(page, axe) == []


def look_faults(page, axe) -> list:
    from tests.browser.test_portal import faults

    return faults(page, axe)


def make_room(page) -> str:
    """Its link, as one reads it on the agenda."""
    page.goto("/")
    button = page.get_by_role("button", name="Obtenir mon lien")
    if button.count():
        button.click()
        page.get_by_role("heading", name="Ma salle personnelle", level=1).wait_for()
    page.goto("/")
    return page.locator("#join-link").input_value()


def test_a_new_link_turns_away_who_waits_at_the_old_one(person):
    alice, antoine = person("alice"), person("antoine")
    link = make_room(alice.page)
    antoine.page.goto(link)
    antoine.page.locator("#join").click()
    expect_state(antoine, "waiting")
    alice.page.goto("/salle/")
    alice.page.get_by_role("button", name="Changer de lien").click()
    expect(alice.page.get_by_text("L’ancien ne mène plus nulle part.")).to_be_visible()
    assert alice.page.locator("#join-link").input_value() != link
    expect_state(antoine, "prejoin", timeout=30_000)
    expect(antoine.page.locator("#join-problem-text")).to_contain_text("n’existe pas")


def test_one_waits_at_a_room_until_its_owner_comes(person):
    alice, antoine, gaelle = person("alice"), person("antoine"), person()
    link = make_room(alice.page)
    alice.page.get_by_role("button", name="Copier").click()
    expect(alice.page.locator("[data-copy-status]")).not_to_be_empty()  # as the browser allows

    antoine.page.goto(link)
    expect(antoine.page.get_by_text("La salle n’est pas ouverte.")).to_be_visible()
    antoine.page.locator("#join").click()
    expect_state(antoine, "waiting")
    gaelle.page.goto(link)
    gaelle.page.get_by_label("Votre nom").fill("Gaëlle Dupont")
    gaelle.page.locator("#join").click()
    expect_state(gaelle, "waiting")
    expect(alice.page.get_by_text("Gaëlle Dupont").first).to_be_visible()

    alice.page.get_by_role("button", name="Entrer").click()
    alice.page.locator("#join").wait_for()
    enter(alice)
    expect_state(antoine, "joined", timeout=30_000)  # a colleague: once it is open
    expect_state(gaelle, "waiting")  # from outside: once somebody decides
    alice.page.locator("#leave").press("Enter")
    alice.page.locator("#end-for-all").press("Enter")
    for one in (antoine, gaelle):
        expect_state(one, "left", timeout=30_000)
    antoine.page.goto(link)
    expect(antoine.page.get_by_text("La salle n’est pas ouverte.")).to_be_visible()
