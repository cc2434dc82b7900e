"""The self-check: for each check, an installation that fails it; the embedded one, which passes."""

import logging
import ssl
import threading
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from io import StringIO
from types import SimpleNamespace
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connections, transaction
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone

from audit.kinds import Kind
from audit.log import record
from isolation.scope import tenant_scope
from tenants import breakglass, policies
from tenants.models import Role
from tenants.proconnect import provider, tokens
from tests.cast import sign_in
from visio import urls
from visio.anssi_check import journal, pages, transport
from visio.anssi_check import sign_in as signing
from visio.anssi_check.answers import Result, find
from visio.anssi_check.installation import Installation, Page, is_loopback
from visio.anssi_check.table import TABLE, find_all

pytestmark = pytest.mark.django_db

ADDRESS = "/administration/securite/"
CHECKS = {check.key: check for _title, checks in TABLE for check in checks}
# What this version cannot pass yet: nothing prunes the log.
UNBUILT = {"purge"}


def ask(key: str, look: Installation | None = None):
    return find(CHECKS[key], look or Installation())


def refused(key: str, *told: str, look: Installation | None = None):
    """The check fails, with its guide, a mend, and what it names."""
    found = ask(key, look)
    assert found.result is Result.FAILED, found
    assert found.guide == CHECKS[key].guide
    assert found.mend
    for word in told:
        assert word in found.detail, found.detail
    return found


# --- The healthy installation ---------------------------------------------------------------
def test_the_embedded_installation_passes_everything_that_applies():
    found = {one.key: one for _title, findings in find_all() for one in findings}
    assert len(found) == len(CHECKS), "a key stands twice in the table"
    failures = {key: one.detail for key, one in found.items() if one.result is Result.FAILED}
    assert set(failures) == UNBUILT, failures
    without = {key for key, one in found.items() if one.result is Result.NOT_APPLICABLE}
    assert without == {
        "https",
        "tls_old",
        "tls_ciphers",
        "tls_certificate",
        "tls_redirect",
        "tls_services",
        "hsts",
        "recordings",
        "storage",
        "legal_notice",
    }
    assert all(one.detail for one in found.values() if one.result is Result.NOT_APPLICABLE)


def test_every_line_of_the_checklist_has_a_check():
    assert {str(number) for number in range(1, 12)} <= {check.line for check in CHECKS.values()}
    assert {"SecNumCloud", "Pages légales", "RGAA", "RGPD"} <= {
        check.line for check in CHECKS.values()
    }


def test_the_check_leaves_no_session_behind():
    with transaction.atomic():
        find_all()
    with psycopg.connect(**connection_arguments()) as outside:  # what other threads committed
        count = outside.execute("SELECT count(*) FROM django_session").fetchone()
    assert count == (0,)
    assert not Session.objects.exists()


def connection_arguments():
    held = connections["owner"].settings_dict
    return {
        "host": held["HOST"],
        "port": held["PORT"],
        "user": held["USER"],
        "password": held["PASSWORD"],
        "dbname": held["NAME"],
    }


# --- Answers --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (requests.ConnectionError("https://visio:S3CRET@host"), "ne répond pas"),
        (TimeoutError("S3CRET"), "à temps"),
        (requests.ReadTimeout("S3CRET"), "à temps"),
        (ssl.SSLError("S3CRET"), "TLS"),
        (RuntimeError("S3CRET"), "RuntimeError"),
        (KeyError("S3CRET"), "KeyError"),
    ],
)
def test_a_check_that_cannot_be_answered_fails_and_says_why_without_secrets(error, words, logged):
    def crash(_look):
        raise error

    check = SimpleNamespace(**(vars(CHECKS["csp_code"]) | {"run": crash}))
    found = find(check, Installation())
    assert found.result is Result.FAILED
    assert "N’a pas pu être vérifié" in found.detail
    assert words in found.detail
    assert "S3CRET" not in found.detail + logged()


