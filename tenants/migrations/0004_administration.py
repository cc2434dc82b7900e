"""What administrators need: people in order and found by name, bounds of rules, name and logo."""

import django.core.validators
import django.db.models.functions.text
from django.db import migrations, models

import isolation.ids
import tenants.models
from isolation.operations import ProtectTenantRows


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_roles_and_lobby")]

    operations = [
        # unaccent() depends on the search path, so PostgreSQL calls it stable, and a generated
        # column wants immutable: here the dictionary is named. It sees no table.
        migrations.RunSQL(
            """
            CREATE EXTENSION IF NOT EXISTS unaccent;
            CREATE FUNCTION visio_fold(words text) RETURNS text
            LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
                SELECT btrim(lower(public.unaccent(
                    'public.unaccent'::regdictionary, normalize(words, NFKC)
                )))
            $$;
            GRANT EXECUTE ON FUNCTION visio_fold(text) TO visio_keeper;
            """,
            "DROP FUNCTION visio_fold(text)",
        ),
        migrations.AddField(
            model_name="member",
            name="name_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=tenants.models.Folded(
                    django.db.models.functions.text.Concat(
                        "usual_name",
                        models.Value(" "),
                        "given_name",
                        models.Value(" "),
                        "email",
                        output_field=models.TextField(),
                    )
                ),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["tenant_id", "name_key", "id"], name="member_by_name"),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                models.F("tenant_id"),
                models.OrderBy(models.F("last_sign_in_at"), nulls_first=True),
                models.F("id"),
                name="member_by_sign_in",
            ),
        ),
        migrations.AlterField(
            model_name="policy",
            name="longest_meeting_minutes",
            field=models.PositiveIntegerField(
                default=720,
                validators=[
                    django.core.validators.MinValueValidator(15),
                    django.core.validators.MaxValueValidator(10080),
                ],
            ),
        ),
        migrations.AlterField(
            model_name="policy",
            name="most_invitees",
            field=models.PositiveIntegerField(
                default=500,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(5000),
                ],
            ),
        ),
        migrations.AlterField(
            model_name="policy",
            name="most_participants",
            field=models.PositiveIntegerField(
                default=300,
                validators=[
                    django.core.validators.MinValueValidator(2),
                    django.core.validators.MaxValueValidator(5000),
                ],
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="shown_name",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name="tenant",
            name="logo_digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.CreateModel(
            name="Logo",
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
                ("data", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
            ],
            options={"abstract": False, "base_manager_name": "objects"},
        ),
        migrations.AddConstraint(
            model_name="logo",
            constraint=models.UniqueConstraint(fields=("tenant_id",), name="logo_one_a_tenant"),
        ),
        ProtectTenantRows("Logo"),
    ]
