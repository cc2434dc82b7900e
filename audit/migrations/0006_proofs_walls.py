"""The tree behind the wall and append-only; each event that is committed waits for its place in it."""

from django.db import migrations

from isolation.operations import AppendOnly, ProtectTenantRows

# One statement for however many events were inserted, by the act's own statement: whatever writes
# an event, in whatever order transactions commit, it is pending exactly when it is there.
PENDING = """
CREATE FUNCTION visio_event_is_pending() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_pending (tenant_id, event_id)
    SELECT tenant_id, id FROM added
    -- One that was taken away and is put back has its place, or waits already.
    WHERE NOT EXISTS (
        SELECT FROM audit_leaf leaf
        WHERE leaf.tenant_id = added.tenant_id AND leaf.event_id = added.id
    )
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER event_is_pending AFTER INSERT ON audit_event
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION visio_event_is_pending();
-- What was written before there was a tree.
INSERT INTO audit_pending (tenant_id, event_id) SELECT tenant_id, id FROM audit_event;
-- The sequencer takes away what it has placed; nobody but the trigger adds.
REVOKE INSERT, UPDATE, TRUNCATE ON audit_pending FROM visio_app;
-- Rows live for a second: what they leave behind is swept by their number, not by a share.
ALTER TABLE audit_pending
    SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
-- Hashes cannot be compressed; uncompressed, a part of a tile is read without the rest.
ALTER TABLE audit_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
"""

NOT_PENDING = """
GRANT INSERT, UPDATE ON audit_pending TO visio_app;
DROP TRIGGER event_is_pending ON audit_event;
DROP FUNCTION visio_event_is_pending();
"""

# From one tenant to the next by the index, however many rows each has. An event that is gone does
# not wait for anybody: audit_check says that it was there.
WAITING = """
CREATE FUNCTION visio_tenants_with_pending(before timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE step (tenant) AS (
        (SELECT tenant_id FROM audit_pending ORDER BY tenant_id LIMIT 1)
        UNION ALL
        SELECT (
            SELECT tenant_id FROM audit_pending
            WHERE tenant_id > step.tenant ORDER BY tenant_id LIMIT 1
        ) FROM step WHERE step.tenant IS NOT NULL
    )
    SELECT tenant FROM step WHERE tenant IS NOT NULL AND EXISTS (
        SELECT FROM audit_pending pending
        WHERE pending.tenant_id = step.tenant
          AND (before IS NULL OR pending.since <= before) AND EXISTS (
            -- OFFSET 0: by its id, never by reading the log
            SELECT FROM audit_event WHERE id = pending.event_id OFFSET 0
        )
    )
$$;
"""

# Whose logs there are, also one of which every event was taken away.
LOGS = """
CREATE FUNCTION visio_tenants_with_log() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE step (tenant) AS (
        SELECT least(
            (SELECT tenant_id FROM audit_event ORDER BY tenant_id LIMIT 1),
            (SELECT tenant_id FROM audit_checkpoint ORDER BY tenant_id LIMIT 1)
        )
        UNION ALL
        SELECT least(
            (SELECT tenant_id FROM audit_event
             WHERE tenant_id > step.tenant ORDER BY tenant_id LIMIT 1),
            (SELECT tenant_id FROM audit_checkpoint
             WHERE tenant_id > step.tenant ORDER BY tenant_id LIMIT 1)
        ) FROM step WHERE step.tenant IS NOT NULL
    )
    SELECT tenant FROM step WHERE tenant IS NOT NULL
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_proofs")]

    operations = [
        *(ProtectTenantRows(model) for model in ("Pending", "Leaf", "Tile", "Checkpoint")),
        *(AppendOnly(model) for model in ("Leaf", "Tile", "Checkpoint", "SigningKey")),
        migrations.RunSQL(PENDING, NOT_PENDING),
        migrations.RunSQL(WAITING, "DROP FUNCTION visio_tenants_with_pending(timestamptz)"),
        migrations.RunSQL(LOGS, "DROP FUNCTION visio_tenants_with_log()"),
    ]
