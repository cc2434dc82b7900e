"""Wires the apps of Visio together."""

from visio.celery import app as celery_app

__all__ = ["celery_app"]
