"""An auditor's hour: what happened, who did it, a meeting's story, what proves it, the files that are
taken away."""

import csv
import json
from io import StringIO

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from audit import notes
from tests.browser.test_portal import axe, look, look_everywhere, schedule
from tests.waiting import until

__all__ = ["axe"]

TITLE = "Revue des habilitations"


@pytest.fixture
def story(person) -> str:
    """Alice plans a meeting with another ministry and cancels it; the id of the meeting."""
    page = person("alice").page
    invitees = "antoine.lefevre@economie.visio.test, bruno.petit@sante.visio.test"
    address = schedule(page, TITLE, invitees, start="16:00")
    page.goto(f"{address}annuler/")
    page.get_by_role("button", name="Annuler la réunion").click()
    page.get_by_text("Annulée", exact=True).wait_for()
    return address.rstrip("/").rsplit("/", 1)[-1]


def state_reason(page, reason="Contrôle des habilitations") -> None:
    """Says why, where the form asks for it, and goes on."""
    page.get_by_label("Motif de la consultation").fill(reason)
    page.get_by_role("button", name="Consulter le journal").click()
    page.locator(".visio-reason").get_by_text(reason).wait_for()


def rows(page):
    return page.locator(".visio-log__table tbody tr")


def logged(owner, meeting_id: str, kind: str) -> list[dict]:
    found = owner.execute(
        "SELECT payload FROM audit_event WHERE kind = %s AND meeting_id = %s", [kind, meeting_id]
    )
    return [payload for (payload,) in found.fetchall()]


