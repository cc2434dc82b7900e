"""The log behind the wall, append-only for the application's role."""

from django.db import migrations

from isolation.operations import AppendOnly, ProtectTenantRows


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [ProtectTenantRows("Event"), AppendOnly("Event")]
