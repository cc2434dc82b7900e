"""The lobby: who waits, who decides, what each is told at once, and what survives which fault."""

import asyncio
import json
from datetime import timedelta

import jwt
import pytest
import pytest_asyncio
from channels.db import database_sync_to_async as in_thread
from django.conf import settings
from django.db.models import F
from django.test import Client
from django.utils import timezone

from audit.models import Event
from isolation.models import Work
from isolation.scope import tenant_scope
from meetings import gate, lobby
from meetings.models import DirectEntry, Meeting, Participant
from meetings.scheduling import Plan, schedule_meeting
from tests.meetings.sockets import closed, said, socket, sockets_end

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.asyncio,
    pytest.mark.usefixtures("sockets_end"),
]
__all__ = ["sockets_end"]
DEVICE = "device-0001"


class Person:
    """Somebody at a browser."""

    def __init__(self, client, meeting, name=""):
        self.client, self.meeting, self.name = client, meeting, name
        self.socket = None

    async def ask(self, **body):
        body = {"device": DEVICE} | ({"name": self.name} if self.name else {}) | body
        return await in_thread(self.client.post)(
            f"/api/v1/meetings/{self.meeting.slug}/join", body, content_type="application/json"
        )

    async def knock(self):
        """Asks to enter, has to wait, and opens the socket."""
        answer = await self.ask()
        assert answer.json()["state"] == "waiting", answer.content
        return await self.wait()

    async def wait(self):
        self.socket = socket(f"/ws/lobby/{self.meeting.slug}/{DEVICE}/", self.client)
        accepted, _ = await self.socket.connect(timeout=5)
        assert accepted
        return self

    async def decide(self):
        """Opens the socket of those who decide; answers who waits."""
        self.socket = socket(f"/ws/host/{self.meeting.slug}/", self.client)
        assert (await self.socket.connect(timeout=5))[0]
        return (await said(self.socket, "lobby"))["waiting"]

    async def send(self, **command):
        await self.socket.send_json_to(command)

    async def hears(self, kind):
        return await said(self.socket, kind)

    async def leave(self):
        await self.socket.disconnect(timeout=5)

    @property
    def row(self):
        return Participant.objects.get(name=self.name)


@pytest.fixture
def meeting(host):
    """Hélène's, open to guests who give a name."""
    now = timezone.now()
    plan = Plan("Comité", "", now, now + timedelta(hours=1), "UTC", guest_access="name")
    with tenant_scope(host.tenant_id):
        return schedule_meeting(plan=plan, by=host)


@pytest_asyncio.fixture
async def helene(signed_in, host, meeting):
    return Person(await in_thread(signed_in)(host), meeting)


@pytest.fixture
def guest(meeting):
    """`guest("Paul")` is Paul at a browser of his own, not signed in."""
    return lambda name: Person(Client(headers={"host": "localhost"}), meeting, name)


@pytest.fixture
def in_scope(meeting):
    """`await in_scope(lambda: …)` looks, or acts, inside the meeting's tenant."""

    def run(look):
        def inside():
            with tenant_scope(meeting.tenant_id):
                return look()

        return in_thread(inside)()

    return run


@pytest.fixture
def time_passes(in_scope):
    """`await time_passes(delta)`: what is written becomes that much older. (To move the clock would
    move the sockets' time-outs as well.)"""

    async def move(delta):
        def shift():
            Participant.objects.filter(waits_until__isnull=False).update(
                waits_until=F("waits_until") - delta
            )
            Participant.objects.filter(decided_at__isnull=False).update(
                decided_at=F("decided_at") - delta
            )
            Work.objects.update(due_at=F("due_at") - delta)

        await in_scope(shift)

    return move


def kinds(meeting_id) -> list[str]:
    events = Event.objects.filter(meeting_id=meeting_id, kind__startswith="lobby_")
    return list(events.order_by("id").values_list("kind", flat=True))


async def test_a_knock_is_pushed_to_the_host_and_the_token_to_the_guest(
    helene, guest, meeting, in_scope
):
    assert await helene.decide() == []
    paul = await guest("Paul Durand").knock()
    assert await paul.hears("waiting") == {"type": "waiting", "host_present": False}
    person = (await helene.hears("knocked"))["person"]
    assert person["name"] == "Paul Durand"
    assert (person["proof"], person["organisation"], person["email"]) == ("name", "", "")
    await helene.send(type="admit", people=[person["id"]])
    admitted = await paul.hears("admitted")
    claims = jwt.decode(admitted["token"], settings.LIVEKIT_API_SECRET, algorithms=["HS256"])
    assert claims["sub"] == f"{person['id']}.{DEVICE}"
    assert claims["name"] == "Paul Durand"
    assert claims["attributes"]["role"] == admitted["role"] == "guest"
    assert admitted["room"]["title"] == "Comité"
    decided = await helene.hears("decided")
    assert decided == {
        "type": "decided", "id": person["id"], "state": "admitted", "by": "Hélène Hôte"
    }  # fmt: skip
    assert await in_scope(lambda: kinds(meeting.id)) == ["lobby_knocked", "lobby_admitted"]
    assert (await paul.ask()).json()["state"] == "joined"  # who was admitted comes back


