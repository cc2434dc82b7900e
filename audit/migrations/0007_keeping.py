"""Legal holds; what the keeper's role may do to a log, and nobody else: prune, erase, hold."""

from django.db import migrations, models

import isolation.ids
from isolation.operations import ProtectTenantRows

# The columns are those that leaves.personal() reads, and the salt: everything else of an event stays
# as it was sealed. Of the tree, the leaf's bytes alone go. Row-level security binds the keeper too.
GRANTS = """
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_legalhold FROM visio_app;
GRANT SELECT, INSERT, UPDATE (lifted_at, lifted_by) ON audit_legalhold TO visio_keeper;
GRANT SELECT, INSERT, DELETE,
    UPDATE (actor_name, subject_name, on_behalf_of, origin, payload, salt)
    ON audit_event TO visio_keeper;
GRANT SELECT, UPDATE (leaf) ON audit_leaf TO visio_keeper;
GRANT SELECT ON audit_checkpoint TO visio_keeper;
-- The names' index computes it for each row that is written.
GRANT EXECUTE ON FUNCTION visio_words(text) TO visio_keeper;
"""

REVOKES = """
REVOKE ALL ON audit_legalhold, audit_event, audit_leaf, audit_checkpoint FROM visio_keeper;
REVOKE UPDATE (actor_name, subject_name, on_behalf_of, origin, payload, salt)
    ON audit_event FROM visio_keeper;
REVOKE UPDATE (leaf) ON audit_leaf FROM visio_keeper;
REVOKE EXECUTE ON FUNCTION visio_words(text) FROM visio_keeper;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_proofs_walls")]

    operations = [
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=isolation.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("reason", models.TextField()),
                ("by", models.CharField(max_length=300)),
                ("since", models.DateTimeField()),
                ("meeting_id", models.UUIDField(null=True)),
                ("person_id", models.UUIDField(null=True)),
                ("lifted_at", models.DateTimeField(null=True)),
                ("lifted_by", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("meeting_id", None), ("person_id", None), _connector="OR"
                        ),
                        name="hold_of_one_meeting_or_person",
                    )
                ],
            },
        ),
        ProtectTenantRows("LegalHold"),
        migrations.RunSQL(GRANTS, REVOKES),
    ]
