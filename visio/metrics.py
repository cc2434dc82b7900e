"""Prometheus counters of requests, and the page that shows them."""

import os
import time
from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.http import HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily

from audit import sent
from audit.soc.receiver import configured_peer
from audit.witness import witnesses

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
    PROMETHEUS_MULTIPROC_DIR, else of this one; and what the log's peers outside have not yet."""
    figures = generate_latest(_requests()) + generate_latest(_log_behind())
    return HttpResponse(figures, content_type=CONTENT_TYPE_LATEST)


def _requests() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry


class _LogBehind:
    """Asked of the database at that moment: the processes that push are not these. No Gauge, which
    each worker process would keep for all."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            peers = _peers()
        except ImproperlyConfigured:
            return  # workers do not start with it, and say so
        if not peers:
            return
        try:
            behind = {name: sent.behind(peer) for name, peer in peers.items()}
        except DatabaseError:
            return  # /readyz says so; the other figures are shown
        finally:
            connection.close()
        entries, seconds, failing = (
            GaugeMetricFamily(f"visio_log_behind_{name}", text, labels=["peer"])
            for name, text in (
                ("entries", "Entries of all logs that this peer has not received"),
                ("seconds", "Since when the oldest of them is signed"),
                ("failing_logs", "Logs of which the last try failed"),
            )
        )
        for name, (count, oldest, failed) in behind.items():
            entries.add_metric([name], count)
            seconds.add_metric([name], time.time() - oldest.timestamp() if oldest else 0)
            failing.add_metric([name], failed)
        yield from (entries, seconds, failing)


def _log_behind() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_LogBehind())
    return registry


def _peers() -> dict[str, str]:
    """Witnesses and the security operations centre, as they are shown and as the log knows them."""
    peers = {witness.verifier.name: str(witness.verifier) for witness in witnesses()}
    soc = configured_peer()
    return peers | ({soc: soc} if soc else {})
