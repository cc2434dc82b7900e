"""The portal in a real browser: every page for every eye, hand and screen, and without scripts."""

import json
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from visio.local.bootstrap import npm_packages

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (320, 375, 1024, 1440)
# The design system moves the header's parts some frames after the window has another width.
STAYS_WIDE = """() => new Promise((done) => {
    const began = performance.now();
    const look = () => {
        const wide = document.documentElement.scrollWidth > innerWidth;
        if (!wide || performance.now() - began > 2000) done(wide);
        else requestAnimationFrame(look);
    };
    look();
})"""
TOMORROW = (datetime.now(ZoneInfo("Europe/Paris")) + timedelta(days=1)).date()


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core, evaluated in the page without loosening its CSP."""
    return (npm_packages() / "axe-core" / "axe.min.js").read_text()


def faults(page, axe: str) -> list:
    """What axe-core finds, and whether the page is wider than the screen."""
    found = page.evaluate(
        f"""async () => {{ {axe};
        const {{ violations }} = await axe.run(document, {{ runOnly: {json.dumps(RULES)} }});
        const wide = document.documentElement.scrollWidth > innerWidth;
        return [...violations.map((v) => [v.id, ...v.nodes.map((n) => n.html.slice(0, 200))]),
                ...(wide ? ["wider than the screen"] : [])]; }}"""
    )
    return [(page.url, *fault) if isinstance(fault, list) else (page.url, fault) for fault in found]


def look(page, axe: str) -> list:
    """The page as it stands, on a phone and a desk, light and dark; no width is too small for it."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate(STAYS_WIDE):
            found.append((page.url, "wider than the screen", width))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (375, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            found += faults(page, axe)
    return found


def look_everywhere(page, axe: str, paths: list[str]) -> list:
    found = []
    for path in paths:
        page.goto(path)
        found += look(page, axe)
    return found


def schedule(page, title: str, invitees: str = "", start: str = "09:00") -> str:
    """Plans a meeting as a person does; its page's address."""
    page.goto("/reunions/planifier/")
    page.get_by_label("Titre").fill(title)
    page.get_by_label("Date", exact=True).fill(TOMORROW.isoformat())
    page.get_by_label("Début").fill(start)
    page.get_by_role("button", name="45 min").click()
    page.locator("#id_invitees").fill(invitees)
    page.get_by_role("button", name="Envoyer les invitations").click()
    page.get_by_role("heading", name=title).wait_for()
    return page.url


def test_a_refused_form_keeps_everything_and_says_what_to_do(person, axe):
    page = person("alice").page
    page.goto("/reunions/planifier/")
    page.get_by_label("Ordre du jour").fill("Un <b>point</b>")
    page.get_by_label("Date", exact=True).fill("2020-01-01")
    page.locator("#id_invitees").fill("bruno.petit@sante.visio.test;presque")
    page.get_by_role("button", name="Envoyer les invitations").click()
    page.get_by_role("alert").get_by_text("Rien n’a encore été enregistré").wait_for()
    assert page.get_by_label("Titre").get_attribute("aria-invalid") == "true"
    page.get_by_text("Donnez un titre.").wait_for()
    page.get_by_text("presque", exact=True).wait_for()
    assert page.get_by_label("Ordre du jour").input_value() == "Un <b>point</b>"
    assert page.get_by_label("Date", exact=True).input_value() == "2020-01-01"
    assert faults(page, axe) == []


def test_planning_helps_along(person):
    page = person("alice").page
    page.goto("/reunions/planifier/")
    page.get_by_label("Titre").fill("Conseil")
    page.get_by_label("Date", exact=True).fill(TOMORROW.isoformat())
    page.get_by_label("Début").fill("23:30")
    page.get_by_role("button", name="1 h 30").click()
    assert page.get_by_label("Fin", exact=True).input_value() == "01:00"
    after = (TOMORROW + timedelta(days=1)).isoformat()
    assert page.get_by_label(re.compile("Date de fin")).input_value() == after
    page.get_by_label("Début").fill("14:00")
    page.get_by_label("Début").blur()
    assert page.get_by_label("Fin", exact=True).input_value() == "15:30"

    people = page.locator("#id_invitees")
    people.press_sequentially("Bruno.Petit@sante.visio.test,antoine.lefevre@economie.visio.test")
    people.press("Enter")
    summary = page.locator("#summary")
    summary.get_by_text("de 14:00 à 15:30").wait_for()
    summary.get_by_text("2 personnes recevront un message.").wait_for()
    outside = page.locator(".visio-invitee", has_text="bruno.petit@sante.visio.test")
    outside.get_by_text("autre organisation").wait_for()
    page.get_by_role("button", name="Retirer bruno.petit@sante.visio.test").click()
    summary.get_by_text("Une personne recevra un message.").wait_for()


def test_everything_works_without_scripts(person):
    page = person("alice", java_script_enabled=False).page
    page.goto("/reunions/planifier/")
    page.get_by_label("Titre").fill("Sans script")
    page.get_by_label("Date", exact=True).fill(TOMORROW.isoformat())
    page.get_by_label("Début").fill("08:00")
    page.get_by_label("Fin", exact=True).fill("08:30")
    page.locator("#id_invitees").fill("bruno.petit@sante.visio.test\n")
    page.get_by_role("button", name="Envoyer les invitations").click()
    page.get_by_text("bruno.petit@sante.visio.test").wait_for()
    page.get_by_role("link", name="Annuler la réunion").click()
    page.get_by_role("button", name="Annuler la réunion").click()
    page.get_by_text("Annulée", exact=True).wait_for()


def test_an_open_agenda_keeps_itself_true(person):
    antoine, alice = person("antoine"), person("alice")
    antoine.page.locator("#agenda[data-connected=true]").wait_for()
    schedule(alice.page, "Arrivée sans recharger", "antoine.lefevre@economie.visio.test", "11:00")
    antoine.page.get_by_role("link", name="Arrivée sans recharger").first.wait_for()
    antoine.page.locator("#agenda-status", has_text="mis à jour").wait_for(state="attached")


def test_english_is_one_press_away_and_stays(person):
    page = person("alice").page
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Calendar").wait_for()
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto("/accessibilite/")
    page.get_by_role("heading", name="Accessibility statement").wait_for()
    page.get_by_role("button", name="Français").click()
    page.get_by_role("heading", name="Déclaration d’accessibilité").wait_for()


def test_the_theme_is_chosen_and_remembered(person):
    page = person().page
    page.goto("/")
    theme = page.locator("html")
    assert theme.get_attribute("data-fr-theme") == "light"
    page.get_by_role("button", name="Affichage").click()
    page.get_by_text("Thème sombre").click()
    page.locator("html[data-fr-theme=dark] h1").wait_for(state="attached")
    page.goto("/plan-du-site/")
    assert theme.get_attribute("data-fr-theme") == "dark"


def test_the_keyboard_is_enough(person):
    page = person("alice").page
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Planifier"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Planifier une réunion").wait_for()


def test_on_a_phone_the_menu_holds_everything(person):
    page = person("alice", viewport={"width": 375, "height": 740}, has_touch=True).page
    page.get_by_role("button", name="Menu").tap()
    menu = page.locator("#header-menu")
    for name in ("English", "Affichage", "Se déconnecter"):
        menu.get_by_role("button", name=name).wait_for()
    menu.get_by_role("link", name="Planifier").tap()
    page.get_by_role("heading", name="Planifier une réunion").wait_for()
