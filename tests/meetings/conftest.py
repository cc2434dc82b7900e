"""A meeting that Hélène hosts, and media servers that misbehave."""

import base64
import hashlib
import json
import socket
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from isolation.scope import tenant_scope
from meetings.livekit import gateway
from meetings.livekit.rooms import room_name
from meetings.scheduling import Plan, schedule_meeting
from tests.meetings.telling import ListingLiveKit, Telling, serve


@pytest.fixture
def meeting(host, invitee):
    """About to begin; the other ministry's Inès is invited."""
    now = timezone.now()
    plan = Plan(
        "Comité budgétaire", "", now, now + timedelta(hours=1), "Europe/Paris", (invitee.email,)
    )
    with tenant_scope(host.tenant_id):
        meeting = schedule_meeting(plan=plan, by=host)
    yield meeting
    gateway.delete_room(room_name(meeting.tenant_id, meeting.id))


@pytest.fixture
def join():
    """`join(client, meeting)` asks the API for a token."""

    def ask(client, meeting, *, device="device-0001", **body):
        return client.post(
            f"/api/v1/meetings/{meeting.slug}/join",
            {"device": device} | body,
            content_type="application/json",
        )

    return ask


@pytest.fixture
def livekit_answers(settings):
    """`livekit_answers(503)` puts a server there that always answers so; `livekit_answers(None)`
    one that never answers."""
    servers = []

    def replace(status: int | None):
        if status is None:
            silent = socket.create_server(("127.0.0.1", 0))
            servers.append(silent.close)
            port = silent.getsockname()[1]
        else:

            class Handler(BaseHTTPRequestHandler):
                def do_POST(self):
                    self.send_response(status)
                    self.end_headers()
                    self.wfile.write(b'{"code": "internal", "msg": "broken"}')

                def log_message(self, *args):
                    pass

            server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            servers.append(server.shutdown)
            port = server.server_port
        settings.LIVEKIT_API_URL = f"http://127.0.0.1:{port}"

    yield replace
    for stop in servers:
        stop()


@pytest.fixture
def webhook(client):
    """`webhook(kind, …)` posts a notification as LiveKit signs it."""
    return webhooks_by(client)


def webhooks_by(client):
    """The same by a client of one's own: one belongs to one thread."""

    def send(kind: str, *, room: str, at, event_id: str, sid="", identity="", **options):
        body = json.dumps(
            {
                "event": kind,
                "id": event_id,
                "createdAt": str(int(at.timestamp())),
                "room": {"name": room, "sid": "RM_x"},
                "participant": {"sid": sid, "identity": identity, "name": "Quelqu’un"}
                | options.get("participant", {}),
            }
        ).encode()
        return post_webhook(client, body, **options)

    return send


@pytest.fixture
def listing_livekit(settings):
    """A LiveKit that lists whom the test wants; the real one comes back afterwards."""
    server, real = ListingLiveKit(), settings.LIVEKIT_API_URL
    settings.LIVEKIT_API_URL = serve(server)
    yield server
    settings.LIVEKIT_API_URL = real
    server.shutdown()
    server.server_close()


@pytest.fixture
def ines(in_meeting, invitee):
    """Inès, of another ministry, was let in on her first device."""
    return in_meeting(invitee)


@pytest.fixture
def tablet(in_meeting, invitee):
    """Her second device."""
    return in_meeting(invitee, device="device-0002")


@pytest.fixture
def camille(in_meeting, colleague):
    """Camille, of the host's ministry, was let in."""
    return in_meeting(colleague)


@pytest.fixture
def telling(meeting, webhook, ines, tablet, camille, listing_livekit):
    """Tells what happens in the room, in any order; people are in before LiveKit is replaced."""
    return Telling(meeting, webhook, listing_livekit)


def post_webhook(client, body: bytes, *, signed_body=None, secret=None, lifetime=300, **_):
    """Posts a body with a token for it, or for another body, or by another secret."""
    digest = base64.b64encode(hashlib.sha256(signed_body or body).digest()).decode()
    now = int(timezone.now().timestamp())
    token = jwt.encode(
        {
            "iss": django_settings.LIVEKIT_API_KEY,
            "nbf": now - 400,
            "exp": now + lifetime,
            "sha256": digest,
        },
        secret or django_settings.LIVEKIT_API_SECRET,
        "HS256",
    )
    return client.post(
        "/hooks/livekit/",
        body,
        content_type="application/webhook+json",
        headers={"authorization": token, "host": "localhost"},
    )
