"""Every address of Visio."""

from django.urls import include, path

from meetings import webhooks
from visio import health, metrics
from visio.api import api_urls

urlpatterns: list = [
    path("", include("meetings.urls")),
    path("", include("tenants.urls")),
    path("api/v1/", api_urls()),
    path("hooks/livekit/", webhooks.livekit, name="livekit_webhook"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]
