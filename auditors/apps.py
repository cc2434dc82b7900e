"""The auditors' portal."""

from django.apps import AppConfig


class AuditorsConfig(AppConfig):
    name = "auditors"