def test_a_database_that_is_away_is_waited_for_once(monkeypatch):
    from django.db import OperationalError

    calls = []

    def away(self):
        calls.append(1)
        raise OperationalError("password=S3CRET") from psycopg.OperationalError("S3CRET")

    monkeypatch.setattr(type(connections["default"]), "ensure_connection", away)
    look = Installation()
    for key in ("role", "rls", "append_only", "age", "mfa_emergency"):
        assert "base de données" in refused(key, look=look).detail
    assert len(calls) == 1


def test_no_answer_holds_a_secret():
    told = repr(find_all())
    for secret in (
        settings.SECRET_KEY,
        settings.LIVEKIT_API_SECRET,
        settings.OIDC_RP_CLIENT_SECRET,
        *(base["PASSWORD"] for base in settings.DATABASES.values()),
    ):
        assert secret not in told


# --- Transport ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "key", ["https", "tls_old", "tls_ciphers", "tls_certificate", "tls_redirect", "hsts"]
)
def test_http_on_a_network_fails(settings, key):
    settings.PUBLIC_URL = "http://visio.test"
    refused(key, "https")


def test_loopback_is_this_machine():
    for host in ("localhost", "127.0.0.1", "127.8.0.1", "::1", "", "/run/postgresql"):
        assert is_loopback(host)
    for host in ("visio.gouv.fr", "10.0.0.1", "localhost.gouv.fr", "127.0.0.1.example.test"):
        assert not is_loopback(host)


