"""The two walls: Python refuses a query without a scope, PostgreSQL refuses what Python forgets."""

import uuid

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction

from isolation.models import Work
from isolation.scope import NoTenantScope, current_tenant_id, tenant_scope
from meetings.models import Invitation, Meeting
from tenants.models import Member

pytestmark = pytest.mark.django_db


def test_a_query_outside_a_scope_raises(host):
    with pytest.raises(NoTenantScope):
        Member.objects.count()
    with pytest.raises(NoTenantScope):
        host.refresh_from_db()


def test_each_scope_sees_its_own_rows(host, outsider):
    with tenant_scope(host.tenant_id):
        assert list(Member.objects.all()) == [host]
        with tenant_scope(outsider.tenant_id):
            assert list(Member.objects.all()) == [outsider]
        assert list(Member.objects.all()) == [host]


def test_the_database_hides_what_python_forgets(host, outsider):
    with tenant_scope(host.tenant_id), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM tenants_member")
        assert cursor.fetchall() == [(host.id,)]
        cursor.execute("UPDATE tenants_member SET usual_name = 'x' WHERE id = %s", [outsider.id])
        assert cursor.rowcount == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenants_member")
        assert cursor.fetchone() == (0,)


def test_the_database_refuses_a_row_for_another_tenant(host, outsider):
    with tenant_scope(host.tenant_id), pytest.raises(ProgrammingError, match="row-level security"):
        Work.objects.create(kind="x", tenant_id=outsider.tenant_id)


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_a_reference_into_another_tenant(host, outsider):
    with pytest.raises(IntegrityError, match="same_tenant"), tenant_scope(host.tenant_id):
        Meeting.objects.create(
            title="x",
            host_id=outsider.id,
            starts_at="2026-01-01T10:00Z",
            ends_at="2026-01-01T11:00Z",
        )
    with pytest.raises(IntegrityError, match="same_tenant"), tenant_scope(host.tenant_id):
        Invitation.objects.create(meeting_id=uuid.uuid4(), email="a@b.test")


@pytest.mark.django_db(transaction=True)
def test_a_scope_ends_with_its_transaction(host):
    """On the same connection, the next transaction starts with nothing in sight."""
    with tenant_scope(host.tenant_id):
        assert Member.objects.count() == 1
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenants_member")
        assert cursor.fetchone() == (0,)
    with pytest.raises(NoTenantScope):
        current_tenant_id()


def test_an_error_in_an_inner_scope_restores_the_outer_one(host, outsider):
    with tenant_scope(host.tenant_id):
        with pytest.raises(ZeroDivisionError), tenant_scope(outsider.tenant_id):
            1 / 0
        assert list(Member.objects.all()) == [host]


def test_the_application_connects_as_a_role_that_owns_nothing(db):
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolbypassrls, rolsuper, "
            "(SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid) "
            "FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("visio_app", False, False, 0)
