"""The auditors' portal."""

from django.apps import AppConfig


class AuditorsConfig(AppConfig):
    name = "auditors"

    def ready(self):
        from auditors import receivers  # noqa: F401  they listen to tenants and to the log
