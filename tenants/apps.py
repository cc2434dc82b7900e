"""Who may work here."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self):
        from tenants import breakglass  # noqa: F401  its receivers keep the log
