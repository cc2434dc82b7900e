"""Break-glass accounts: made by an operator, useless without a second factor."""

import re

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.management import call_command
from django.test import Client

from audit.models import Event
from isolation.scope import tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL = "secours@economie.test"


@pytest.fixture
def password(economie, capsys) -> str:
    call_command("breakglass_create", tenant=economie.short_name, email=EMAIL)
    return re.search(r"fois : (\S+)", capsys.readouterr().out)[1]


@pytest.fixture
def browser() -> Client:
    return Client(headers={"host": "localhost"})


def code(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def set_up_totp(browser, password: str) -> str:
    """Confirms the password and does what the page asks; its secret."""
    answer = browser.get("/secours/totp/activer/")
    assert browser.post(answer.url, {"password": password}).url == "/secours/totp/activer/"
    page = browser.get("/secours/totp/activer/").content.decode()
    secret = browser.session["mfa.totp.secret"]
    assert secret in page
    answer = browser.post("/secours/totp/activer/", {"code": code(secret)})
    assert answer.status_code == 302
    return secret


def kinds(tenant) -> list[str]:
    with tenant_scope(tenant.id):
        return list(Event.objects.order_by("at").values_list("kind", flat=True))


def test_without_a_second_factor_only_its_set_up_is_reached(economie, password, browser):
    answer = browser.post("/secours/", {"login": EMAIL, "password": password})
    assert answer.url == "/secours/totp/activer/"
    for path in ("/", "/reunions/planifier/"):
        assert browser.get(path).url == "/secours/totp/activer/"


def test_with_both_factors_one_is_in(economie, password, browser):
    browser.post("/secours/", {"login": EMAIL, "password": password})
    secret = set_up_totp(browser, password)
    again = Client(headers={"host": "localhost"})
    answer = again.post("/secours/", {"login": EMAIL, "password": password})
    assert answer.url == "/secours/code/"
    assert again.get("/reunions/planifier/").status_code == 302  # not in yet
    from django.core.cache import cache

    cache.clear()  # the code of this half minute was used to set up
    again.post("/secours/code/", {"code": code(secret)})
    assert again.get("/reunions/planifier/").status_code == 200
    assert {"sign_in", "mfa_changed"} <= set(kinds(economie))


@pytest.mark.parametrize(
    ("login", "typed"), [(EMAIL, "wrong"), ("nobody@economie.test", "wrong"), (EMAIL, "")]
)
def test_a_wrong_password_says_nothing_of_the_account(economie, password, browser, login, typed):
    answer = browser.post("/secours/", {"login": login, "password": typed})
    assert answer.status_code == 200
    assert "_auth_user_id" not in browser.session


def test_guessing_is_slowed_down(economie, password, browser):
    for _ in range(12):
        answer = browser.post("/secours/", {"login": EMAIL, "password": "guess"})
    right = browser.post("/secours/", {"login": EMAIL, "password": password})
    assert "_auth_user_id" not in browser.session
    assert 429 in (answer.status_code, right.status_code) or right.status_code == 200


def test_nobody_signs_up(browser, db):
    assert browser.get("/secours/inscription/").status_code == 404
