"""Every table is either behind the wall or on the short list of global ones."""

import pytest
from django.db import connections

pytestmark = pytest.mark.django_db

# What must be readable before any tenant is known, each with its reason.
GLOBAL_TABLES = {
    "tenants_tenant",  # a claim or a link leads to it
    "tenants_tenantmapping",  # ProConnect's claims → tenant
    "tenants_user",  # issuer and subject; no name
    "meetings_joinlink",  # slug → tenant
    "audit_signingkey",  # public keys of the logs' signatures; no tenant's
    "django_session",
    "account_emailaddress",  # allauth: addresses of break-glass accounts
    "account_emailconfirmation",
    "mfa_authenticator",  # allauth: second factors of break-glass accounts
    # Django's own registers, without any person's data:
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    # django-dsfr's site configuration, which we leave empty:
    "dsfr_dsfrconfig",
    "dsfr_dsfrsocialmedia",
}


def rows(sql, *params):
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def tables() -> set[str]:
    return {name for (name,) in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def tenant_tables() -> set[str]:
    sql = (
        "SELECT table_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_name = 'tenant_id'"
    )
    return {name for (name,) in rows(sql)} & tables()


def test_every_table_is_behind_the_wall_or_on_the_list():
    protected = {name for (name,) in rows("SELECT relname FROM pg_class WHERE relrowsecurity")}
    assert tables() - protected == GLOBAL_TABLES


def test_every_tenant_owned_table_has_the_policy_and_its_columns():
    """The policy holds for reading and for writing, for every role but the owner."""
    policies = {
        name: (using, check)
        for name, using, check in rows(
            "SELECT tablename, qual, with_check FROM pg_policies WHERE cmd = 'ALL'"
            " AND permissive = 'PERMISSIVE' AND roles = '{public}'"
        )
    }
    scope = "(tenant_id = (NULLIF(current_setting('visio.tenant'::text, true), ''::text))::uuid)"
    for table in tenant_tables() - GLOBAL_TABLES:
        assert policies.get(table) == (scope, scope), table


def test_references_between_tenant_owned_tables_carry_the_tenant():
    """Foreign keys ignore row-level security: one without tenant_id would reach across."""
    owned = tenant_tables() - GLOBAL_TABLES
    sql = """
        SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, array_agg(a.attname::text)
        FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
        WHERE c.contype = 'f' GROUP BY c.oid, 1, 2
    """
    across = [
        (table, target)
        for table, target, columns in rows(sql)
        if table in owned and target in owned and "tenant_id" not in columns
    ]
    assert across == []


def test_every_reference_in_a_model_is_known_to_the_database():
    """A ForeignKey with db_constraint=False must have its ReferTo in a migration."""
    from django.apps import apps

    from isolation.models import TenantOwned

    constraints = {name for (name,) in rows("SELECT conname FROM pg_constraint")}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if getattr(field, "db_constraint", True) or not field.concrete:
                continue
            assert issubclass(model, TenantOwned)
            assert f"{model._meta.db_table}_{field.name}_same_tenant" in constraints, field


def test_the_application_may_only_add_to_append_only_tables():
    sql = """
        SELECT table_name, array_agg(privilege_type::text ORDER BY privilege_type)
        FROM information_schema.role_table_grants
        WHERE grantee = 'visio_app'
          AND (table_name LIKE 'audit\\_%%' OR table_name = 'meetings_webhookdelivery')
        GROUP BY 1
    """
    assert dict(rows(sql)) == {
        "audit_checkpoint": ["INSERT", "SELECT"],
        "audit_cosignature": ["INSERT", "SELECT"],
        "audit_departure": ["INSERT", "SELECT"],
        "audit_event": ["INSERT", "SELECT"],
        "audit_leaf": ["INSERT", "SELECT"],
        # The keeper alone puts and lifts holds.
        "audit_legalhold": ["SELECT"],
        # A trigger alone adds what waits; the sequencer takes it away.
        "audit_pending": ["DELETE", "SELECT"],
        # How far each peer has come moves on; that it was ever there is not taken away.
        "audit_sent": ["INSERT", "SELECT", "UPDATE"],
        "audit_signingkey": ["INSERT", "SELECT"],
        "audit_tile": ["INSERT", "SELECT"],
        "meetings_webhookdelivery": ["INSERT", "SELECT"],
    }


def test_functions_that_see_across_tenants_are_few_and_answer_ids_only():
    sql = """
        SELECT proname, pg_get_function_result(oid) FROM pg_proc
        WHERE prosecdef AND pronamespace = 'public'::regnamespace
    """
    assert dict(rows(sql)) == {
        # Within one tenant: it asks what row-level security keeps an index from answering.
        "visio_events_matching": "SETOF uuid",
        # Answers nothing: it shortens the address of an event as its ministry's rule says.
        "visio_address_as_kept": "trigger",
        # Answers nothing: it writes that an event waits, which the application's role may not.
        "visio_event_is_pending": "trigger",
        # Answers nothing: it sorts an index, which only its owner may.
        "visio_settle_terms": "void",
        "visio_late_work": "TABLE(tenant_id uuid, id uuid)",
        # Sums over all logs, of no tenant in particular: what a peer outside has not received yet.
        "visio_log_behind": "TABLE(entries bigint, oldest timestamp with time zone, failing bigint)",
        "visio_meetings_to_close": "TABLE(tenant_id uuid, id uuid)",
        "visio_open_rooms": "TABLE(tenant_id uuid, id uuid)",
        "visio_reminders_due": "TABLE(tenant_id uuid, member_id uuid, meeting_id uuid)",
        "visio_tenants_of": "SETOF uuid",
        # The sequencer and the check walk through every log.
        "visio_tenants_with_log": "SETOF uuid",
        "visio_tenants_with_pending": "SETOF uuid",
        "visio_tenants_with_address": "SETOF uuid",
    }
