"""The walls between tenants."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class IsolationConfig(AppConfig):
    """The lowest app: it imports no other."""

    name = "isolation"

    def ready(self):
        # Handlers of the outbox register themselves where they are written.
        autodiscover_modules("tasks")
