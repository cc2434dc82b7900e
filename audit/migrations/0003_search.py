"""Indexes for what auditors ask of the log; the name of the person to whom something happened."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_walls"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="event",
            name="event_by_time",
        ),
        migrations.AddField(
            model_name="event",
            name="subject_name",
            field=models.CharField(blank=True, db_default="", max_length=300),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["tenant_id", "-at", "-id"], name="event_by_time"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["tenant_id", "kind", "-at", "-id"], name="event_by_kind"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("outcome", "success"), _negated=True),
                fields=["tenant_id", "outcome", "-at", "-id"],
                name="event_by_outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("actor_id", ""), _negated=True),
                fields=["tenant_id", "actor_id", "-at", "-id"],
                name="event_by_actor",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("subject_id", ""), _negated=True),
                fields=["tenant_id", "subject_id", "-at", "-id"],
                name="event_by_subject",
            ),
        ),
    ]
