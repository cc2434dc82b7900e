"""Break-glass accounts: made by an operator, useless without a second factor."""

import ipaddress
import re
import secrets

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


@pytest.fixture
def email() -> str:
    """Attempts are counted by address and by network origin: each test has its own of both."""
    return f"secours.{secrets.token_hex(8)}@economie.test"


@pytest.fixture
def origin() -> str:
    return str(ipaddress.IPv6Address(secrets.randbits(120) | 0xFD << 120))


@pytest.fixture
def password(economie, capsys, email) -> str:
    call_command("breakglass_create", tenant=economie.short_name, email=email)
    return re.search(r"fois : (\S+)", capsys.readouterr().out)[1]


@pytest.fixture
def browser(origin) -> Client:
    return Client(headers={"host": "localhost"}, REMOTE_ADDR=origin)


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


def test_without_a_second_factor_only_its_set_up_is_reached(economie, password, browser, email):
    answer = browser.post("/secours/", {"login": email, "password": password})
    assert answer.url == "/secours/totp/activer/"
    for path in ("/", "/reunions/planifier/"):
        assert browser.get(path).url == "/secours/totp/activer/"


def test_with_both_factors_one_is_in(economie, password, browser, email, origin):
    browser.post("/secours/", {"login": email, "password": password})
    secret = set_up_totp(browser, password)
    again = Client(headers={"host": "localhost"}, REMOTE_ADDR=origin)
    answer = again.post("/secours/", {"login": email, "password": password})
    assert answer.url == "/secours/code/"
    assert again.get("/reunions/planifier/").status_code == 302  # not in yet
    from django.core.cache import cache

    cache.clear()  # the code of this half minute was used to set up
    again.post("/secours/code/", {"code": code(secret)})
    assert again.get("/reunions/planifier/").status_code == 200
    assert {"sign_in", "mfa_changed"} <= set(kinds(economie))


@pytest.mark.parametrize("typed", ["wrong", ""])
@pytest.mark.parametrize("known", [True, False])
def test_a_wrong_password_says_nothing_of_the_account(password, browser, email, known, typed):
    login = email if known else "nobody@economie.test"
    answer = browser.post("/secours/", {"login": login, "password": typed})
    assert answer.status_code == 200
    assert "_auth_user_id" not in browser.session


def test_after_too_many_guesses_even_the_right_password_waits(password, browser, email):
    for _ in range(12):
        browser.post("/secours/", {"login": email, "password": "guess"})
    browser.post("/secours/", {"login": email, "password": password})
    assert "_auth_user_id" not in browser.session


def test_nobody_signs_up(browser, db):
    assert browser.get("/secours/inscription/").status_code == 404
