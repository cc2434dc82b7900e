"""What every answer tells the browser to refuse (ANSSI PA-009)."""

import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db


@pytest.fixture(
    params=["/", "/reunions/planifier/", "/secours/", "/nulle-part/", "/accessibilite/"]
)
def answer(request, signed_in, host):
    return signed_in(host).get(request.param)


def test_only_our_own_files_and_the_media_server(answer):
    policy = dict(
        part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert set(policy["connect-src"].split()) == {
        "'self'",
        settings.SOCKETS_URL,
        settings.LIVEKIT_URL,
        settings.LIVEKIT_API_URL,
    }
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_nothing_is_sniffed_framed_or_leaked(answer):
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    for device in ("camera", "microphone", "display-capture"):
        assert f"{device}=(self)" in answer["Permissions-Policy"]


def test_cookies_belong_to_this_host_alone(client):
    client.get("/oidc/authenticate/", headers={"host": "localhost"})
    client.get("/secours/", headers={"host": "localhost"})
    cookies = client.cookies
    assert {"__Host-visio", "__Host-visio-csrf"} == set(cookies)
    for cookie in cookies.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_a_form_from_elsewhere_changes_nothing(host):
    from django.test import Client

    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    client.force_login(host.user, backend="tenants.proconnect.backend.ProConnectBackend")
    answer = client.post("/reunions/maintenant/")
    assert answer.status_code == 403
    assert "rien n’a été modifié" in answer.content.decode()
