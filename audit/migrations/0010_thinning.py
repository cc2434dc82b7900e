"""The keeper may take away checkpoints that nobody holds, and sees what peers outside have."""

from django.db import migrations

# The policy is the keeper's alone: what left the house stays, whoever has its password.
GRANTS = """
GRANT SELECT ON audit_departure, audit_cosignature, audit_sent TO visio_keeper;
GRANT DELETE ON audit_checkpoint TO visio_keeper;
CREATE POLICY what_left_stays ON audit_checkpoint AS RESTRICTIVE FOR DELETE TO visio_keeper USING (
    NOT EXISTS (SELECT FROM audit_departure departure
        WHERE departure.tenant_id = audit_checkpoint.tenant_id
        AND departure.size = audit_checkpoint.size)
    AND NOT EXISTS (SELECT FROM audit_cosignature cosignature
        WHERE cosignature.tenant_id = audit_checkpoint.tenant_id
        AND cosignature.size = audit_checkpoint.size)
);
"""

REVOKES = """
DROP POLICY what_left_stays ON audit_checkpoint;
REVOKE DELETE ON audit_checkpoint FROM visio_keeper;
REVOKE SELECT ON audit_departure, audit_cosignature, audit_sent FROM visio_keeper;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0009_terms")]

    operations = [migrations.RunSQL(GRANTS, REVOKES)]
