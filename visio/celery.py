"""Background work: Celery finds each app's tasks here."""

import logging
import os
from pathlib import Path

from celery import Celery
from celery.signals import celeryd_init, setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visio.settings")
logging.captureWarnings(True)  # Python's warnings as log lines, from the first one on
app = Celery("visio")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_):
    """Workers log as the rest of Visio does, in JSON without personal data."""
    import logging.config

    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@celeryd_init.connect
def refuse_to_start_without_keys(**_):
    """A worker signs the log: the one process that must know the private keys, and that does not
    start without them, nor with peers that cannot be read."""
    from django.core.exceptions import ImproperlyConfigured

    from audit.keys import seeds
    from audit.soc.receiver import receiver
    from audit.witness import witnesses

    try:
        seeds()
        witnesses()
        receiver()
    except ImproperlyConfigured as missing:
        raise SystemExit(str(missing)) from missing  # Celery swallows exceptions of its signals


@worker_ready.connect
def say_ready(**_):
    """Tells the embedded stack, by a file, that work is being taken."""
    if path := os.environ.get("VISIO_WORKER_READY"):
        Path(path).touch()
