"""The log is asked for what was done of one kind: the last change of each rule, for instance."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_walls")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["tenant_id", "kind", "-at"], name="event_by_kind"),
        ),
    ]