def test_an_auditors_hour(person, owner, story):
    until(lambda: len(logged(owner, story, "invitation_sent")) >= 2)
    aude = person("aude")
    page = aude.page
    page.get_by_role("link", name="Journal", exact=True).first.click()

    # Why, first; then the log.
    page.get_by_role("heading", name="Pourquoi lire le journal ?").wait_for()
    page.get_by_role("button", name="Consulter le journal").click()
    page.get_by_text("Dites pourquoi vous consultez").first.wait_for()
    state_reason(page)
    page.get_by_role("heading", name="Journal", exact=True).wait_for()

    # Who did something about this meeting: a name, a title, some kinds.
    page.locator("#id_person").fill("martin ali")
    page.locator("#id_meeting").fill("revue habilitations")
    page.get_by_text("Types d’événement").click()
    page.locator("label[for=kind-meeting_created]").click()
    page.locator("label[for=kind-meeting_cancelled]").click()
    page.get_by_role("button", name="Filtrer").click()
    page.get_by_role("link", name="Retirer Personne").wait_for()
    assert "martin" not in page.url
    assert "revue" not in page.url
    assert rows(page).first.inner_text().startswith("2")
    expect(rows(page).first).to_contain_text("Réunion annulée")
    expect(rows(page).nth(1)).to_contain_text("Réunion planifiée")
    expect(rows(page).first).to_contain_text("Alice Martin")
    expect(rows(page).first).to_contain_text(TITLE)

    # One of them, whole, beside the table; by the keyboard there and back.
    link = rows(page).first.get_by_role("link", name="Réunion annulée")
    link.focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Réunion annulée")
    expect(drawer).to_contain_text("Temps universel (UTC)")
    expect(drawer).to_contain_text(story)
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(link).to_be_focused()

    # Without one criterion, then what is typed wrong.
    page.get_by_role("link", name="Retirer Types d’événement").click()
    page.get_by_role("link", name="Retirer Types d’événement").wait_for(state="detached")
    expect(page.locator("#id_person")).to_have_value("martin ali")
    page.locator("#id_person").fill("?")
    page.get_by_role("button", name="Filtrer").click()
    page.get_by_role("alert").get_by_text("rien n’est affiché").wait_for()
    expect(page.locator("#id_meeting")).to_have_value("revue habilitations")
    page.locator("#id_person").fill("martin")
    page.locator("#id_person").press("Enter")
    page.get_by_role("link", name="Retirer Personne").wait_for()

    # The file has what the page has.
    for name, kinds in (("Exporter en CSV", csv_kinds), ("Exporter en JSON Lines", json_kinds)):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        text = download.value.path().read_text("utf-8-sig")
        assert {"meeting_created", "meeting_cancelled"} <= set(kinds(text))
    with page.expect_download() as download:
        page.get_by_role("link", name="Exporter en PDF").click()
    pages = PdfReader(download.value.path()).pages
    text = " ".join(" ".join(each.extract_text().split()) for each in pages)
    assert "Filtre Personne : martin ; Réunion : revue habilitations" in text
    assert "Motif Contrôle des habilitations" in text
    assert "Réunion annulée" in text

    # The meeting from its beginning to its end.
    rows(page).first.get_by_role("link", name=TITLE).click()
    page.get_by_role("heading", name=TITLE).wait_for()
    told = page.locator(".visio-story__step .visio-log__event").all_inner_texts()
    assert told[0] == "Réunion planifiée"
    assert "Invitation envoyée" in told
    assert told.index("Réunion annulée") > told.index("Réunion planifiée")
    page.get_by_role("link", name="Présences").click()
    page.get_by_text("Vous lisez cette page comme auditeur").wait_for()

    # Everything about one person, of one kind; and who else was there is one click away.
    page.goto(f"/audit/reunions/{story}/")
    page.locator(".visio-story").get_by_role("link", name="Alice Martin").first.click()
    page.get_by_role("heading", name="Alice Martin", exact=True).wait_for()
    page.get_by_text("Agent de votre ministère").wait_for()
    counts = page.locator(".visio-person__counts")
    counts.get_by_role("link", name="Réunion annulée").click()
    page.get_by_role("link", name="Tout effacer").wait_for()
    shown = page.locator(".visio-story__step .visio-log__event")
    assert set(shown.all_inner_texts()) == {"Réunion annulée"}
    assert "Alice" not in page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="Exporter en JSON Lines").click()
    text = download.value.path().read_text()
    assert set(json_kinds(text)) == {"meeting_cancelled"}
    assert "Alice Martin" in text

    # A search that comes back every morning, by the keyboard.
    page.goto("/audit/?period=week&kind=meeting_cancelled")
    page.get_by_text("Enregistrer cette recherche").click()
    page.get_by_label("Nom de la recherche").fill("Annulations de la semaine")
    page.keyboard.press("Enter")
    page.get_by_text("est enregistrée").wait_for()
    page.get_by_role("link", name="Journal", exact=True).first.click()
    page.get_by_role("link", name="Annulations de la semaine").press("Enter")
    page.get_by_role("link", name="Retirer Période").wait_for()
    expect(page.locator("#id_period")).to_have_value("week")
    expect(rows(page).first).to_contain_text("Réunion annulée")
    page.get_by_role("link", name="Gérer").click()
    page.get_by_role("button", name="Supprimer Annulations de la semaine").click()
    page.get_by_text("est supprimée").wait_for()

    # What is shown is proven, as soon as it has its place in the log.
    page.goto(f"/audit/reunions/{story}/")
    page.wait_for_function(
        """() => {
          if (document.querySelector(".visio-proof--good")) return true;
          window.location.reload();
          return false;
        }""",
        polling=1500,
    )
    page.get_by_text("Prouvé, vérifié à").click()
    page.get_by_role("link", name="Preuves du journal").click()
    page.get_by_role("heading", name="Preuves du journal").wait_for()

    # The whole log against what was signed; then what one keeps outside.
    page.get_by_role("button", name="Vérifier le journal maintenant").click()
    page.get_by_text("rien à signaler").first.wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger les clés").click()
    keys = [notes.parse_verifier(line) for line in download.value.path().read_text().splitlines()]
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger le point de contrôle").first.click()
    assert notes.open_checkpoint(download.value.path().read_bytes(), keys).size > 0

    # All of this stands in the log, with the reason.
    assert logged(owner, story, "log_read")[0]["reason"] == "Contrôle des habilitations"
    assert len(logged(owner, story, "log_read")) == 1
    assert len(logged(owner, story, "attendance_read")) == 1
    [tenant] = owner.execute("SELECT id FROM tenants_tenant WHERE short_name = 'economie'")
    exports = owner.execute(
        "SELECT payload->>'format' FROM audit_event WHERE kind = 'log_exported' AND tenant_id = %s"
        " AND payload->'filter'->>'meeting' = 'revue habilitations'",
        tenant,
    )
    assert {taken for (taken,) in exports.fetchall()} == {"csv", "jsonl", "pdf"}


