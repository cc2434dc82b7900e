"""What people need to find their meetings again: words without accents, and what became of those
of other ministries."""

import django.db.models.functions.text
from django.db import migrations, models

import tenants.models


class Migration(migrations.Migration):
    dependencies = [("meetings", "0004_walls"), ("tenants", "0004_administration")]

    operations = [
        migrations.AddField(
            model_name="meeting",
            name="title_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=tenants.models.Folded("title"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="agendaentry",
            name="words_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=tenants.models.Folded(
                    django.db.models.functions.text.Concat(
                        "title", models.Value(" "), "host_name", output_field=models.TextField()
                    )
                ),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="agendaentry",
            name="started_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="agendaentry",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="agendaentry",
            name="people",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
