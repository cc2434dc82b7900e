"""The outbox behind the wall, and the one question that is asked across tenants."""

from django.db import migrations

from isolation.operations import ProtectTenantRows


class Migration(migrations.Migration):
    dependencies = [("isolation", "0002_work")]

    operations = [
        ProtectTenantRows("Work"),
        # Beat asks for late work of every tenant: it learns ids, never payloads.
        migrations.RunSQL(
            """
            CREATE FUNCTION visio_late_work(moment timestamptz, most integer)
            RETURNS TABLE (tenant_id uuid, id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT work.tenant_id, work.id FROM isolation_work work
                WHERE work.done_at IS NULL AND work.given_up_at IS NULL AND work.due_at <= moment
                  AND (work.leased_until IS NULL OR work.leased_until < moment)
                ORDER BY work.due_at LIMIT most
            $$;
            """,
            "DROP FUNCTION visio_late_work(timestamptz, integer)",
        ),
    ]
