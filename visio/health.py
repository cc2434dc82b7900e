"""Whether this process lives, and whether each part that it needs answers."""

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import redis
import requests
from django.conf import settings
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from audit import sequencer
from isolation import outbox
from visio.metrics import metrics

TIMEOUT = 2
# Work that is due for longer than this tells that nobody does it.
LATE = timedelta(minutes=1)


class ProbesMiddleware:
    """Answers probes before anything else runs: they must not depend on what they ask about,
    and no session is looked up for them."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        answer = PROBES.get(request.path, self.get_response)
        return answer(request)


def healthz(request):
    """200 as long as the process answers at all."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request):
    """200 when every component answers, else 503; each by name, none with its address."""
    with ThreadPoolExecutor(len(COMPONENTS)) as pool:
        answers = dict(zip(COMPONENTS, pool.map(_answers, COMPONENTS.values()), strict=True))
    ready = all(answers.values())
    components = {name: "ok" if answer else "unavailable" for name, answer in answers.items()}
    return JsonResponse({"ready": ready, "components": components}, status=200 if ready else 503)


def _answers(check) -> bool:
    try:
        check()
    except Exception:
        return False
    return True


def _database():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _work():
    """Worker and clock together: what one of them forgets stays late."""
    try:
        late = outbox.late_work(now=timezone.now() - LATE, limit=1)
    finally:
        connection.close()
    if late:
        raise RuntimeError("work is late")


def _log():
    """Events that wait for their place in the log, where they cannot be changed unseen."""
    try:
        late = sequencer.tenants_with_pending(before=timezone.now() - LATE)
    finally:
        connection.close()
    if late:
        raise RuntimeError("events wait for their place in the log")


def _valkey():
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
    )
    with client:
        client.ping()


def _livekit():
    requests.get(settings.LIVEKIT_API_URL, timeout=TIMEOUT).raise_for_status()


def _proconnect():
    address = f"{settings.OIDC_ISSUER}/.well-known/openid-configuration"
    requests.get(address, timeout=TIMEOUT).raise_for_status()


def _mail():
    socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), TIMEOUT).close()


def _sockets():
    address = urlsplit(settings.SOCKETS_URL)
    port = address.port or (443 if address.scheme == "wss" else 80)
    socket.create_connection((address.hostname, port), TIMEOUT).close()


COMPONENTS = {
    "database": _database,
    "work": _work,
    "log": _log,
    "valkey": _valkey,
    "livekit": _livekit,
    "proconnect": _proconnect,
    "mail": _mail,
    "sockets": _sockets,
}
PROBES = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}
