"""Personal rooms behind the wall; each holds one open meeting at most."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import isolation.ids
import meetings.slugs
from isolation.operations import ProtectTenantRows, ReferTo


class Migration(migrations.Migration):
    dependencies = [("meetings", "0006_reminders")]

    operations = [
        migrations.CreateModel(
            name="PersonalRoom",
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
                ("slug", models.CharField(default=meetings.slugs.new_slug, max_length=24)),
                (
                    "guest_access",
                    models.CharField(
                        choices=[
                            ("none", "Pas d’invités extérieurs"),
                            ("code", "Adresse prouvée par un code"),
                            ("name", "Nom seul"),
                        ],
                        default="none",
                        max_length=4,
                    ),
                ),
                (
                    "direct_entry",
                    models.CharField(
                        choices=[
                            ("everyone", "Toutes les personnes qui ont le lien"),
                            ("agents", "Les agents de l’État identifiés"),
                            ("ministry", "Les agents du ministère et les personnes invitées"),
                            ("invitees", "Les personnes invitées"),
                            ("hosts", "Personne : chaque entrée est décidée"),
                        ],
                        default="ministry",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("renewed_at", models.DateTimeField(null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
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
                        fields=("tenant_id", "owner"), name="one_personal_room_each"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant_id", "slug"), name="personal_room_by_slug"
                    ),
                ],
            },
        ),
        ProtectTenantRows("PersonalRoom"),
        ReferTo("PersonalRoom", "owner", "tenants.Member"),
        migrations.AddField(
            model_name="meeting",
            name="personal_room",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="meetings.personalroom",
            ),
        ),
        ReferTo("Meeting", "personal_room", "meetings.PersonalRoom"),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("personal_room__isnull", False), ("state__in", ["scheduled", "live"])
                ),
                fields=("tenant_id", "personal_room"),
                name="personal_room_holds_one_meeting",
            ),
        ),
    ]
