"""The agenda's ways, search, what is over, and the home page, in a real browser."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.test_portal import TOMORROW, axe, look, look_everywhere, schedule

__all__ = ["axe"]

ALICE, BRUNO = "alice.martin@economie.visio.test", "bruno.petit@sante.visio.test"
VIEWS = "Vues de l’agenda"


@pytest.fixture
def agenda(person, owner):
    """Alice's: a meeting of her own and one that Bruno's ministry delivers, both tomorrow, and one
    that is over, with its end told by hand: nobody waits an hour in a test."""
    alice, bruno = person("alice"), person("bruno")
    schedule(alice.page, "Élaboration du schéma directeur", BRUNO, start="10:00")
    schedule(bruno.page, "Échange sur les hôpitaux", ALICE, start="11:00")
    past = schedule(alice.page, "Bilan de l’été", start="15:00").rstrip("/").rsplit("/", 1)[-1]
    begun = datetime.now(ZoneInfo("Europe/Paris")) - timedelta(days=2)
    owner.execute(
        "UPDATE meetings_meeting SET state = 'ended', starts_at = %s, ends_at = %s,"
        " started_at = %s, ended_at = %s WHERE id = %s",
        [begun, begun + timedelta(hours=1), begun, begun + timedelta(minutes=50), past],
    )
    owner.execute(
        "WITH one AS (INSERT INTO meetings_participant (id, tenant_id, meeting_id, guest_key, name,"
        " organisation, email, proof, role, state, admitted_at, decided_by, forbidden)"
        " SELECT gen_random_uuid(), tenant_id, id, gen_random_uuid(), 'Ulysse', '', '', 'name',"
        " 'guest', 'admitted', started_at, '', '{}' FROM meetings_meeting WHERE id = %s"
        " RETURNING id, tenant_id, admitted_at)"
        " INSERT INTO meetings_presence (id, tenant_id, participant_id, connection, joined_at)"
        " SELECT gen_random_uuid(), tenant_id, id, 'PA_' || left(id::text, 8), admitted_at FROM one",
        [past],
    )
    alice.page.goto("/")
    return alice


def week_of_tomorrow(page) -> None:
    """The week in which tomorrow is: on a Sunday, one press away."""
    page.get_by_role("navigation", name=VIEWS).get_by_role("link", name="Semaine").click()
    page.wait_for_url("**/agenda/semaine/")
    if TOMORROW.weekday() == 0:
        page.get_by_role("link", name="Suivante").click()


def test_each_view_shows_the_same_meetings_in_its_way(agenda):
    page = agenda.page
    views = page.get_by_role("navigation", name=VIEWS)
    expect(views.get_by_role("link", name="Aujourd’hui")).to_have_attribute("aria-current", "page")
    week_of_tomorrow(page)
    day = page.locator(".visio-grid__day", has_text="Élaboration du schéma directeur").first
    expect(day).to_contain_text("Échange sur les hôpitaux")
    expect(day).to_contain_text("Ministère de la Santé")

    # Forth and back, each week at its own address.
    page.get_by_role("link", name="Suivante").click()
    page.wait_for_url("**/agenda/semaine/20*/")
    expect(page.locator("body")).not_to_contain_text("Élaboration du schéma directeur")
    page.go_back()
    page.get_by_role("link", name="Élaboration du schéma directeur").first.wait_for()

    views.get_by_role("link", name="Liste").click()
    page.wait_for_url("**/agenda/liste/")
    row = page.locator(".visio-row", has_text="Échange sur les hôpitaux").first
    row.get_by_role("link", name="Rejoindre").click()
    page.get_by_role("button", name="Rejoindre", exact=True).wait_for()
    page.goto("/agenda/passees/")
    row = page.locator(".visio-row", has_text="Bilan de l’été").first
    expect(row).to_contain_text("50 min")
    row.get_by_role("link", name="1 participant").click()
    page.get_by_role("heading", name="Participants").wait_for()
    page.get_by_text("Ulysse").wait_for()


def test_search_by_keyboard_alone(agenda):
    page = agenda.page
    page.get_by_role("searchbox", name="Titre, organisateur ou code").focus()
    page.keyboard.type("elaboration SCHEMA")
    page.keyboard.press("Enter")
    page.wait_for_url("**/agenda/recherche/?q=*")
    page.get_by_role("heading", name="Recherche : elaboration SCHEMA").wait_for()
    found = page.locator(".visio-row")
    expect(found.first).to_contain_text("Élaboration du schéma directeur")
    expect(page.get_by_role("searchbox")).to_have_value("elaboration SCHEMA")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.visio-row') !== null"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Élaboration du schéma directeur", level=1).wait_for()

    # By who organises, past and future alike; then by nothing that exists.
    page.goto("/agenda/recherche/?q=petit+hopitaux")
    expect(page.locator(".visio-row").first).to_contain_text("Échange sur les hôpitaux")
    page.goto("/agenda/recherche/?q=bilan+ete")
    expect(page.locator(".visio-row--past").first).to_contain_text("Bilan de l’été")
    page.goto("/agenda/recherche/?q=zzzzzzzz")
    page.get_by_text("Aucune de vos réunions ne correspond.").wait_for()


def test_an_open_week_and_an_open_list_keep_themselves_true(person):
    antoine, alice = person("antoine"), person("alice")
    for number, address in enumerate(("/agenda/liste/", "/agenda/recherche/?q=nouvelle+venue")):
        antoine.page.goto(address)
        antoine.page.locator("#agenda[data-connected=true]").wait_for()
        title = f"Nouvelle venue {number}"
        schedule(alice.page, title, "antoine.lefevre@economie.visio.test", f"0{number + 7}:00")
        antoine.page.get_by_role("link", name=title).first.wait_for()
        antoine.page.locator("#agenda-status", has_text="mis à jour").wait_for(state="attached")


def test_a_code_leads_in_from_the_home_page_with_and_without_scripts(person):
    for scripts in (True, False):
        page = person(java_script_enabled=scripts).page
        page.goto("/")
        page.get_by_label("Code ou lien de la réunion").fill("presque un code")
        page.get_by_role("button", name="Rejoindre la réunion").click()
        page.get_by_text("Ce n’est pas le code d’une réunion").wait_for()
        expect(page.get_by_label("Code ou lien")).to_have_value("presque un code")
        page.get_by_label("Code ou lien").fill("bcdf ghjk mnpq rstv")
        page.get_by_role("button", name="Rejoindre la réunion").click()
        # No meeting has it: what comes is what comes for one that takes no guests.
        page.get_by_role("link", name="S’identifier avec ProConnect").wait_for()
        assert page.url.endswith("/r/bcdf-ghjk-mnpq-rstv/")


def test_the_views_work_without_scripts(person):
    page = person("alice", java_script_enabled=False).page
    schedule_without_scripts(page)
    page.goto("/agenda/semaine/")
    page.get_by_role("link", name="Suivante").click()
    page.get_by_role("link", name="Cette semaine").click()
    page.get_by_role("searchbox").fill("sans script")
    page.get_by_role("button", name="Rechercher").click()
    page.get_by_role("link", name="Sans script du tout").first.wait_for()


def schedule_without_scripts(page) -> None:
    page.goto("/reunions/planifier/")
    page.get_by_label("Titre").fill("Sans script du tout")
    page.get_by_label("Date", exact=True).fill(TOMORROW.isoformat())
    page.get_by_label("Début").fill("08:00")
    page.get_by_label("Fin", exact=True).fill("08:30")
    page.get_by_role("button", name="Envoyer les invitations").click()


def test_full_and_empty_views_are_for_every_eye(agenda, axe):
    """The pages as such are in test_every_page.py; here they hold something, or find nothing."""
    page = agenda.page
    found = look_everywhere(
        page,
        axe,
        [
            f"/agenda/semaine/{TOMORROW.isoformat()}/",
            "/agenda/liste/?q=e",
            "/agenda/passees/?q=e",
            "/agenda/recherche/?q=e",
            "/agenda/recherche/?q=zzzzzz",
            "/agenda/liste/?q=zzzzzz",
        ],
    )
    page.goto("/rejoindre/")
    page.get_by_label("Code ou lien").fill("presque")
    page.get_by_role("button", name="Rejoindre la réunion").click()
    page.get_by_text("Ce n’est pas le code d’une réunion").wait_for()
    found += look(page, axe)
    page.goto("/aide/")
    for answer in page.locator("details").all():
        answer.evaluate("answer => { answer.open = true }")
    assert found + look(page, axe) == []
