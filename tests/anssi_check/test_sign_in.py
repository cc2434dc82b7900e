"""What is asked of the identity provider, and second factors."""

import pytest

from tenants import breakglass, policies
from tenants.models import Role
from tenants.proconnect import provider, tokens
from tests.anssi_check.asking import ask, refused
from visio.anssi_check import sign_in as signing
from visio.anssi_check.answers import Result
from visio.anssi_check.installation import Installation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("algorithm", ["", "none", "HS256"])
def test_signatures_that_others_can_make(settings, algorithm):
    settings.OIDC_RP_SIGN_ALGO = algorithm
    refused("oidc_algorithms", "OIDC_SIGN_ALGO")
    settings.OIDC_RP_SIGN_ALGO, settings.OIDC_USERINFO_SIGN_ALGO = "RS256", algorithm
    refused("oidc_algorithms", "OIDC_USERINFO_SIGN_ALGO")


def test_a_verifier_that_believes_forgeries(monkeypatch):
    monkeypatch.setattr(tokens, "verify_id_token", lambda token, **_: {"sub": "x"})
    refused("oidc_forgeries", "alg=none", "alg=HS256", "alg=RS256")


def test_short_states_and_no_nonce(settings):
    settings.OIDC_STATE_SIZE = 8
    refused("oidc_state", "state")
    settings.OIDC_STATE_SIZE, settings.OIDC_USE_NONCE = 43, False
    refused("oidc_state", "nonce")


def test_a_flow_without_pkce(settings):
    settings.OIDC_USE_PKCE = False
    refused("oidc_flow", "code_challenge")


def test_an_answer_that_would_come_back_elsewhere(settings):
    settings.ALLOWED_HOSTS = ["*"]
    look = Installation()
    look.page("/oidc/authenticate/")
    settings.PUBLIC_URL = "https://autre.test"
    refused("oidc_flow", "redirect_uri", look=look)


def test_a_secret_in_the_address(settings):
    settings.OIDC_AUTH_REQUEST_EXTRA_PARAMS = {}
    look = Installation()
    found = look.page("/oidc/authenticate/")
    found.headers["Location"] += "&client_secret=x"
    refused("oidc_address", "client_secret", look=look)


@pytest.mark.parametrize(
    ("levels", "essential", "told"),
    [(["eidas1", "eidas2"], True, "eidas1"), (["eidas2"], False, "acr"), ([], True, "acr")],
)
def test_one_factor_is_not_enough_for_administrators(monkeypatch, levels, essential, told):
    from tenants.proconnect import views

    claims = {"id_token": {"acr": {"essential": essential, "values": levels}}}
    monkeypatch.setattr(views, "MFA_CLAIMS", claims)
    refused("oidc_acr", told)


def test_a_provider_with_endpoints_elsewhere(monkeypatch):
    good = signing.discovery()
    monkeypatch.setattr(
        signing, "discovery", lambda: good | {"token_endpoint": "https://tiers.test/token"}
    )
    refused("oidc_endpoints", "token_endpoint")
    monkeypatch.setattr(signing, "discovery", lambda: good | {"issuer": "https://tiers.test"})
    refused("oidc_endpoints", "autre nom")


@pytest.mark.parametrize(
    "key", ["oidc_address", "oidc_state", "oidc_flow", "oidc_acr", "oidc_endpoints"]
)
def test_a_provider_that_is_away(settings, key):
    settings.OIDC_ISSUER = "http://127.0.0.1:9/api/v2"
    provider.forget()
    try:
        refused(key, "fournisseur d’identité ne répond pas")
    finally:
        provider.forget()


def test_roles_and_levels_with_one_factor(monkeypatch):
    monkeypatch.setattr(signing, "ROLES_UNDER_MFA", frozenset({Role.AUDITOR}))
    refused("mfa_roles", "Administrateur")
    monkeypatch.setattr(signing, "ROLES_UNDER_MFA", policies.ROLES_UNDER_MFA)
    monkeypatch.setattr(tokens, "MFA_LEVELS", ("eidas1", "eidas2"))
    refused("mfa_roles", "acr=eidas1")


def test_an_emergency_account_without_second_factor(economie):
    from allauth.mfa.models import Authenticator

    from tenants.models import User

    breakglass.create_account(tenant=economie, email="secours@economie.test")
    user = User.objects.get(email="secours@economie.test")
    found = refused("mfa_emergency", "Un compte de secours")
    assert user.email not in found.detail
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})
    refused("mfa_emergency")
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    assert ask("mfa_emergency").result is Result.PASSED


def test_weak_passwords_and_long_sessions(settings):
    settings.AUTH_PASSWORD_VALIDATORS = []
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    refused("passwords", "AUTH_PASSWORD_VALIDATORS", "PASSWORD_HASHERS")
    settings.SESSION_COOKIE_AGE = 14 * 86_400
    refused("sessions", "336")