def csv_kinds(text: str) -> list[str]:
    return [row["Type"] for row in csv.DictReader(StringIO(text, newline=""), delimiter=";")]


def json_kinds(text: str) -> list[str]:
    return [json.loads(line)["kind"] for line in text.splitlines()]


def test_the_portal_of_the_auditors_is_accessible(person, axe, story):
    page = person("aude").page
    page.goto("/audit/")
    state_reason(page)
    paths = [
        "/audit/?kind=meeting_created&kind=muted&outcome=success", "/audit/?outcome=failed",
        "/audit/?kind=nope&since=2026-13-01",
    ]  # fmt: skip
    assert look_everywhere(page, axe, paths) == []
    page.goto("/audit/?outcome=success")
    page.get_by_text("Enregistrer cette recherche").click()
    page.get_by_label("Nom de la recherche").fill("?!")
    page.get_by_label("Nom de la recherche").press("Enter")
    page.get_by_text("au moins une lettre du nom").wait_for()
    assert look(page, axe) == []
    page.get_by_label("Nom de la recherche").fill("Réussites " + "très " * 10)
    page.get_by_label("Nom de la recherche").press("Enter")
    page.get_by_text("est enregistrée").wait_for()
    page.locator("a.visio-log__name").first.click()
    person_page = page.url
    paths = ["/audit/recherches/", "/audit/motif/", person_page, f"{person_page}?kind=nope"]
    assert look_everywhere(page, axe, paths) == []
    page.goto("/audit/")
    page.get_by_text("Types d’événement").click()
    page.get_by_text("Entre deux dates").click()
    rows(page).first.get_by_role("link").first.click()
    page.locator("dialog[open] #event-title").wait_for()
    assert look(page, axe) == []


def test_the_log_is_read_without_scripts(person, story):
    page = person("aude", java_script_enabled=False).page
    page.goto("/audit/")
    state_reason(page)
    page.locator("#id_meeting").fill(story)
    page.locator("#id_meeting").press("Enter")
    page.get_by_role("link", name="Retirer Réunion").wait_for()
    rows(page).first.get_by_role("link").first.click()
    page.get_by_text("Temps universel (UTC)").wait_for()
    page.get_by_role("navigation", name="Retour").get_by_role("link", name="Journal").click()
    page.get_by_role("link", name="Retirer Réunion").wait_for()
    page.get_by_text("Enregistrer cette recherche").click()
    page.get_by_label("Nom de la recherche").fill("Sans script")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.get_by_role("link", name="Sans script").click()
    page.get_by_role("link", name="Retirer Réunion").wait_for()
    page.locator("a.visio-log__name").first.click()
    page.get_by_label("Période").select_option("week")
    page.get_by_role("button", name="Filtrer").click()
    page.get_by_role("link", name="Tout effacer").wait_for()
    page.get_by_role("link", name="Changer de motif").click()
    page.get_by_label("Motif de la consultation").fill("Une autre affaire")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    page.locator(".visio-reason").get_by_text("Une autre affaire").wait_for()
    page.get_by_role("link", name="Tout effacer").wait_for()


def test_who_does_not_audit_does_not_see_the_log(person):
    page = person("antoine").page
    assert page.get_by_role("link", name="Journal", exact=True).count() == 0
    assert page.goto("/audit/").status == 403
