"""What browsers get: headers, cookies, contents, forms."""

from copy import deepcopy
from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.urls import path

from tests.anssi_check.asking import ask, refused, without
from visio import urls
from visio.anssi_check import pages
from visio.anssi_check.answers import Result
from visio.anssi_check.installation import Installation, Page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("key", "directive", "sources", "told"),
    [
        ("csp_code", "default-src", ["*"], "default-src"),
        ("csp_code", "script-src", ["'self'", "'unsafe-inline'"], "'unsafe-inline'"),
        ("csp_code", "script-src", ["'self'", "'unsafe-eval'"], "'unsafe-eval'"),
        ("csp_code", "script-src", ["'self'", "data:"], "script-src data:"),
        ("csp_frames", "frame-ancestors", ["'self'"], "frame-ancestors"),
        ("csp_frames", "base-uri", ["'self'"], "base-uri"),
        ("csp_hosts", "connect-src", ["'self'", "https://tiers.test"], "https://tiers.test"),
        ("csp_hosts", "img-src", ["https://cdn.test"], "https://cdn.test"),
        ("csp_hosts", "img-src", ["*"], "img-src *"),
    ],
)
def test_the_policy_that_browsers_get_is_read(settings, key, directive, sources, told):
    policy = deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"][directive] = sources
    settings.CONTENT_SECURITY_POLICY = policy
    refused(key, told)


def test_a_missing_policy_fails_every_part_of_it(settings):
    without(settings, "csp.middleware.CSPMiddleware")
    for key in ("csp_code", "csp_frames", "csp_hosts"):
        refused(key)


def test_missing_headers_are_missed(settings):
    without(settings, "django.middleware.security.SecurityMiddleware")
    without(settings, "visio.middleware.SecurityHeadersMiddleware")
    for key in ("nosniff", "referrer", "coop"):
        refused(key, "/secours/")
    refused("permissions", "camera")


def test_weaker_headers_are_seen(settings):
    settings.SECURE_REFERRER_POLICY = "unsafe-url"
    settings.SECURE_CROSS_ORIGIN_OPENER_POLICY = "unsafe-none"
    refused("referrer", "unsafe-url")
    refused("coop", "unsafe-none")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SESSION_COOKIE_NAME", "visio", "visio : __Host-"),
        ("SESSION_COOKIE_SECURE", False, "Secure"),
        ("SESSION_COOKIE_HTTPONLY", False, "HttpOnly"),
        ("SESSION_COOKIE_SAMESITE", "None", "SameSite"),
        ("SESSION_COOKIE_DOMAIN", "visio.test", "Domain"),
        ("SESSION_COOKIE_PATH", "/r/", "Path"),
        ("CSRF_COOKIE_HTTPONLY", False, "__Host-visio-csrf : HttpOnly"),
    ],
)
def test_the_cookies_that_are_set_are_looked_at(settings, name, value, told):
    setattr(settings, name, value)
    refused("cookies", told)


def served(text: str) -> Installation:
    """An installation whose every page is this one."""
    look = Installation()
    look.page = lambda path, method="GET": Page(path, 200, {}, [], text)
    return look


@pytest.mark.parametrize(
    ("key", "page", "told"),
    [
        ("third_parties", '<script src="https://cdn.test/x.js"></script>', "cdn.test"),
        ("third_parties", '<link rel="stylesheet" href="//cdn.test/x.css">', "cdn.test"),
        ("third_parties", '<img src="https://mesure.test/x.gif">', "mesure.test"),
        ("inline", "<script>alert(1)</script>", "<script>"),
        ("inline", "<style>p { color: red }</style>", "<style>"),
        ("inline", '<p style="color: red">', "style"),
        ("inline", '<button onclick="x()">', "onclick"),
        ("page_frames", "<html><title></title></html>", "8.3"),
        ("accessibility", "<p>Accessibilité</p>", "conformité"),
        ("accessibility", "<p>Accessibilité : non conforme</p>", "/secours/"),
        ("legal_pages", "<p></p>", "/mentions-legales/"),
        ("privacy", "<h1>Données personnelles</h1>", "Vos droits"),
    ],
)
def test_pages_are_read(key, page, told):
    refused(key, told, look=served(page))


def test_scripts_that_keep_tokens_are_found(settings, tmp_path):
    (tmp_path / "static" / "src").mkdir(parents=True)
    script = tmp_path / "static" / "src" / "bad.js"
    script.write_text('localStorage.setItem("token", answer.token);\n')
    settings.BASE_DIR = tmp_path
    refused("stored_tokens", "bad.js")
    script.write_text('localStorage.setItem("theme", chosen);\n')
    assert ask("stored_tokens").result is Result.PASSED


def test_forms_without_their_token_are_tried(settings):
    without(settings, "django.middleware.csrf.CsrfViewMiddleware")
    refused("forms", "account_login : 200")


def test_a_view_that_is_left_out_is_named(settings, monkeypatch):
    def view(request):
        return HttpResponse()

    view.csrf_exempt = True
    patterns = [*urls.urlpatterns, path("ouvert/", view, name="wide_open")]
    monkeypatch.setattr(pages, "get_resolver", lambda: SimpleNamespace(url_patterns=patterns))
    refused("forms", "wide_open")


def test_traces_and_development_aids(settings):
    settings.DEBUG = True
    refused("traces", "DEBUG")
    refused("development", "DEBUG")
    settings.DEBUG = False
    settings.PUBLIC_URL = "https://visio.test"
    refused("development", "VISIO_ENV")