async def test_a_refusal_is_told_and_lasts_a_minute(helene, guest, time_passes):
    paul = await guest("Paul").knock()
    [person] = await helene.decide()
    await helene.send(type="refuse", people=[person["id"]])
    await paul.hears("refused")
    assert await closed(paul.socket) == 4403
    answer = await paul.ask()
    assert answer.status_code == 403
    assert answer.json()["type"].endswith(":refused")
    assert 0 < answer.json()["retry_after"] <= 60
    await time_passes(gate.REFUSAL)
    assert (await paul.ask()).json()["state"] == "waiting"


async def test_who_reloads_keeps_the_place_and_who_leaves_loses_it(
    helene, guest, in_scope, run_outbox, time_passes
):
    anne = await guest("Anne").knock()
    paul = await guest("Paul").knock()
    before = await in_scope(lambda: paul.row.knocked_at)
    await paul.leave()
    await paul.knock()
    assert await in_scope(lambda: paul.row.knocked_at) == before
    assert [person["name"] for person in await helene.decide()] == ["Anne", "Paul"]
    await anne.leave()
    await time_passes(lobby.FAREWELL + timedelta(seconds=2))
    await in_thread(run_outbox)()
    gone = await helene.hears("decided")
    assert (gone["state"], gone["by"]) == ("gone", "")
    assert await in_scope(lambda: anne.row.state) == "gone"
    assert await in_scope(lambda: paul.row.state) == "waiting"


async def test_who_gives_up_is_off_the_list_at_once(helene, guest, in_scope):
    await helene.decide()
    paul = await guest("Paul").knock()
    await paul.send(type="leave")
    assert await closed(paul.socket) == 1000
    assert (await helene.hears("decided"))["state"] == "gone"


async def test_the_socket_server_dies_without_a_word(
    helene, guest, in_scope, run_outbox, time_passes
):
    """Whoever does not come back within the patience is off the list; beat looks."""
    paul = await guest("Paul").knock()
    await helene.decide()
    await time_passes(lobby.PATIENCE / 2)
    await in_scope(lambda: lobby.is_here(paul.row.id, now=timezone.now()))
    await time_passes(lobby.PATIENCE / 2 + timedelta(seconds=2))
    await in_thread(run_outbox)()
    assert await in_scope(lambda: paul.row.state) == "waiting"  # was there in between
    await time_passes(lobby.PATIENCE)
    await in_thread(run_outbox)()
    assert (await helene.hears("decided"))["state"] == "gone"


async def test_who_was_admitted_while_the_socket_was_away_enters_when_it_is_back(
    helene, guest, in_scope
):
    paul = await guest("Paul").knock()
    [person] = await helene.decide()
    await paul.leave()
    await helene.send(type="admit", people=[person["id"]])
    await helene.hears("decided")
    assert (await (await paul.wait()).hears("admitted"))["token"]


async def test_all_are_admitted_as_far_as_there_are_seats(helene, guest, in_scope, meeting):
    from tenants.models import Policy

    await in_scope(lambda: Policy.objects.create(most_participants=2))
    people = [await guest(name).knock() for name in ("Anne", "Bruno", "Chloé")]
    await helene.decide()
    await helene.send(type="admit_all")
    for person in people[:2]:
        await person.hears("admitted")
    assert (await helene.hears("problem"))["kind"] == "full"
    assert await in_scope(lambda: people[2].row.state) == "waiting"


async def test_two_hosts_decide_at_once_and_one_decision_stands(
    signed_in, helene, colleague, guest, in_scope, meeting
):
    camille = await co_host(signed_in, colleague, meeting, in_scope)
    paul = await guest("Paul").knock()
    [person] = await helene.decide()
    await camille.decide()
    await asyncio.gather(
        helene.send(type="admit", people=[person["id"]]),
        camille.send(type="refuse", people=[person["id"]]),
    )
    outcomes = [await one.hears("decided") for one in (helene, camille)]
    assert outcomes[0]["state"] == outcomes[1]["state"]
    state = await in_scope(lambda: paul.row.state)
    assert outcomes[0]["state"] == state
    told = [kind for kind in await in_scope(lambda: kinds(meeting.id)) if kind != "lobby_knocked"]
    assert told == [f"lobby_{state}"]
    await paul.hears(state)
    await camille.leave()


