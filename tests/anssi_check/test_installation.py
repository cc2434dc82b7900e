"""The embedded installation passes, the command says so, and no check ends in a traceback or tells a
secret."""

import ssl
from io import StringIO
from types import SimpleNamespace

import psycopg
import pytest
import requests
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connections, transaction

from tests.anssi_check.asking import CHECKS, UNBUILT, refused
from visio.anssi_check.answers import Result, find
from visio.anssi_check.installation import Installation
from visio.anssi_check.table import find_all

pytestmark = pytest.mark.django_db


def test_the_embedded_installation_passes_everything_that_applies():
    found = {one.key: one for _title, findings in find_all() for one in findings}
    assert len(found) == len(CHECKS), "a key stands twice in the table"
    failures = {key: one.detail for key, one in found.items() if one.result is Result.FAILED}
    assert set(failures) == UNBUILT, failures
    without = {key for key, one in found.items() if one.result is Result.NOT_APPLICABLE}
    assert without == {
        "public_address",
        "https",
        "tls_old",
        "tls_ciphers",
        "tls_certificate",
        "tls_redirect",
        "tls_services",
        "hsts",
        "recordings",
        "cosigned",
        "pushed",
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
