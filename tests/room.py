"""People in a meeting: let in through the API, and really in the room at LiveKit where a test needs
to see what a host does to them."""

import asyncio
import json
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import jwt
import pytest
import requests
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from audit.models import Event
from isolation.models import Work
from isolation.scope import tenant_scope
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, Participant
from tenants.models import Policy
from tests.waiting import until


# --- What stands at LiveKit, asked past our own gateway --------------------------------------------
def ask_livekit(method: str, meeting: Meeting, **request) -> dict:
    """A call of LiveKit's own API, in its JSON."""
    room = room_name(meeting.tenant_id, meeting.id)
    grants = {"roomAdmin": True, "room": room, "roomList": True}
    now = int(time.time())
    claims = {"iss": settings.LIVEKIT_API_KEY, "nbf": now - 5, "exp": now + 60, "video": grants}
    token = jwt.encode(claims, settings.LIVEKIT_API_SECRET, "HS256")
    answer = requests.post(
        f"{settings.LIVEKIT_API_URL}/twirp/livekit.RoomService/{method}",
        json={"room": room, "names": [room]} | request,
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )
    return answer.json()


def present(meeting: Meeting) -> dict[str, dict]:
    """Who is in the room, by identity, as LiveKit tells it."""
    people = ask_livekit("ListParticipants", meeting).get("participants", [])
    return {p["identity"]: p for p in people if p["state"] in ("JOINED", "ACTIVE")}


# --- At the same time -----------------------------------------------------------------------------
def apart(work):
    """In a thread: with a connection of its own, which would keep the test database open."""
    try:
        return work()
    finally:
        connections.close_all()


# --- What was written -----------------------------------------------------------------------------
def events(tenant_id, meeting: Meeting, *kinds: str) -> list[Event]:
    """What stands in a ministry's log about a meeting, in order."""
    with tenant_scope(tenant_id):
        found = Event.objects.filter(meeting_id=meeting.id).order_by("at")
        return list(found.filter(kind__in=kinds) if kinds else found)


def told(meeting: Meeting) -> list[dict]:
    """What everybody in the room is told, in order."""
    with tenant_scope(meeting.tenant_id):
        works = Work.objects.filter(kind="meetings.tell").order_by("created_at")
        return [work.payload["message"] for work in works]


# --- Somebody in a browser ----------------------------------------------------------------------
class Person:
    """Somebody in front of a browser, on one device."""

    def __init__(self, meeting: Meeting, client: Client, device: str = "device-0001"):
        self.meeting, self.client, self.device = meeting, client, device
        self.admission: dict = {}
        self.connection: Connection | None = None

    def ask(self, path: str, body=None, *, method: str = "POST"):
        url = f"/api/v1/meetings/{self.meeting.slug}/{path}"
        content = body if isinstance(body, str) else json.dumps(body)
        return self.client.generic(method, url, "" if body is None else content, "application/json")

    def does(self, path: str, body=None, *, method: str = "POST"):
        """Asks, and is not refused."""
        answer = self.ask(path, body, method=method)
        assert answer.status_code in (200, 201, 204), answer.content
        return answer

    def join(self, **body) -> "Person":
        self.admission = self.does("join", {"device": self.device} | body).json()
        return self

    @property
    def identity(self) -> str:
        return self.admission["identity"]

    @property
    def id(self) -> str:
        return self.identity.split(".")[0]

    @property
    def claims(self) -> dict:
        """What stands in the token."""
        token = self.admission["token"]
        return jwt.decode(token, settings.LIVEKIT_API_SECRET, algorithms=["HS256"])

    @property
    def row(self) -> Participant:
        with tenant_scope(self.meeting.tenant_id):
            return Participant.objects.select_related("meeting").get(id=UUID(self.id))

    def change(self, **fields) -> "Person":
        """Writes something of the person without going through the code under test."""
        with tenant_scope(self.meeting.tenant_id):
            Participant.objects.filter(id=UUID(self.id)).update(**fields)
        return self

    def enter(self) -> "Person":
        """Connects to the room with the token that was given last."""
        self.connection = Connection(self.admission["token"])
        # "Joined" may still be without a way for data.
        until(lambda: present(self.meeting).get(self.identity, {}).get("state") == "ACTIVE")
        return self

    @property
    def at_livekit(self) -> dict:
        return present(self.meeting)[self.identity]

    def track(self, sid: str) -> dict | None:
        tracks = present(self.meeting).get(self.identity, {}).get("tracks", [])
        return next((track for track in tracks if track["sid"] == sid), None)


class Connection:
    """One real connection to LiveKit; what it is told stands in `heard`."""

    def __init__(self, token: str):
        from livekit import rtc

        self.heard: list[dict] = []
        self.is_open = True

        async def connect():
            room = rtc.Room()
            room.on("data_received", lambda packet: self.heard.append(json.loads(packet.data)))
            room.on("disconnected", lambda *_: setattr(self, "is_open", False))
            await room.connect(settings.LIVEKIT_URL, token)
            return room

        self._room = _on_loop(connect())

    def publish(self, source: str = "microphone", *, seconds: float = 10) -> str:
        """Sends sound from a source; answers the track's id. TimeoutError where LiveKit does not
        take it."""
        from livekit import rtc

        async def send():
            track = rtc.LocalAudioTrack.create_audio_track(source, rtc.AudioSource(48000, 1))
            options = rtc.TrackPublishOptions(
                source=rtc.TrackSource.Value(f"SOURCE_{source.upper()}")
            )
            publication = await self._room.local_participant.publish_track(track, options)
            return publication.sid

        return _on_loop(send(), seconds)

    def switch_on(self) -> None:
        """Unmutes what was published, as its owner may."""

        async def unmute():
            for publication in self._room.local_participant.track_publications.values():
                publication.track.unmute()

        _on_loop(unmute())

    def leave(self) -> None:
        _on_loop(self._room.disconnect())


