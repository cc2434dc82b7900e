"""A rule: whether administrators may read the log of their own ministry. Until one says so, no."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0007_log_months")]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="administrators_may_audit",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