async def co_host(signed_in, member, meeting, in_scope) -> Person:
    """A member who was let in and promoted."""
    person = Person(await in_thread(signed_in)(member), meeting)
    assert (await person.ask()).json()["state"] == "joined"
    await in_scope(
        lambda: Participant.objects.filter(user_id=member.user_id).update(role="co_host")
    )
    return person


async def test_who_may_decide_no_more_hears_and_does_nothing_more(
    signed_in, colleague, helene, guest, meeting, in_scope
):
    camille = await co_host(signed_in, colleague, meeting, in_scope)
    paul = await guest("Paul").knock()
    [person] = await camille.decide()
    row = await in_scope(lambda: Participant.objects.get(user_id=colleague.user_id))
    answer = await in_thread(helene.client.post)(
        f"/api/v1/meetings/{meeting.slug}/role",
        {"person": row.id.hex, "role": "participant"},
        content_type="application/json",
    )
    assert answer.status_code == 204
    assert await closed(camille.socket) == 4403
    assert await in_scope(lambda: paul.row.state) == "waiting"
    assert person["name"] == "Paul"


async def test_a_host_who_leaves_or_closes_the_tab_loses_nobody(helene, guest, in_scope):
    people = [await guest(f"Invité {n}").knock() for n in range(50)]
    await helene.decide()
    await helene.leave()
    assert len(await helene.decide()) == 50
    await helene.send(type="admit_all")
    for person in people:
        assert (await person.hears("admitted"))["token"]


async def test_when_the_meeting_ends_whoever_waits_is_told(helene, guest, meeting):
    paul = await guest("Paul").knock()
    assert (await helene.ask()).status_code == 200
    await in_thread(helene.client.post)(f"/api/v1/meetings/{meeting.slug}/end")
    assert (await paul.hears("over"))["state"] == "ended"
    assert await closed(paul.socket) == 4403


async def test_media_that_fails_admits_nobody(helene, guest, livekit_answers, in_scope):
    paul = await guest("Paul").knock()
    [person] = await helene.decide()
    livekit_answers(500)
    await helene.send(type="admit", people=[person["id"]])
    assert (await helene.hears("problem"))["kind"] == "media-unavailable"
    assert await in_scope(lambda: paul.row.state) == "waiting"


async def test_the_host_is_there_and_whoever_waits_is_told(helene, guest, webhook, meeting):
    from meetings.livekit.rooms import room_name

    paul = await guest("Paul").knock()
    assert (await paul.hears("waiting"))["host_present"] is False
    identity = (await helene.ask()).json()["identity"]
    await in_thread(webhook)(
        "participant_joined",
        room=room_name(meeting.tenant_id, meeting.id),
        at=timezone.now(),
        event_id="EV_1",
        sid="PA_host",
        identity=identity,
    )
    assert (await paul.hears("waiting"))["host_present"] is True


# --- Hostile sockets -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "message",
    [
        " ",
        "{",
        "[]",
        "null",
        '"admit"',
        "{}",
        '{"type": 1}',
        '{"type": "admit"}',
        '{"type": "admit", "people": []}',
        '{"type": "admit", "people": "all"}',
        '{"type": "admit", "people": [1]}',
        '{"type": "admit", "people": ["x"]}',
        '{"type": "host.tell", "people": ["0123456789abcdef0123456789abcdef"]}',
        "[" * 60_000,
        json.dumps({"type": "admit", "people": ["0" * 32] * 3000}),
    ],
    ids=lambda text: text[:24],
)
async def test_a_message_of_the_wrong_shape_closes_the_hosts_socket(helene, message):
    await helene.decide()
    await helene.socket.send_to(text_data=message)
    assert await closed(helene.socket) == 1008


async def test_bytes_close_a_socket(helene):
    await helene.decide()
    await helene.socket.send_to(bytes_data=b"\x00" * 100)
    assert await closed(helene.socket) == 1008


async def test_whoever_waits_cannot_command(guest, helene, in_scope):
    paul = await guest("Paul").knock()
    await paul.hears("waiting")
    await paul.send(type="admit", people=[await in_scope(lambda: paul.row.id.hex)])
    assert await closed(paul.socket) == 1008
    assert await in_scope(lambda: paul.row.state) == "waiting"


async def test_commands_that_come_too_fast_are_not_done(helene, guest):
    await guest("Paul").knock()
    [person] = await helene.decide()
    for _ in range(40):
        await helene.send(type="admit", people=["0" * 32])
    assert (await helene.hears("problem"))["kind"] == "too-fast"
    assert person


