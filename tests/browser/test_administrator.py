"""An administrator's hour in a real browser: people, what leads them here, rules, live meetings and
branding; by hand, by keyboard, without scripts."""

import io
import re

import pytest
from PIL import Image

from tests.browser.test_portal import axe, faults  # noqa: F401  a fixture


@pytest.fixture
def adele(person):
    """The demonstration ministry's administrator, signed in with her second factor."""
    return person("adele")


def logo() -> dict:
    written = io.BytesIO()
    Image.new("RGBA", (480, 160), "navy").save(written, "PNG")
    return {"name": "logo.png", "mimeType": "image/png", "buffer": written.getvalue()}


def tick(page, name: str, act: str) -> None:
    """Finds one person, ticks them and applies an act."""
    page.get_by_label("Nom ou adresse").fill(name)
    page.get_by_role("button", name="Chercher").click()
    page.locator('input[name="member"]').first.check()
    page.get_by_label("Pour les personnes cochées").select_option(label=act)
    page.get_by_role("button", name="Appliquer", exact=True).click()


def test_an_administrators_hour(person, adele, axe, owner):  # noqa: F811
    person("antoine")
    alice = person("alice")
    alice.page.get_by_role("button", name="Réunion immédiate").click()
    alice.page.get_by_role("button", name="Rejoindre", exact=True).click()
    alice.page.locator("body[data-room-state=joined]").wait_for(timeout=30_000)
    page = adele.page

    # She comes by the navigation and sees what goes on.
    page.get_by_role("navigation", name="Menu principal").get_by_role(
        "link", name="Administration"
    ).click()
    page.get_by_role("heading", name="Administration", exact=True).wait_for()
    page.get_by_text("Il n’y a pas de second administrateur actif").wait_for()

    # A colleague becomes an organiser; she takes it back.
    page.get_by_role("link", name="Voir les agents").click()
    tick(page, "LEFEVRE", "Donner le rôle « Organisateur »")
    page.get_by_text(re.compile("Donner le rôle.*une personne")).wait_for()
    row = page.get_by_role("row", name=re.compile("Antoine Lefèvre"))
    row.get_by_text("Organisateur", exact=True).wait_for()
    assert faults(page, axe) == []
    page.get_by_role("button", name="Annuler ce changement").click()
    page.get_by_text(re.compile("Retirer le rôle.*une personne")).wait_for()
    assert row.get_by_text("Organisateur", exact=True).count() == 0

    # She cannot take the last administrator's role: her own.
    tick(page, "Adèle", "Retirer le rôle « Administrateur »")
    page.get_by_role("heading", name="Vous en faites partie").wait_for()
    assert faults(page, axe) == []
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_text("votre ministère n’aurait plus d’administrateur").wait_for()

    # The list as a file.
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger (CSV)").click()
    assert download.value.suggested_filename.startswith("agents-")

    # A domain of another ministry is refused; where claims lead is tried.
    page.get_by_role("link", name="Rattachement").click()
    page.locator("#id_value").fill("sante.visio.test")
    page.get_by_role("button", name="Ajouter", exact=True).click()
    page.get_by_text("appartient déjà à un ministère").wait_for()
    assert faults(page, axe) == []
    page.locator("#id_siret").fill("11000002300017")
    page.locator("#id_email").fill("economie.visio.test")
    page.get_by_role("button", name="Essayer").click()
    page.get_by_text("Cette personne choisit entre votre ministère et").wait_for()
    assert "11000002300017" not in page.url
    assert faults(page, axe) == []
    page.get_by_label("Ensuite").select_option("")
    page.get_by_label("Enfin").select_option("")
    page.get_by_role("button", name="Enregistrer l’ordre").click()  # neither SIRET nor domain
    page.get_by_role("heading", name="Vous ne pourriez plus vous identifier").wait_for()
    assert faults(page, axe) == []
    page.get_by_role("link", name="Ne rien changer").click()

    # No chat: Alice, who is in a room, loses it at once, and has it back.
    page.get_by_role("link", name="Règles").click()
    chat = page.get_by_role("switch", name="Discussion écrite")
    assert chat.get_attribute("aria-checked") == "true"
    chat.click()
    page.get_by_text("On n’écrit pas dans les salles.").wait_for()
    page.locator("#chat_allowed").get_by_text("Enregistré.").wait_for()
    page.locator("#chat_allowed").get_by_text("Dernier changement par Adèle Morel").wait_for()
    alice.page.locator("#chat-form[hidden]").wait_for(state="attached")
    chat.click()
    page.get_by_text("On peut écrire dans les salles.").wait_for()
    alice.page.locator("#chat-form:not([hidden])").wait_for(state="attached")

    # A drawing with a script is refused, a picture is shown in the head of the page.
    page.get_by_role("link", name="Identité visuelle").click()
    drawing = {"name": "x.png", "mimeType": "image/png", "buffer": b"<svg><script/></svg>"}
    page.locator("input[type=file]").set_input_files(drawing)
    page.get_by_label("Nom affiché").fill("Bercy")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Un fichier SVG peut contenir un programme").wait_for()
    assert page.get_by_label("Nom affiché").input_value() == "Bercy"
    assert faults(page, axe) == []
    page.locator("input[type=file]").set_input_files(logo())
    page.get_by_role("button", name="Enregistrer").click()
    header = page.get_by_role("banner")
    header.get_by_role("img", name="Logo : Bercy").wait_for()
    loaded = "image => image.decode().then(() => image.naturalWidth)"
    assert header.get_by_role("img").first.evaluate(loaded) == 480
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert faults(page, axe) == []
    page.get_by_label("Retirer le logo").check(force=True)
    page.get_by_label("Nom affiché").fill("")
    page.get_by_role("button", name="Enregistrer").click()
    header.get_by_text("Ministère de l’Économie et des Finances").wait_for()

    # Who is in Alice's meeting, and its end.
    page.get_by_role("link", name="Réunions en cours").click()
    page.get_by_role("row", name=re.compile("Alice Martin")).first.get_by_role("link").click()
    page.get_by_role("row", name=re.compile("Alice Martin")).get_by_text("Organisateur").wait_for()
    assert faults(page, axe) == []
    page.get_by_role("link", name="Terminer pour tous").click()
    page.get_by_role("heading", name="Terminer cette réunion pour tous").wait_for()
    assert faults(page, axe) == []
    page.get_by_role("button", name="Terminer pour tous").click()
    page.get_by_text(re.compile("Réunion immédiate.*est terminée")).wait_for()
    alice.page.locator("body[data-room-state=left]").wait_for(timeout=20_000)

    # All of it stands in the log, under her name.
    kinds = {
        kind
        for (kind,) in owner.execute(
            "SELECT kind FROM audit_event WHERE actor_name = 'Adèle Morel'"
        ).fetchall()
    }
    assert {
        "roles_changed", "members_exported", "policy_changed", "branding_changed",
        "live_meeting_read", "meeting_ended",
    } <= kinds  # fmt: skip


