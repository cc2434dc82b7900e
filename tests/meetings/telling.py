"""What is told of who is in a room, by each source on its own way, in whatever order a test likes."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.utils import timezone
from livekit.api import ListParticipantsRequest, ListParticipantsResponse
from livekit.protocol.models import ParticipantInfo

from isolation.models import Work
from isolation.scope import tenant_scope
from meetings import presence
from meetings.attendance import Attendance, attendance_of
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, MeetingState, Presence
from tests.room import Person

Fact = tuple  # the name of one of Telling's methods, and what it is called with


class ListingLiveKit(ThreadingHTTPServer):
    """Stands in LiveKit's place and lists whom a test puts into `present`; `is_away` breaks it."""

    def __init__(self):
        self.present: list[ParticipantInfo] = []
        self.is_away = False
        super().__init__(("127.0.0.1", 0), _Answer)


class _Answer(BaseHTTPRequestHandler):
    server: ListingLiveKit

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        content = b""
        if self.path.endswith("/ListParticipants"):
            ListParticipantsRequest.FromString(body)
            content = ListParticipantsResponse(participants=self.server.present).SerializeToString()
        self.send_response(503 if self.server.is_away else 200)
        self.send_header("Content-Type", "application/protobuf")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass


def serve(server: ThreadingHTTPServer) -> str:
    """Starts it; answers its address."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


@dataclass(frozen=True)
class Connection:
    """One connection as LiveKit numbers it; minutes count from the test's start."""

    sid: str
    who: Person
    joined: float


class Telling:
    """Tells our server, each fact through the door of its source: the notices' URL, the service
    that reads a list, the service that takes a browser's word."""

    def __init__(self, meeting: Meeting, webhook, livekit: ListingLiveKit):
        self.meeting, self.webhook, self.livekit = meeting, webhook, livekit
        self.start = timezone.now().replace(microsecond=0) - timedelta(hours=3)
        self.connections: dict[str, Connection] = {}
        self.shown: dict[str, dict] = {}
        self.round = 0

    def at(self, minute: float) -> datetime:
        return self.start + timedelta(seconds=round(minute * 60, 3))

    def minute(self, moment: datetime | None) -> float | None:
        """The reverse, to the second: what reports say in numbers that a test can read."""
        return moment and round((moment - self.start).total_seconds()) / 60

    def connects(self, sid: str, who: Person, minute: float) -> str:
        """Nothing is told yet."""
        self.connections[sid] = Connection(sid, who, minute)
        if who.identity not in self.shown:
            self.shown[who.identity] = who.claims["attributes"]
        return sid

    # --- The facts -------------------------------------------------------------------------------
    def tell(self, *facts: Fact) -> None:
        for name, *details in facts:
            getattr(self, name)(*details)

    def joined(self, sid: str) -> None:
        self._notify("participant_joined", sid, self.connections[sid].joined)

    def left(self, sid: str, minute: float) -> None:
        self._notify("participant_left", sid, minute)

    def aborted(self, sid: str, minute: float) -> None:
        self._notify("participant_connection_aborted", sid, minute)

    def room_finished(self, minute: float) -> None:
        self._notify("room_finished", "", minute)

    def listed(self, minute: float, *sids: str) -> None:
        """Who was in the room when the list was asked for."""
        self.livekit.present = [
            ParticipantInfo(
                sid=sid,
                identity=self.connections[sid].who.identity,
                state=ParticipantInfo.ACTIVE,
                joined_at=int(self.at(self.connections[sid].joined).timestamp()),
                joined_at_ms=int(self.at(self.connections[sid].joined).timestamp() * 1000),
                attributes=self.shown[self.connections[sid].who.identity],
            )
            for sid in sids
        ]
        presence.look_into(self.meeting.tenant_id, self.meeting.id, now=self.at(minute))

    def heard(self, sid: str, minute: float, leaving: bool = False, by: Person | None = None):
        who = by or self.connections[sid].who
        with tenant_scope(self.meeting.tenant_id):
            presence.heard(
                participant=who.row, connection=sid, leaving=leaving, now=self.at(minute)
            )

    def ended(self, minute: float) -> None:
        """The meeting is over, as meetings/ending.py writes it."""
        self.write(state=MeetingState.ENDED, ended_at=self.at(minute), room_opened_at=None)

    def _notify(self, kind: str, sid: str, minute: float) -> None:
        known = self.connections.get(sid)
        joined = int(self.at(known.joined).timestamp() * 1000) if known else 0
        answer = self.webhook(
            kind,
            room=room_name(self.meeting.tenant_id, self.meeting.id),
            at=self.at(minute),
            event_id=f"EV_{self.round}_{kind}_{sid}_{minute}"[:64],
            sid=sid,
            identity=known.who.identity if known else "",
            participant={
                "joinedAt": str(joined // 1000),
                "joinedAtMs": str(joined),
                "attributes": self.shown.get(known.who.identity, {}) if known else {},
            },
        )
        assert answer.status_code == 200

    # --- What stands then ------------------------------------------------------------------------
    def report(self) -> list[Attendance]:
        with tenant_scope(self.meeting.tenant_id):
            return attendance_of(Meeting.objects.get(id=self.meeting.id))

    def stays(self, who: Person | None = None) -> list[tuple]:
        """(start, end, at the latest, doubt) of one person, or of the only one, in minutes."""
        people = [row for row in self.report() if who is None or row.name == who.row.name]
        assert len(people) <= 1
        return [
            (self.minute(s.starts_at), self.minute(s.ends_at), self.minute(s.ends_before), s.doubt)
            for row in people
            for s in row.intervals
        ]

    def write(self, **fields) -> None:
        with tenant_scope(self.meeting.tenant_id):
            Meeting.objects.filter(id=self.meeting.id).update(**fields)

    def forget(self) -> None:
        """Everything that was told, so that one test tells it in many ways."""
        with tenant_scope(self.meeting.tenant_id):
            Presence.objects.all().delete()
        self.round += 1  # notices are kept for good: what is told again is another notice
        self.write(state=MeetingState.LIVE, ended_at=None, room_opened_at=self.start)

    def work(self, kind: str) -> list[dict]:
        """What is put to be done and is not done."""
        with tenant_scope(self.meeting.tenant_id):
            works = Work.objects.filter(kind=kind, done_at=None).order_by("created_at")
            return [work.payload for work in works]
