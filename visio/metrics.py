"""Prometheus counters of requests, and the page that shows them."""

import os
import time

from django.http import HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

REQUESTS = Counter("visio_requests_total", "Requests answered", ["method", "view", "status"])
DURATION = Histogram("visio_request_seconds", "Time to answer", ["view"])


class RequestMetricsMiddleware:
    """Counts by view name, never by path: a path carries slugs and ids."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = match.view_name if match and match.view_name else "none"
        REQUESTS.labels(request.method, view, response.status_code).inc()
        DURATION.labels(view).observe(time.perf_counter() - began)
        return response


def metrics(request):
    """Figures in Prometheus' text form: of all worker processes, where they share the folder
    PROMETHEUS_MULTIPROC_DIR, else of this one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