_loop: asyncio.AbstractEventLoop | None = None


def _on_loop(coroutine, seconds: float = 10):
    """Runs on the one loop of all connections of this process."""
    global _loop
    if _loop is None:
        _loop = asyncio.new_event_loop()
        threading.Thread(target=_loop.run_forever, daemon=True, name="people").start()
    return asyncio.run_coroutine_threadsafe(asyncio.wait_for(coroutine, seconds), _loop).result()


# --- Fixtures ---------------------------------------------------------------------------------------
@pytest.fixture
def open_to_guests(meeting):
    """Whoever has the link and says a name comes in."""
    with tenant_scope(meeting.tenant_id):
        Meeting.objects.update(guest_access="name", direct_entry="everyone")
        Policy.objects.update_or_create(defaults={"guests_always_wait": False})


@pytest.fixture
def in_meeting(meeting, signed_in):
    """`in_meeting(member, role="…")` has joined; `in_meeting(None, name="…")` as a guest, where
    guests come in. `enters=True` connects to LiveKit as well."""
    people = []

    def let_in(member, *, role=None, device="device-0001", enters=False, name="") -> Person:
        client = signed_in(member) if member else Client(headers={"host": "localhost"})
        person = Person(meeting, client, device).join(**({} if member else {"name": name}))
        people.append(person)
        if role:
            person.change(role=role)
            person.join()  # the token of the new role
        return person.enter() if enters else person

    yield let_in
    for person in people:
        if person.connection and person.connection.is_open:
            person.connection.leave()


@dataclass
class Crew:
    """One person of each kind around one meeting, each with a browser."""

    host: Person
    co_host: Person
    presenter: Person
    participant: Person  # an agent of another ministry
    guest: Person
    waiting: Person
    absent: Person  # may come in and has not
    outsider: Person
    anonymous: Person

    def __getitem__(self, who: str) -> Person:
        return getattr(self, who)


@pytest.fixture
def crew(open_to_guests, in_meeting, meeting, economie, host, colleague, invitee, outsider):
    from tests.cast import sign_in
    from tests.factories import make_member

    speaker = make_member(economie, "Paul", "Présentateur")
    crew = Crew(
        host=in_meeting(host),
        co_host=in_meeting(colleague, role="co_host"),
        presenter=in_meeting(speaker, role="presenter"),
        participant=in_meeting(invitee),
        guest=in_meeting(None, name="Gaël Guest"),
        waiting=Person(meeting, Client(headers={"host": "localhost"})),
        absent=Person(meeting, sign_in(make_member(economie, "Alix", "Absente"))),
        outsider=Person(meeting, sign_in(outsider)),
        anonymous=Person(meeting, Client(headers={"host": "localhost"})),
    )
    crew.waiting.join(name="Wassim Waits")
    crew.waiting.change(
        state="waiting",
        admitted_at=None,
        knocked_at=timezone.now(),
        waits_until=timezone.now() + timedelta(minutes=1),
    )
    with tenant_scope(meeting.tenant_id):  # from here on the link opens nothing to strangers
        Meeting.objects.update(guest_access="none", direct_entry="ministry")
        Work.objects.update(done_at=timezone.now())
    return crew


class FaultyLiveKit(ThreadingHTTPServer):
    """Stands before the real server: passes calls on, except those that `fails` picks by method and
    body; `asked` is every call's method, with its body."""

    def __init__(self, real: str):
        self.real, self.asked = real, []
        self.fails = lambda method, body: False
        super().__init__(("127.0.0.1", 0), _Pass)


class _Pass(BaseHTTPRequestHandler):
    server: FaultyLiveKit

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        method = self.path.rsplit("/", 1)[1]
        self.server.asked.append((method, body))
        if self.server.fails(method, body):
            status, kind, content = 500, "application/json", b'{"code": "internal", "msg": "x"}'
        else:
            kept = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
            answer = requests.post(self.server.real + self.path, body, headers=kept, timeout=5)
            status, content = answer.status_code, answer.content
            kind = answer.headers["Content-Type"]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


@pytest.fixture
def faulty_livekit(settings):
    server = FaultyLiveKit(settings.LIVEKIT_API_URL)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.LIVEKIT_API_URL = f"http://127.0.0.1:{server.server_port}"
    yield server
    settings.LIVEKIT_API_URL = server.real
    server.shutdown()
    server.server_close()


@pytest.fixture
def run_failed(run_outbox, meeting):
    """Does again, at once, what failed and would be tried later."""

    def again() -> int:
        with tenant_scope(meeting.tenant_id):
            Work.objects.filter(done_at=None, attempts__gt=0).update(due_at=timezone.now())
        return run_outbox()

    return again
