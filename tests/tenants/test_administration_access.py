"""Who may open and do what in the administrators' portal: roles × pages, and never without a second
factor."""

from uuid import uuid4

import pytest

from tests.cast import sign_in
from tests.tenants import administration as portal
from tests.tenants.administration import administer, second_administrator

pytestmark = pytest.mark.django_db

PAGES = {
    "/administration/": 200,
    "/administration/reunions/": 200,
    f"/administration/reunions/{uuid4()}/": 404,
    f"/administration/reunions/{uuid4()}/terminer/": 404,
    portal.MEMBERS: 200,
    portal.CHANGE: 302,
    portal.EXPORT: 200,
    portal.MAPPING: 200,
    portal.POLICIES: 200,
    portal.BRANDING: 200,
    "/administration/securite/": 200,
}
ACTS = [
    (portal.CHANGE, {"act": "deactivate"}),
    (portal.MAPPING, {"action": "add", "kind": "domain", "value": "x.test"}),
    (portal.POLICIES, {"rule": "chat_allowed", "value": "false"}),
    (portal.BRANDING, {"shown_name": "x"}),
    (f"/administration/reunions/{uuid4()}/terminer/", {}),
]


@pytest.mark.parametrize("role", ["host", "colleague", "auditor", "outsider"])
def test_nobody_but_administrators_opens_a_page(request, role):
    client = administer(request.getfixturevalue(role))
    assert {client.get(page).status_code for page in PAGES} == {403}
    assert {client.post(page, body).status_code for page, body in ACTS} == {403}


def test_an_administrator_opens_every_page(administrator):
    client = administer(administrator)
    assert {page: client.get(page).status_code for page in PAGES} == PAGES


def test_who_is_not_signed_in_is_led_there_and_back(client):
    for page in PAGES:
        answer = client.get(page, headers={"host": "localhost"})
        assert answer.status_code in (302, 401)
        assert page.replace("/", "%2F") in (
            answer.headers.get("location") or page.replace("/", "%2F")
        )


def test_a_single_factor_is_led_to_a_second_one_whatever_the_role(administrator, economie):
    """The role may have been given while the person was signed in."""
    client = sign_in(administrator, acr="eidas1")
    for page in PAGES:
        answer = client.get(page)
        assert answer.status_code == 302
        assert answer.url.startswith("/oidc/authenticate/?mfa=1&next=%2Fadministration")
    for page, body in ACTS:
        assert client.post(page, body).status_code == 302
    assert portal.events(economie, "policy_changed", "mapping_changed", "branding_changed") == []


def test_the_navigation_shows_the_portal_to_administrators_alone(administrator, colleague, auditor):
    link = 'href="/administration/"'
    assert link in administer(administrator).get("/").content.decode()
    for other in (colleague, auditor):
        assert link not in administer(other).get("/").content.decode()


def test_who_has_just_left_opens_nothing(administrator, economie):
    other = second_administrator(economie)
    client = administer(other)
    portal.act(administer(administrator), "deactivate", other)
    answer = client.get(portal.MEMBERS)
    assert (answer.status_code, answer.url) == (302, "/compte-ferme/")


def test_pages_about_people_are_kept_by_no_cache(administrator):
    client = administer(administrator)
    for page, status in PAGES.items():
        if status == 200:
            assert "no-store" in client.get(page).headers["Cache-Control"], page


@pytest.mark.parametrize(
    ("page", "body"),
    [
        (portal.CHANGE, {"act": "promote"}),
        (portal.CHANGE, {}),
        (portal.CHANGE, {"act": "deactivate", "member": "1 OR 1=1"}),
        (portal.MAPPING, {"action": "drop"}),
        (portal.MAPPING, {"action": "remove", "kind": "coffee", "value": "x"}),
        (portal.MAPPING, {"action": "remove", "kind": "domain", "value": "x\0"}),
    ],
)
def test_what_no_button_of_ours_sends_is_refused(administrator, page, body):
    assert administer(administrator).post(page, body).status_code == 400


def test_a_form_from_elsewhere_changes_nothing(administrator):
    from django.test import Client

    client = administer(administrator)
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    strict.cookies = client.cookies
    for page, body in ACTS:
        assert strict.post(page, body).status_code == 403
