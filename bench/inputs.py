"""Writes what each scenario asks, as whole HTTP requests, and one recording of its statements.

Run inside the stack's environment, before anything is measured: `python -m bench.inputs FOLDER`.
"""

import json
import random
import sys
import uuid
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import recording  # noqa: E402
from isolation.scope import tenant_scope  # noqa: E402
from meetings import opening  # noqa: E402
from meetings.models import JoinLink, Meeting  # noqa: E402
from tenants.models import Member, MemberState, Policy, Tenant  # noqa: E402
from visio.sessions import SessionStore  # noqa: E402

CSRF = "b" * 32
MOST = 30_000  # requests of one kind: more than one run sends
PEOPLE, ROOMS, LISTERS, LISTED, GUESTS = 300, 150, 16, 500, 300
HOST = urlsplit(settings.PUBLIC_URL).netloc
API = "/api/v1/meetings"


class Caller:
    """A browser: its session's cookie, and what its statements carry."""

    def __init__(self, session: dict, **values: str):
        store = SessionStore()
        store.update(session)
        store.create()
        self.key, self.values = store.session_key, values

    @property
    def cookie(self) -> str:
        session = f"{settings.SESSION_COOKIE_NAME}={self.key}; "
        return f"{session}{settings.CSRF_COOKIE_NAME}={CSRF}"


class Nobody(Caller):
    """A browser that was never here."""

    key, values = "", {}
    cookie = f"{settings.CSRF_COOKIE_NAME}={CSRF}"

    def __init__(self):
        pass


def signed_in(member: Member) -> Caller:
    user = member.user
    return Caller(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: "tenants.proconnect.backend.ProConnectBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            "tenant_id": str(member.tenant_id),
            "acr": "eidas1",
            "amr": [],
            "auth": "proconnect",
        },
        member_id=str(member.id),
        user_id=str(user.id),
        member_name=member.full_name,
        member_email=member.email,
    )


