"""Administrators are told of work that was given up; it must be found among all that was done."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("isolation", "0003_walls")]

    operations = [
        migrations.AddIndex(
            model_name="work",
            index=models.Index(
                fields=["tenant_id", "given_up_at"],
                name="work_given_up",
                condition=models.Q(given_up_at__isnull=False),
            ),
        ),
    ]
