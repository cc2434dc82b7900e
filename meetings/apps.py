"""Meetings."""

from django.apps import AppConfig


class MeetingsConfig(AppConfig):
    name = "meetings"

    def ready(self):
        from meetings import receivers  # noqa: F401  they listen to tenants
