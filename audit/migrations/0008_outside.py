"""What leaves the installation: checkpoints and to whom, witnesses' lines, how much each peer has."""

from django.db import migrations, models

from isolation.operations import AppendOnly, ProtectTenantRows

OPTIONS = {"abstract": False, "base_manager_name": "objects"}

# Figures of all logs together: how many entries this peer has not, and since when the oldest waits.
BEHIND = """
CREATE FUNCTION visio_log_behind(of_peer text)
RETURNS TABLE (entries bigint, oldest timestamptz, failing bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(sum(latest.size - coalesce(sent.size, 0)), 0)::bigint, min(next.at),
           count(*) FILTER (WHERE sent.failures > 0)
    FROM visio_tenants_with_log() AS log (tenant)
    CROSS JOIN LATERAL (
        SELECT size FROM audit_checkpoint
        WHERE tenant_id = log.tenant ORDER BY size DESC LIMIT 1
    ) latest
    LEFT JOIN audit_sent sent ON sent.tenant_id = log.tenant AND sent.peer = of_peer
    LEFT JOIN LATERAL (
        SELECT at FROM audit_checkpoint
        WHERE tenant_id = log.tenant AND size > coalesce(sent.size, 0) ORDER BY size LIMIT 1
    ) next ON true
$$;
"""


def key(*columns: str) -> models.CompositePrimaryKey:
    return models.CompositePrimaryKey(
        *columns, blank=True, editable=False, primary_key=True, serialize=False
    )


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_keeping")]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                ("pk", key("tenant_id", "size", "to")),
                ("size", models.BigIntegerField()),
                (
                    "to",
                    models.CharField(
                        max_length=20,
                        choices=[("auditors", "Auditors"), ("witness", "Witness")],
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options=OPTIONS,
        ),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                ("pk", key("tenant_id", "size", "witness")),
                ("size", models.BigIntegerField()),
                ("witness", models.CharField(max_length=300)),
                ("line", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options=OPTIONS,
        ),
        migrations.CreateModel(
            name="Sent",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                ("pk", key("tenant_id", "peer")),
                ("peer", models.CharField(max_length=300)),
                ("size", models.BigIntegerField(db_default=0)),
                ("due_at", models.DateTimeField()),
                ("failures", models.PositiveIntegerField(db_default=0)),
                ("at", models.DateTimeField(null=True)),
            ],
            options=OPTIONS,
        ),
        *(ProtectTenantRows(model) for model in ("Departure", "Cosignature", "Sent")),
        *(AppendOnly(model) for model in ("Departure", "Cosignature")),
        migrations.RunSQL(
            "REVOKE DELETE, TRUNCATE ON audit_sent FROM visio_app",
            "GRANT DELETE ON audit_sent TO visio_app",
        ),
        migrations.RunSQL(BEHIND, "DROP FUNCTION visio_log_behind(text)"),
    ]