@contextmanager
def tls_server(tmp_path, context_of=lambda context: None, *, days=365):
    """A server with a certificate of its own; answers its address and the certificate's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context_of(context)
    import socket

    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                plain, _peer = listener.accept()
            except OSError:
                return
            try:
                context.wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{listener.getsockname()[1]}", file
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)


def old_and_new(context):
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")


def without_forward_secrecy(context):
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA")


def test_old_tls_is_really_tried(settings, tmp_path):
    with tls_server(tmp_path, old_and_new) as (url, _file):
        settings.PUBLIC_URL = url
        refused("tls_old", "TLSv1")
    with tls_server(tmp_path) as (url, _file):
        settings.PUBLIC_URL = url
        assert ask("tls_old").result is Result.PASSED


def test_a_server_that_does_not_answer_is_not_careful(settings):
    settings.PUBLIC_URL = "https://localhost:9"
    refused("tls_old", "N’a pas pu être vérifié")


def test_the_agreed_cipher_is_looked_at(settings, tmp_path):
    with tls_server(tmp_path, without_forward_secrecy) as (url, _file):
        settings.PUBLIC_URL = url
        refused("tls_ciphers", "ECDHE-ECDSA-AES128-SHA")
    with tls_server(tmp_path) as (url, _file):
        settings.PUBLIC_URL = url
        assert ask("tls_ciphers").detail.startswith("TLSv1.3")


def test_the_certificate_is_verified(settings, tmp_path, monkeypatch):
    with tls_server(tmp_path) as (url, file):
        settings.PUBLIC_URL = url
        refused("tls_certificate", "self-signed")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert ask("tls_certificate").result is Result.PASSED
    with tls_server(tmp_path, days=3) as (url, file):
        settings.PUBLIC_URL = url
        refused("tls_certificate", "Valable jusqu’au")


def test_the_redirect_is_asked_for(settings, monkeypatch):
    settings.PUBLIC_URL = "https://visio.test"
    answer = SimpleNamespace(status_code=200, headers={})
    monkeypatch.setattr(transport.requests, "get", lambda url, **_options: answer)
    refused("tls_redirect", "200")
    answer.status_code, answer.headers = 308, {"Location": "https://visio.test/"}
    assert ask("tls_redirect").result is Result.PASSED


def test_sockets_go_through_tls_as_well(settings):
    settings.PUBLIC_URL = "https://visio.test"
    settings.SOCKETS_URL = "ws://visio.test"
    refused("https", "VISIO_WS_URL")


def test_distant_services_are_encrypted(settings):
    settings.REDIS_URL = "redis://:S3CRET@valkey.visio.test/0"
    assert refused("tls_services").detail == "REDIS_URL"
    settings.REDIS_URL = "rediss://:S3CRET@valkey.visio.test/0"
    assert ask("tls_services").result is Result.PASSED
    settings.EMAIL_HOST, settings.OIDC_ISSUER = "mail.visio.test", "http://proconnect.test/api/v2"
    refused("tls_services", "EMAIL_URL", "OIDC_ISSUER")


@pytest.mark.parametrize(
    ("seconds", "subdomains"), [(0, True), (31_535_999, True), (31_536_000, False)]
)
def test_hsts_is_long_and_wide(settings, seconds, subdomains):
    settings.PUBLIC_URL = "https://localhost"
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = seconds, subdomains
    refused("hsts")
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True
    assert ask("hsts").result is Result.PASSED


# --- Browsers -------------------------------------------------------------------------------
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


def without(settings, middleware: str):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != middleware]


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


# --- Signing in -----------------------------------------------------------------------------
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


# --- The log --------------------------------------------------------------------------------
def test_kinds_that_the_log_does_not_know(monkeypatch):
    monkeypatch.setattr(journal, "TOLD", journal.TOLD | {"coffee_made"})
    refused("kinds", "coffee_made")


def test_recordings_that_leave_no_trace(monkeypatch):
    monkeypatch.setattr(journal.apps, "is_installed", lambda name: True)
    monkeypatch.setattr(journal, "Kind", SimpleNamespace(values=["recording_started"]))
    found = refused("recordings", "recording_deleted", "recording_downloaded")
    assert "recording_started" not in found.detail


@pytest.fixture
def plain_handler(settings):
    """A second output of the logs, which somebody added without our format."""
    settings.LOGGING = settings.LOGGING | {
        "handlers": settings.LOGGING["handlers"] | {"plain": {"class": "logging.StreamHandler"}}
    }
    handler = logging.StreamHandler(StringIO())
    handler.name = "plain"
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_an_output_that_tells_everything(plain_handler):
    assert refused("redaction").detail == "plain"
    plain_handler.setFormatter(logging.Formatter('{"timestamp": "2026-11-25 10:00:00"}'))
    assert refused("stamps").detail == "plain"


def test_times_without_a_zone(settings):
    settings.USE_TZ = False
    refused("stamps", "USE_TZ")


def test_old_events(economie, sante):
    with tenant_scope(economie.id):
        record(Kind.SIGN_IN, at=timezone.now() - timedelta(days=4 * 366))
    with tenant_scope(sante.id):
        record(Kind.SIGN_IN, at=timezone.now() - timedelta(days=2 * 365))
    assert refused("age").detail == "economie"


def test_a_purge_with_a_role_of_its_own(settings):
    refused("purge", "programmée")
    settings.CELERY_BEAT_SCHEDULE = {"x": {"task": "audit.tasks.prune", "schedule": 3600.0}}
    assert ask("purge").result is Result.PASSED
    look = Installation(database_role=settings.DATABASES["keeper"]["USER"])
    refused("purge", "rôle de l’application", look=look)


# --- Walls: altered as the owner, in a transaction that is rolled back ------------------------
@contextmanager
def altered(*statements: str):
    """The installation as the owner has just changed it; the application's role is looked at."""
    with transaction.atomic(using="owner"):
        with connections["owner"].cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        yield Installation(database="owner", database_role="visio_app")
        transaction.set_rollback(True, using="owner")


