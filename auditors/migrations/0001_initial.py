"""Searches that auditors have named, behind the wall, and gone with the member."""

import django.db.models.deletion
from django.db import migrations, models

import isolation.ids
from isolation.operations import ProtectTenantRows, ReferTo


class Migration(migrations.Migration):
    initial = True
    dependencies = [("tenants", "0008_administrators_may_audit")]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
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
                ("name", models.CharField(max_length=60)),
                ("asked", models.JSONField()),
                ("saved_at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "member", "name"), name="saved_search_named_once"
                    )
                ],
            },
        ),
        ProtectTenantRows("SavedSearch"),
        ReferTo("SavedSearch", "member", "tenants.Member", on_delete="CASCADE"),
    ]
