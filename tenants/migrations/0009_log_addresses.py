"""A rule: what the log keeps of network addresses. PostgreSQL applies it, whatever writes an event."""

from django.db import migrations, models

# As its owner: who writes an event need not be able to read rules.
ADDRESS = """
CREATE FUNCTION visio_address_as_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    kept text := (SELECT log_addresses FROM tenants_policy WHERE tenant_id = NEW.tenant_id);
BEGIN
    IF kept = 'none' THEN
        NEW.origin := NULL;
    ELSIF kept = 'network' THEN
        NEW.origin := host(network(set_masklen(
            NEW.origin, CASE family(NEW.origin) WHEN 4 THEN 24 ELSE 48 END
        )))::inet;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER address_as_kept BEFORE INSERT ON audit_event
    FOR EACH ROW WHEN (NEW.origin IS NOT NULL) EXECUTE FUNCTION visio_address_as_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0008_administrators_may_audit"), ("audit", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="log_addresses",
            field=models.CharField(
                choices=[
                    ("full", "Adresse complète"),
                    ("network", "Réseau seul"),
                    ("none", "Aucune adresse"),
                ],
                db_default="full",
                default="full",
                max_length=7,
            ),
        ),
        migrations.RunSQL(
            ADDRESS,
            "DROP TRIGGER address_as_kept ON audit_event; DROP FUNCTION visio_address_as_kept()",
        ),
    ]
