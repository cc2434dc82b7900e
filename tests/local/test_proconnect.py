"""The ProConnect stand-in keeps ProConnect's rules: what it accepts, production accepts as well."""

import os
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests

ISSUER = os.environ.get("OIDC_ISSUER", "")
CALLBACK = f"{os.environ.get('VISIO_URL', '')}/oidc/callback/"
TIMEOUT = 10
LONG = "x" * 43
# RFC 7636, appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.fixture
def browser():
    return requests.Session()


@pytest.fixture
def document():
    address = f"{ISSUER}/.well-known/openid-configuration"
    return requests.get(address, timeout=TIMEOUT).json()


def ask(browser, **changes):
    """An authorization request; None leaves a parameter out."""
    parameters = {
        "client_id": "visio",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid given_name email siret",
        "state": LONG,
        "nonce": LONG,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    query = urlencode({key: value for key, value in parameters.items() if value is not None})
    return browser.get(f"{ISSUER}/authorize?{query}", allow_redirects=False, timeout=TIMEOUT)


def follow(browser, answer, **form) -> dict[str, str]:
    """Through the provider's pages as Alice, to what it sends back to Visio."""
    while answer.is_redirect and not answer.headers["location"].startswith(CALLBACK):
        answer = browser.get(
            requests.compat.urljoin(answer.url, answer.headers["location"]),
            allow_redirects=False,
            timeout=TIMEOUT,
        )
        if answer.status_code == 200:
            answer = browser.post(
                answer.url, {"person": "alice"} | form, allow_redirects=False, timeout=TIMEOUT
            )
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {key: values[0] for key, values in query.items()}


def exchange(code: str, **changes):
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": "visio",
        "client_secret": os.environ["OIDC_CLIENT_SECRET"],
        "code_verifier": VERIFIER,
    } | changes
    return requests.post(f"{ISSUER}/token", body, timeout=TIMEOUT)


def test_its_document_is_proconnects(document):
    assert document["issuer"] == ISSUER
    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert set(document["token_endpoint_auth_methods_supported"]) == {
        "client_secret_post",
        "private_key_jwt",
    }
    for name, path in {
        "authorization": "authorize",
        "token": "token",
        "userinfo": "userinfo",
        "end_session": "session/end",
    }.items():
        assert document[f"{name}_endpoint"] == f"{ISSUER}/{path}"
    assert document["jwks_uri"] == f"{ISSUER}/jwks"


@pytest.mark.parametrize(
    "change",
    [
        {"state": "short"},
        {"nonce": "short"},
        {"nonce": None},
        {"response_type": "token"},
        {"redirect_uri": "https://ailleurs.test/"},
        {"client_id": "stranger"},
        {"scope": "openid offline_access phone"},
        {"code_challenge_method": "plain"},
    ],
)
def test_what_proconnect_refuses_is_refused(browser, change):
    answer = ask(browser, **change)
    location = answer.headers.get("location", "")
    assert answer.status_code == 400 or "error=" in location
    assert "code=" not in location


def test_without_a_session_silence_is_answered_so(browser):
    assert follow(browser, ask(browser, prompt="none"))["error"] == "login_required"


def test_tokens_userinfo_and_the_open_session(browser):
    back = follow(browser, ask(browser))
    assert back["state"] == LONG
    tokens = exchange(back["code"]).json()
    assert {"access_token", "id_token", "refresh_token"} <= set(tokens)
    assert tokens["expires_in"] == 3600
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert claims["nonce"] == LONG
    assert "acr" not in claims  # not unless asked for
    userinfo = requests.get(
        f"{ISSUER}/userinfo",
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
        timeout=TIMEOUT,
    )
    assert userinfo.headers["content-type"].startswith("application/jwt")
    assert jwt.get_unverified_header(userinfo.text)["alg"] == "RS256"
    person = jwt.decode(userinfo.text, options={"verify_signature": False})
    assert person["sub"] == claims["sub"]
    assert person["email"] == "alice.martin@economie.visio.test"
    assert "usual_name" not in person  # its scope was not asked for
    assert "code" in follow(browser, ask(browser, prompt="none"))  # single sign-on
    assert exchange(back["code"]).status_code == 400  # a code serves once


@pytest.mark.parametrize(
    "change", [{"client_secret": "wrong"}, {"code_verifier": "y" * 43}, {"client_secret": ""}]
)
def test_a_code_alone_is_worth_nothing(browser, change):
    back = follow(browser, ask(browser))
    assert exchange(back["code"], **change).status_code in (400, 401)


def test_basic_authentication_is_refused(browser):
    back = follow(browser, ask(browser))
    answer = requests.post(
        f"{ISSUER}/token",
        {
            "grant_type": "authorization_code",
            "code": back["code"],
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        },
        auth=("visio", os.environ["OIDC_CLIENT_SECRET"]),
        timeout=TIMEOUT,
    )
    assert answer.status_code in (400, 401)


def test_a_level_that_is_asked_for_is_given_exactly_or_not_at_all(browser):
    wish = '{"id_token":{"acr":{"essential":true,"values":["eidas1"]}}}'
    back = follow(browser, ask(browser, claims=wish))
    claims = jwt.decode(
        exchange(back["code"]).json()["id_token"], options={"verify_signature": False}
    )
    assert claims["acr"] == "eidas1"
    wish = '{"id_token":{"acr":{"essential":true,"values":["eidas3"]}}}'
    stranger = requests.Session()
    back = follow(stranger, ask(stranger, claims=wish), acr="eidas2")
    assert back["error"] == "access_denied"
