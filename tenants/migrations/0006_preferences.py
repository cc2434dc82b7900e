"""What members prefer, in their own rows. French stood in all of them without having been chosen."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0005_api")]

    operations = [
        migrations.AlterField(
            model_name="member",
            name="language",
            field=models.CharField(
                blank=True, choices=[("fr", "Français"), ("en", "English")], max_length=5
            ),
        ),
        migrations.RunSQL(
            "UPDATE tenants_member SET language = '' WHERE language = 'fr'",
            "UPDATE tenants_member SET language = 'fr' WHERE language = ''",
        ),
        migrations.AddField(
            model_name="member",
            name="microphone_at_entry",
            field=models.CharField(
                choices=[
                    ("last", "Comme la dernière fois sur cet appareil"),
                    ("on", "Activé"),
                    ("off", "Coupé"),
                ],
                default="last",
                max_length=4,
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="camera_at_entry",
            field=models.CharField(
                choices=[
                    ("last", "Comme la dernière fois sur cet appareil"),
                    ("on", "Activé"),
                    ("off", "Coupé"),
                ],
                default="last",
                max_length=4,
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="reminder_minutes",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (0, "Aucun rappel"),
                    (10, "10 minutes avant"),
                    (60, "1 heure avant"),
                    (1440, "1 jour avant"),
                ],
                default=0,
            ),
        ),
    ]