@pytest.mark.parametrize(
    ("key", "statement", "told"),
    [
        ("append_only", "GRANT UPDATE ON audit_event TO visio_app", "audit_event : UPDATE"),
        ("append_only", "GRANT UPDATE (kind) ON audit_event TO visio_app", "UPDATE"),
        ("append_only", "GRANT DELETE ON audit_event TO PUBLIC", "audit_event : DELETE"),
        ("append_only", "GRANT TRUNCATE ON audit_event TO visio_app", "TRUNCATE"),
        ("rls", "ALTER TABLE meetings_meeting DISABLE ROW LEVEL SECURITY", "meetings_meeting"),
        ("rls", "DROP POLICY tenant_wall ON tenants_member", "tenants_member"),
        ("rls", "CREATE POLICY x ON tenants_member USING (true)", "tenants_member"),
        ("rls", "CREATE POLICY x ON tenants_member TO visio_app USING (true)", "tenants_member"),
        ("rls", "CREATE POLICY x ON audit_event FOR INSERT WITH CHECK (true)", "audit_event"),
        ("rls", "CREATE TABLE forgotten (tenant_id uuid)", "forgotten"),
        ("ownership", "GRANT CREATE ON SCHEMA public TO visio_app", "créer"),
        (
            "definers",
            "CREATE FUNCTION wide() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
            "wide",
        ),
    ],
)
def test_walls_that_were_taken_down(key, statement, told):
    with altered() as look:
        assert ask(key, look).result is Result.PASSED
    with altered(statement) as look:
        refused(key, told, look=look)


def test_a_role_that_may_do_more():
    """The owner's own role stands for one that was given too much."""
    owner = connections["owner"].settings_dict["USER"]
    look = Installation(database="owner", database_role=owner)
    refused("role", "CREATEDB", look=look)
    refused("ownership", "possède", look=look)
    refused("memberships", owner, look=look)
    refused("attempts", "UPDATE", "DELETE", look=look)


def test_a_member_of_the_owner(monkeypatch):
    look = Installation()
    monkeypatch.setattr(look, "rows", lambda sql, params=(): [("visio_owner",)])
    refused("memberships", "visio_owner", look=look)


def test_rows_that_anybody_sees(economie, host):
    """The owner is not behind the wall: what it sees of its own rows stands for a missing one."""
    with altered(
        "INSERT INTO meetings_joinlink SELECT * FROM meetings_joinlink WHERE false",
        "INSERT INTO tenants_policy SELECT * FROM tenants_policy WHERE false",
        "INSERT INTO audit_event (id, tenant_id, kind, at, actor_id, on_behalf_of, subject_id, "
        "outcome, request_id, payload) VALUES (gen_random_uuid(), gen_random_uuid(), 'sign_in', "
        "now(), '', '', '', 'success', '', '{}')",
    ) as look:
        refused("nobody", "audit_event", look=look)


# --- Running it -----------------------------------------------------------------------------
def test_wildcards_in_the_names(settings):
    settings.ALLOWED_HOSTS = ["*"]
    refused("hosts", "*")
    settings.ALLOWED_HOSTS = [".gouv.fr"]
    refused("hosts", ".gouv.fr")


@pytest.mark.parametrize("value", ["", "devkey", "a" * 64, "django-insecure-" + "x1y2z3" * 10])
def test_secrets_that_are_none(settings, value):
    settings.SECRET_KEY = value or "short"
    settings.LIVEKIT_API_SECRET = value
    found = refused("secrets", "SECRET_KEY", "LIVEKIT_API_SECRET")
    assert not value or value not in found.detail + found.mend


def test_one_secret_for_two_things(settings):
    settings.LIVEKIT_API_SECRET = settings.OIDC_RP_CLIENT_SECRET
    refused("secrets", "LIVEKIT_API_SECRET", "OIDC_CLIENT_SECRET")


def test_distant_valkey_without_a_password(settings):
    settings.REDIS_URL = "rediss://valkey.visio.test/0"
    refused("secrets", "REDIS_URL")


