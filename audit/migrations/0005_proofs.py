"""The tree over the log: what waits for it, its leaves, its tiles, what was signed, with which keys."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "size",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("note", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Pending",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "event_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("event_id", models.UUIDField()),
                (
                    "since",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                (
                    "public_key",
                    models.BinaryField(max_length=32, primary_key=True, serialize=False),
                ),
                ("first_used_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Tile",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "level",
                        "index",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hashes", models.BinaryField()),
                ("root", models.BinaryField(max_length=32)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="event",
            name="salt",
            field=models.BinaryField(
                db_default=models.Func(
                    output_field=models.BinaryField(),
                    template="uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())",
                )
            ),
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "index",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("index", models.BigIntegerField()),
                ("event_id", models.UUIDField()),
                ("leaf", models.BinaryField(null=True)),
                ("leaf_hash", models.BinaryField(max_length=32)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "event_id"), name="event_sequenced_once"
                    )
                ],
            },
        ),
    ]
