"""How long a ministry keeps its log."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_preferences")]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="log_months",
            field=models.PositiveIntegerField(
                db_default=12,
                default=12,
                validators=[
                    django.core.validators.MinValueValidator(6),
                    django.core.validators.MaxValueValidator(36),
                ],
            ),
        ),
    ]
