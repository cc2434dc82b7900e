"""The log, and walls altered as the owner in a transaction that is rolled back."""

import logging
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace

import pytest
from django.db import connections, transaction
from django.utils import timezone

from audit.kinds import Kind
from audit.log import record
from isolation.scope import tenant_scope
from tests.anssi_check.asking import ask, refused
from visio.anssi_check import journal
from visio.anssi_check.answers import Result
from visio.anssi_check.installation import Installation

pytestmark = pytest.mark.django_db


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
    plain_handler.setFormatter(
        logging.Formatter('{"timestamp": "2026-11-25 10:00:00"}', validate=False)
    )
    assert refused("stamps").detail == "plain"


def test_times_without_a_zone(settings):
    settings.USE_TZ = False
    refused("stamps", "USE_TZ")


def test_old_events(economie, sante):
    with tenant_scope(economie.id):
        record(Kind.SIGN_IN, at=timezone.now() - timedelta(days=4 * 366))
    with tenant_scope(sante.id):
        record(Kind.SIGN_IN, at=timezone.now() - timedelta(days=2 * 365))
    assert refused("age").detail == "1 journal en contient."  # and not whose


def test_a_purge_with_a_role_of_its_own(settings):
    assert ask("purge").result is Result.PASSED
    look = Installation(database_role=settings.DATABASES["keeper"]["USER"])
    refused("purge", "rôle de l’application", look=look)
    keeper = settings.DATABASES.pop("keeper")
    try:
        refused("purge", "DATABASE_KEEPER_URL")
    finally:
        settings.DATABASES["keeper"] = keeper
    settings.CELERY_BEAT_SCHEDULE = {"x": {"task": "audit.tasks.sequence", "schedule": 1.0}}
    refused("purge", "programmée")


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


def test_rows_that_anybody_sees():
    """The owner is not behind the wall: what it sees of its own rows stands for a missing one."""
    insert = (
        "INSERT INTO tenants_promisedrole (id, tenant_id, email, roles) "
        "VALUES (gen_random_uuid(), gen_random_uuid(), 'x@economie.test', '{}')"
    )
    with altered(insert) as look:
        refused("nobody", "tenants_promisedrole", look=look)