def test_packages_that_nobody_audited(settings, tmp_path):
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "runtime.txt").write_text("django==1.0 \\\n    --hash=sha256:x\n")
    settings.BASE_DIR = tmp_path
    refused("versions", "django")
    (tmp_path / "locks" / "runtime.txt").unlink()
    assert ask("versions").result is Result.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "endpoint_url"),
        ({"endpoint_url": "https://s3.eu-west-3.amazonaws.com"}, "endpoint_url"),
        ({"endpoint_url": "http://oos.visio.test"}, "endpoint_url"),
        (
            {
                "endpoint_url": "https://oos.visio.test",
                "object_parameters": {"ObjectLockMode": "COMPLIANCE"},
            },
            "object_parameters",
        ),
        ({"endpoint_url": "https://oos.visio.test"}, "client_config"),
    ],
)
def test_storage_out_of_bounds(settings, options, told):
    storages = {"default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}}
    settings.STORAGES = settings.STORAGES | storages
    refused("storage", told)


def test_storage_at_a_qualified_host(settings):
    options = {
        "endpoint_url": "https://oos.cloudgouv-eu-west-1.outscale.com",
        "client_config": SimpleNamespace(request_checksum_calculation="when_required"),
    }
    storages = {"default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}}
    settings.STORAGES = settings.STORAGES | storages
    assert ask("storage").result is Result.PASSED


def test_nobody_answers_for_a_public_installation(settings):
    settings.PUBLIC_URL = "https://visio.test"
    refused("legal_notice", "VISIO_LEGAL_PUBLISHER")
    settings.LEGAL = dict.fromkeys(settings.LEGAL, "Direction du numérique")
    assert ask("legal_notice").result is Result.PASSED


# --- The command ----------------------------------------------------------------------------
def test_the_command_says_all_and_ends_with_one_when_anything_fails(settings):
    settings.SECURE_REFERRER_POLICY = "unsafe-url"
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("anssi_check", stdout=out, no_color=True)
    assert end.value.code == 1
    told = out.getvalue()
    assert "✗ Non conforme · PA-009 · L’adresse des pages" in told
    assert "→ Rétablissez SECURE_REFERRER_POLICY à same-origin." in told
    assert "conforme : " in told


def test_the_command_ends_well_when_nothing_fails(settings):
    settings.CELERY_BEAT_SCHEDULE = {"x": {"task": "audit.tasks.prune", "schedule": 3600.0}}
    out = StringIO()
    call_command("anssi_check", stdout=out, no_color=True)
    assert "non conforme : 0" in out.getvalue()


# --- The page -------------------------------------------------------------------------------
@pytest.fixture
def browser(administrator):
    from django.core.cache import cache

    cache.clear()
    yield sign_in(administrator, acr="eidas2")
    cache.clear()


def test_the_page_sums_up_and_filters(browser):
    page = browser.get(ADDRESS).content.decode()
    assert "PA-009 R13–R18" in page
    assert page.count('<li id="') == len(CHECKS)
    assert "Programmez la purge" in page
    failing = browser.get(f"{ADDRESS}?result=fail").content.decode()
    assert failing.count('<li id="') == len(UNBUILT)
    assert browser.get(f"{ADDRESS}?result=%3Cscript%3E").content.decode().count('<li id="') == len(
        CHECKS
    )


def test_reading_again_asks_nothing_and_the_button_asks_anew(browser, monkeypatch):
    from visio.anssi_check import views

    asked = []
    original = views.find_all
    monkeypatch.setattr(views, "find_all", lambda: asked.append(1) or original())
    browser.get(ADDRESS)
    browser.get(f"{ADDRESS}?result=pass")
    assert len(asked) == 1
    answer = browser.post(f"{ADDRESS}?result=pass")
    assert (answer.status_code, answer.url) == (302, f"{ADDRESS}?result=pass")
    assert len(asked) == 2


def test_the_page_is_for_administrators_alone(host, colleague, auditor, administrator):
    for other in (host, colleague, auditor):
        assert sign_in(other, acr="eidas2").get(ADDRESS).status_code == 403
        assert sign_in(other, acr="eidas2").post(ADDRESS).status_code == 403
    answer = sign_in(administrator, acr="eidas1").get(ADDRESS)
    assert answer.status_code == 302
    assert "mfa=1" in answer.url


def test_the_readers_language_and_zone_survive_the_questions(browser, administrator):
    """The application answers inside the application: the reader's page must not notice."""
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = browser.get(ADDRESS).content.decode()
    assert '<html lang="en"' in page
    assert urlsplit(settings.PUBLIC_URL).hostname