class Request:
    """One request, for wrk, for the recorder and for the floor."""

    def __init__(self, caller: Caller, method: str, path: str, body: dict | None = None, **values):
        self.caller, self.method, self.path, self.body = caller, method, path, body
        ids = caller.values | values
        # psycopg writes ids without hyphens, the log's text columns hold them with.
        self.values = ids | {f"{n}_bare": v.replace("-", "") for n, v in ids.items() if _is_id(v)}
        self.headers = {"Cookie": caller.cookie}
        if method != "GET":
            self.headers |= {"X-CSRFToken": CSRF, "Origin": settings.PUBLIC_URL}

    @property
    def content(self) -> str:
        return "" if self.body is None else json.dumps(self.body)

    def raw(self) -> bytes:
        """As wrk sends it to the application."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {HOST}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return _with_body(lines, self.content)

    def raw_for_floor(self, scenario: str) -> bytes:
        """The same for the floor, which needs to know only what to put into the statements."""
        return _with_body([f"POST /{scenario} HTTP/1.1", "Host: floor"], json.dumps(self.values))


def _is_id(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4


def _with_body(lines: list[str], text: str) -> bytes:
    content = text.encode()
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


def main(folder: Path) -> None:
    now = timezone.now()
    first, second = (Tenant.objects.get(short_name=f"demonstration-{n}") for n in (1, 2))
    own, others = people(first), people(second)
    rooms = open_rooms(first, own[0], now=now)
    listers = own[:LISTERS]
    plan_for(listers, now=now)
    callers = [signed_in(member) for member in own]
    elsewhere = [signed_in(member) for member in others]
    pairs = shuffled((caller, room) for caller in callers for room in rooms)
    foreign = shuffled((caller, room) for caller in elsewhere for room in rooms)
    again = [joins(*pair) for pair in pairs[-ROOMS:]]
    guests = [guest(n) for n in range(GUESTS)]
    returning = [
        joins(caller, room, name=caller.values["guest_name"])
        for caller, room in zip(guests, rooms * 2, strict=True)
    ]
    scenarios = {
        "join": [joins(*pair) for pair in pairs[:-ROOMS][:MOST]],
        "rejoin": again,
        "join_elsewhere": [joins(*pair) for pair in foreign[:MOST]],
        "guest": [comes(n, rooms[n % ROOMS]) for n in range(MOST)],
        "guest_again": returning,
        "create": [creates(caller, now=now) for caller in callers],
        "list_20": [lists(caller, 20) for caller in callers[:LISTERS]],
        "list_100": [lists(caller, 100) for caller in callers[:LISTERS]],
        "agenda": [Request(caller, "GET", "/") for caller in callers],
    }
    for name, requests in scenarios.items():
        write(folder, name, requests)


def write(folder: Path, name: str, requests: list[Request]) -> None:
    """Tries the first ones, so that what is measured is what it is called; all of those where a
    person comes back, who must have been there."""
    tried = requests if name in ("rejoin", "guest_again") else requests[:3]
    for request in tried:
        recording.record(request)
    recorded = recording.record(requests[0] if name in ("rejoin", "guest_again") else requests[3])
    kept = requests if len(requests) < 1000 else requests[4:]
    for_floor = [request.raw_for_floor(name) for request in kept]
    (folder / f"{name}.http").write_bytes(b"\0".join(request.raw() for request in kept))
    (folder / f"{name}.floor.http").write_bytes(b"\0".join(for_floor))
    (folder / f"{name}.json").write_text(json.dumps(recorded))


# --- Who and what there is -----------------------------------------------------------------------
def people(tenant: Tenant) -> list[Member]:
    with tenant_scope(tenant.id):
        active = Member.objects.select_related("user").filter(state=MemberState.ACTIVE)
        return list(active.order_by("id")[:PEOPLE])


def open_rooms(tenant: Tenant, host: Member, *, now) -> list[Meeting]:
    """Live meetings that everybody may enter and whose rooms LiveKit holds. The ministry lets guests
    enter without waiting, and many people into one room."""
    starts_at, ends_at = now - timedelta(minutes=5), now + timedelta(hours=3)
    with tenant_scope(tenant.id):
        Policy.objects.update(guests_always_wait=False, most_participants=5_000)
        meetings = [
            Meeting(
                tenant_id=tenant.id, title="Banc d’essai", starts_at=starts_at, ends_at=ends_at,
                host=host, guest_access="name", direct_entry="everyone",
            )
            for _ in range(ROOMS)
        ]  # fmt: skip
        save(meetings)
    for meeting in meetings:
        opening.open_room(meeting)
    with tenant_scope(tenant.id):
        for meeting in meetings:
            opening.mark_open(meeting, by=host, now=now)
    return meetings


def plan_for(hosts: list[Member], *, now) -> None:
    """Five hundred meetings of each, in the year to come."""
    with tenant_scope(hosts[0].tenant_id):
        for host in hosts:
            starts = [now + timedelta(hours=24 + 17 * n) for n in range(LISTED)]
            save([
                Meeting(
                    tenant_id=host.tenant_id, title=f"Point n° {n}", host=host,
                    starts_at=at, ends_at=at + timedelta(hours=1),
                )
                for n, at in enumerate(starts)
            ])  # fmt: skip


def save(meetings: list[Meeting]) -> None:
    Meeting.objects.bulk_create(meetings, batch_size=1_000)
    JoinLink.objects.bulk_create(
        JoinLink(slug=meeting.slug, tenant_id=meeting.tenant_id, meeting_id=meeting.id)
        for meeting in meetings
    )


# --- What is asked ---------------------------------------------------------------------------------
def joins(caller: Caller, room: Meeting, **said: str) -> Request:
    body = {"device": f"device-{caller.key[:8] or '00000000'}"} | said
    about = {"meeting_id": str(room.id), "slug": room.slug}
    return Request(caller, "POST", f"{API}/{room.slug}/join", body, **about)


def comes(number: int, room: Meeting) -> Request:
    """Somebody from outside for the first time, from an address of their own: our proxy says it."""
    request = joins(Nobody(), room, name=f"Camille {number}")
    request.values = request.values | {"guest_name": f"Camille {number}"}
    request.headers["X-Forwarded-For"] = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    return request


def guest(number: int) -> Caller:
    key, name = str(uuid.uuid4()), f"Dominique {number}"
    return Caller({"guest_key": key, "guest_name": name}, guest_key=key, guest_name=name)


def creates(caller: Caller, *, now) -> Request:
    starts_at = now.replace(microsecond=0) + timedelta(days=2)
    body = {
        "title": "Comité budgétaire",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
    }
    return Request(caller, "POST", API, body)


def lists(caller: Caller, limit: int) -> Request:
    return Request(caller, "GET", f"{API}?limit={limit}")


def shuffled(pairs: Iterable) -> list:
    """Nobody twice in a row, and no room."""
    mixed = list(pairs)
    random.Random(1).shuffle(mixed)
    return mixed


if __name__ == "__main__":
    main(Path(sys.argv[1]))
