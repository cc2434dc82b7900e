"""Who reads the log: auditors of the ministry with a second factor, and nobody else."""

from uuid import uuid4

import pytest
from django.urls import reverse

from audit.models import Event
from isolation.scope import tenant_scope
from tenants.models import Policy, Role
from tests.auditors.conftest import MFA, opens_the_log, search, state_reason
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def addresses(log) -> list[str]:
    return [
        "/audit/",
        "/audit/export.csv",
        "/audit/export.jsonl",
        f"/audit/{log.muting.id}/",
        f"/audit/reunions/{log.committee.id}/",
    ]


def text_of(answer) -> str:
    body = answer.getvalue() if answer.streaming else answer.content
    return body.decode()


def test_an_auditor_reads_everything(reader, log):
    for address in addresses(log):
        answer = reader.get(address)
        assert answer.status_code == 200, address
        assert "no-store" in answer["Cache-Control"]
        assert "Léa" in text_of(answer), address


@pytest.mark.parametrize(
    "who", ["host", "colleague", "administrator", "invitee", "outsider", "nobody"]
)
def test_nobody_else_reads_anything(request, client, signed_in, log, events, who):
    browser = client if who == "nobody" else signed_in(request.getfixturevalue(who), acr=MFA)
    browser.defaults["HTTP_HOST"] = "localhost"
    for address in [*addresses(log), f"/audit/{uuid4()}/", f"/audit/reunions/{uuid4()}/"]:
        answer = browser.get(address)
        assert answer.status_code == (302 if who == "nobody" else 403), address
        assert "Léa" not in text_of(answer)
    answer = search(browser, follow=False, person="Léa")
    assert answer.status_code == (401 if who == "nobody" else 403)
    assert events("log_read") + events("log_exported") == []


def test_another_ministrys_auditor_finds_nothing_by_any_address_filter_or_export(
    signed_in, sante, log, events
):
    axel = make_member(sante, "Axel", "Auditeur", roles=[Role.AUDITOR])
    foreign = opens_the_log(signed_in, axel)
    for address in [f"/audit/{log.muting.id}/", f"/audit/reunions/{log.committee.id}/"]:
        assert foreign.get(address).status_code == 404
    pages = [
        foreign.get("/audit/"),
        search(foreign, person="Léa"),
        search(foreign, person=str(log.lea.id)),
        search(foreign, meeting="Comité"),
        search(foreign, meeting=str(log.committee.id)),
        search(foreign, kind=["muted", "lobby_admitted"]),
        foreign.get(f"/audit/?meeting={log.committee.id}"),
        foreign.get(f"/audit/?newer=0-{uuid4().hex}"),
        foreign.get("/audit/export.csv"),
        foreign.get(f"/audit/export.jsonl?meeting={log.committee.id}"),
    ]
    for answer in pages:
        assert answer.status_code == 200
        text = text_of(answer)
        assert "D’Œuvre" not in text
        assert str(log.muting.id) not in text
    with tenant_scope(sante.id):
        assert {event.actor_name for event in Event.objects.all()} == {"Axel Auditeur"}
    assert events("log_read") + events("log_exported") == []


def test_another_session_cannot_use_the_id_of_a_search(reader, signed_in, economie, log):
    address = search(reader, person="Léa").redirect_chain[-1][0]
    assert "who=" in address
    ada = make_member(economie, "Ada", "Auditrice", roles=[Role.AUDITOR])
    other = opens_the_log(signed_in, ada)
    answer = other.get(address)
    assert answer.status_code == 422
    assert answer.context["lines"] == []
    assert "plus en mémoire" in answer.content.decode()


def test_who_became_an_auditor_since_signing_in_gives_a_second_factor_first(signed_in, auditor):
    browser = signed_in(auditor)  # one factor
    answer = browser.get("/audit/?outcome=refused")
    assert answer.status_code == 302
    assert answer.url == "/oidc/authenticate/?mfa=1&next=%2Faudit%2F%3Foutcome%3Drefused"
    assert browser.get("/audit/export.csv").status_code == 302
    assert search(browser, follow=False, person="Léa").url.startswith("/oidc/authenticate/?mfa=1")


def test_a_role_that_was_taken_away_is_gone_with_the_next_request(reader, auditor):
    assert reader.get("/audit/").status_code == 200
    with tenant_scope(auditor.tenant_id):
        auditor.roles = []
        auditor.save()
    assert reader.get("/audit/").status_code == 403


def test_the_menu_leads_there_whom_it_concerns(reader, signed_in, host):
    link = f'href="{reverse("auditors:journal")}"'
    assert link in reader.get("/").content.decode()
    assert link not in signed_in(host).get("/").content.decode()
    page = reader.get("/audit/").content.decode()
    assert f'{link} aria-current="true"' in page


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_changed(reader, log, method):
    for address in addresses(log):
        assert getattr(reader, method)(address).status_code == 405
    assert reader.get("/audit/recherche/").status_code == 405


def rule(tenant, value: bool) -> None:
    with tenant_scope(tenant.id):
        Policy.objects.update_or_create(defaults={"administrators_may_audit": value})


def test_who_administers_reads_the_log_only_where_a_rule_says_so(signed_in, economie, log, events):
    both = make_member(economie, "Ada", "Double", roles=[Role.ADMINISTRATOR, Role.AUDITOR])
    browser = signed_in(both, acr=MFA)
    link = f'href="{reverse("auditors:journal")}"'
    for address in addresses(log):
        answer = browser.get(address)
        assert answer.status_code == 403, address
        assert "Vous administrez ce ministère" in answer.content.decode()
    assert link not in browser.get("/").content.decode()
    assert events("log_read") + events("log_exported") == []
    rule(economie, True)
    assert state_reason(browser).status_code == 302
    assert browser.get("/audit/").status_code == 200
    assert link in browser.get("/").content.decode()
    rule(economie, False)
    assert browser.get("/audit/").status_code == 403


@pytest.mark.parametrize(
    ("held", "given"),
    [(Role.ADMINISTRATOR, "give-auditor"), (Role.AUDITOR, "give-administrator")],
)
def test_both_roles_are_not_given_to_one_person(
    signed_in, economie, administrator, colleague, held, given
):
    person = make_member(economie, "Ada", "Double", roles=[held])
    browser = signed_in(administrator, acr=MFA)

    def give() -> tuple[str, list[str]]:
        sent = {"act": given, "member": [str(person.id), str(colleague.id)]}
        page = browser.post("/administration/agents/changer/", sent, follow=True).content.decode()
        with tenant_scope(economie.id):
            person.refresh_from_db()
            colleague.refresh_from_db()
        return page, person.roles

    page, roles = give()
    assert "à la fois administrateur et auditeur" in page
    assert (roles, colleague.roles) == ([held], [])
    rule(economie, True)
    assert give()[1] == sorted([Role.ADMINISTRATOR, Role.AUDITOR])
    # Who holds both already may still be given another.
    rule(economie, False)
    given = "give-organiser"
    assert Role.ORGANISER in give()[1]