async def test_only_who_decides_gets_the_hosts_socket(
    signed_in, colleague, invitee, outsider, guest, meeting
):
    strangers = [await in_thread(signed_in)(who) for who in (colleague, invitee, outsider)]
    waits = await guest("Paul").knock()
    for client in [*strangers, waits.client, None]:
        one = socket(f"/ws/host/{meeting.slug}/", client)
        await one.connect(timeout=5)
        assert await closed(one) == 4403
    unknown = socket("/ws/host/bcdf-ghjk-mnpq-rstv/", strangers[0])
    await unknown.connect(timeout=5)
    assert await closed(unknown) == 4403


async def test_nobody_waits_in_anothers_place(guest, meeting, signed_in, outsider):
    """A socket is its browser's session: there is no id to forge."""
    paul = await guest("Paul").knock()
    for client in (guest("Eve").client, await in_thread(signed_in)(outsider), None):
        one = socket(f"/ws/lobby/{meeting.slug}/{DEVICE}/", client)
        accepted, _ = await one.connect(timeout=5)
        assert not accepted
    paul.client.cookies["__Host-visio"] = "0" * 32
    one = socket(f"/ws/lobby/{meeting.slug}/{DEVICE}/", paul.client)
    assert not (await one.connect(timeout=5))[0]


async def test_a_host_admits_nobody_of_another_meeting(helene, guest, host, meeting, in_scope):
    paul = await guest("Paul").knock()
    now = timezone.now()
    plan = Plan("Autre", "", now, now + timedelta(hours=1), "UTC", guest_access="name")
    other = await in_scope(lambda: schedule_meeting(plan=plan, by=host))
    elsewhere = Person(helene.client, other)
    assert await elsewhere.decide() == []
    await elsewhere.send(type="admit", people=[await in_scope(lambda: paul.row.id.hex)])
    await elsewhere.send(type="admit_all")
    assert await elsewhere.socket.receive_nothing(timeout=0.5)
    assert await in_scope(lambda: paul.row.state) == "waiting"
    await elsewhere.leave()


async def test_a_session_that_ended_decides_nothing_more(helene, guest, in_scope):
    paul = await guest("Paul").knock()
    [person] = await helene.decide()
    await in_thread(helene.client.logout)()
    await helene.send(type="admit", people=[person["id"]])
    assert await closed(helene.socket) == 4403
    assert await in_scope(lambda: paul.row.state) == "waiting"


async def test_two_hundred_knock_at_once(helene, guest, meeting, in_scope):
    await helene.decide()
    people = [guest(f"Invité {n}") for n in range(200)]
    answers = [await person.ask() for person in people]
    assert {answer.json()["state"] for answer in answers} == {"waiting"}
    heard = {(await helene.hears("knocked"))["person"]["name"] for _ in people}
    assert len(heard) == 200


async def test_a_decision_and_its_event_stand_or_fall_together(
    helene, guest, meeting, in_scope, host, monkeypatch
):
    paul = await guest("Paul").knock()
    monkeypatch.setattr(lobby, "_announce", lambda *a, **k: 1 / 0)

    await in_scope(lambda: Meeting.objects.update(room_opened_at=timezone.now(), state="live"))

    def outside():
        with pytest.raises(ZeroDivisionError):
            with tenant_scope(meeting.tenant_id):
                person = paul.row.id
            lobby.admit(
                meeting=Meeting(id=meeting.id, tenant_id=meeting.tenant_id, room_opened_at=1),
                people=[person],
                by=host,
                now=timezone.now(),
            )

    await in_thread(outside)()
    assert await in_scope(lambda: paul.row.state) == "waiting"
    assert await in_scope(lambda: kinds(meeting.id)) == ["lobby_knocked"]


# --- Who waits at all ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("entry", "waits"),
    [
        (DirectEntry.EVERYONE, set()),
        (DirectEntry.AGENTS, set()),
        (DirectEntry.MINISTRY, {"outsider"}),
        (DirectEntry.INVITEES, {"colleague", "outsider"}),
        (DirectEntry.HOSTS, {"colleague", "invitee", "outsider"}),
    ],
)
async def test_the_meeting_says_who_waits(
    signed_in, host, colleague, invitee, outsider, meeting, in_scope, entry, waits
):
    def set_up():
        Meeting.objects.update(direct_entry=entry)
        meeting.invitations.create(email=invitee.email)

    await in_scope(set_up)
    people = {"host": host, "colleague": colleague, "invitee": invitee, "outsider": outsider}
    states = {}
    for name, member in people.items():
        person = Person(await in_thread(signed_in)(member), meeting)
        states[name] = (await person.ask()).json()["state"]
    assert {name for name, state in states.items() if state == "waiting"} == waits