def test_the_keyboard_is_enough(person, adele):
    person("antoine")
    page = adele.page
    page.goto("/administration/regles/")
    switch = page.get_by_role("switch", name="Conservation de la discussion")
    switch.focus()
    page.keyboard.press("Space")
    page.get_by_text("Ce qui a été écrit reste lisible").wait_for()
    # One goes on from where one was.
    page.locator("#keep_chat").get_by_text("Enregistré.").wait_for()
    assert page.evaluate("location.hash") == "#keep_chat"
    page.keyboard.press("Tab")
    assert switch.evaluate("node => node === document.activeElement")
    page.keyboard.press("Enter")
    page.get_by_text("Ce qui a été écrit est effacé").wait_for()

    page.goto("/administration/agents/?q=lefevre")
    page.get_by_label("Cocher toute la page").focus()
    page.keyboard.press("Space")
    page.get_by_text("(1)", exact=True).wait_for()
    assert page.get_by_label("Cocher Antoine Lefèvre").is_checked()
    page.get_by_label("Pour les personnes cochées").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Annuler ce changement").focus()
    page.keyboard.press("Enter")
    page.get_by_text(re.compile("Retirer le rôle")).first.wait_for()


def test_it_works_without_scripts(person):
    person("antoine")
    page = person("adele", java_script_enabled=False).page
    page.goto("/administration/agents/")
    tick(page, "lefevre", "Désactiver le compte")
    page.get_by_text(re.compile("Désactiver le compte.*une personne")).wait_for()
    page.get_by_role("button", name="Annuler ce changement").click()
    page.get_by_text(re.compile("Réactiver le compte.*une personne")).wait_for()
    page.goto("/administration/regles/")
    page.get_by_role("switch", name="Conservation de la discussion").click()
    page.get_by_text("Ce qui a été écrit reste lisible").wait_for()
    page.get_by_role("switch", name="Conservation de la discussion").click()
    page.get_by_text("Ce qui a été écrit est effacé").wait_for()
