"""How many people a room holds, also when all of them come at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from isolation.scope import tenant_scope
from meetings import lobby
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, Participant
from tenants.models import Policy
from tests.room import Person, apart, events

pytestmark = pytest.mark.django_db


def holds(meeting: Meeting, people: int) -> None:
    with tenant_scope(meeting.tenant_id):
        Policy.objects.update_or_create(defaults={"most_participants": people})


@pytest.fixture
def tells(webhook, meeting):
    """`tells("joined", person)` is LiveKit's notice of this person's connection."""
    told = []

    def send(what: str, person: Person):
        told.append(what)
        answer = webhook(
            f"participant_{what}",
            room=room_name(meeting.tenant_id, meeting.id),
            at=timezone.now(),
            event_id=f"EV_{len(told)}",
            sid=f"PA_{person.id[-8:]}",
            identity=person.identity,
        )
        assert answer.status_code == 200

    return send


def over(person: Person) -> Person:
    """The life of the person's token is over."""
    return person.change(seat_until=timezone.now() - timedelta(seconds=1))


def test_who_finds_no_seat_gets_no_token_and_leaves_no_trace(
    in_meeting, host, colleague, invitee, meeting, signed_in
):
    holds(meeting, 2)
    in_meeting(host)
    in_meeting(colleague)
    before = len(events(meeting.tenant_id, meeting))
    person = Person(meeting, signed_in(invitee))
    answer = person.ask("join", {"device": person.device})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:visio:problem:full"
    assert "token" not in answer.json()
    with tenant_scope(meeting.tenant_id):
        assert Participant.objects.count() == 2
    assert len(events(meeting.tenant_id, meeting)) == before


def test_the_host_always_finds_a_seat(in_meeting, host, colleague, meeting):
    holds(meeting, 1)
    in_meeting(colleague)
    assert in_meeting(host).admission["state"] == "joined"


def test_a_person_takes_one_seat_on_however_many_devices(in_meeting, host, colleague, meeting):
    holds(meeting, 2)
    in_meeting(host)
    person = in_meeting(colleague)
    person.join()
    in_meeting(colleague, device="device-0002")
    in_meeting(colleague, device="device-0003")


def is_full(person: Person) -> bool:
    answer = person.ask("join", {"device": person.device})
    assert answer.status_code in (200, 403)
    return answer.status_code == 403


def test_a_seat_is_free_again_once_its_token_has_expired_unused(
    in_meeting, host, colleague, invitee, meeting, signed_in
):
    holds(meeting, 2)
    in_meeting(host)
    never_came, late = in_meeting(colleague), Person(meeting, signed_in(invitee))
    assert is_full(late)
    over(never_came)
    assert not is_full(late)
    assert is_full(never_came)  # has a new token to ask for, and no right to a seat


def test_a_seat_is_free_again_once_its_person_has_left(
    in_meeting, host, colleague, invitee, meeting, signed_in, tells
):
    holds(meeting, 2)
    in_meeting(host)
    person, late = in_meeting(colleague), Person(meeting, signed_in(invitee))
    tells("joined", person)
    over(person)
    assert is_full(late)  # there, whatever the age of the token
    assert not is_full(person)  # a reload keeps the seat
    over(person)
    tells("left", person)
    assert not is_full(late)


def test_who_left_within_the_life_of_the_token_may_come_back_with_it(
    in_meeting, host, colleague, invitee, meeting, signed_in, tells
):
    """So that the seat is theirs until then: LiveKit would let them in beside the last one."""
    holds(meeting, 2)
    in_meeting(host)
    person, late = in_meeting(colleague), Person(meeting, signed_in(invitee))
    tells("joined", person)
    tells("left", person)
    assert is_full(late)


def test_who_was_put_out_takes_no_seat(
    in_meeting, host, colleague, invitee, meeting, signed_in, tells
):
    holds(meeting, 2)
    moderator, person = in_meeting(host), in_meeting(colleague)
    tells("joined", person)
    moderator.does("remove", {"person": person.id})
    assert not is_full(Person(meeting, signed_in(invitee)))


def test_who_waits_takes_no_seat_and_is_admitted_as_far_as_there_are_some(
    in_meeting, host, colleague, meeting, signed_in
):
    holds(meeting, 3)
    moderator = in_meeting(host)
    with tenant_scope(meeting.tenant_id):
        Meeting.objects.update(guest_access="name")
    waiting = [Person(meeting, Client(headers={"host": "localhost"})) for _ in range(4)]
    for number, person in enumerate(waiting):
        body = {"device": person.device, "name": f"Personne {number}"}
        assert person.does("join", body).json()["state"] == "waiting"
    in_meeting(colleague)
    with tenant_scope(meeting.tenant_id):
        live = Meeting.objects.select_related("host").get(id=meeting.id)
    decision = lobby.admit(meeting=live, people=None, by=host, now=timezone.now())
    assert (len(decision.decided), len(decision.no_seat)) == (1, 3)
    states = [person.ask("join", {"device": person.device}).json()["state"] for person in waiting]
    assert states == ["joined", "waiting", "waiting", "waiting"]  # first come first
    again = lobby.admit(meeting=live, people=None, by=host, now=timezone.now())
    assert (again.decided, len(again.no_seat)) == ([], 3)
    assert moderator.join().admission["state"] == "joined"


@pytest.mark.django_db(transaction=True)
def test_two_hundred_who_come_at_once_get_as_many_tokens_as_there_are_seats(
    open_to_guests, meeting
):
    """The room is not open yet either: each of the first ones makes it."""
    seats, threads, each = 25, 40, 5
    holds(meeting, seats)
    start, answers = threading.Barrier(threads), []

    def come():
        people = [Person(meeting, Client(headers={"host": "localhost"})) for _ in range(each)]
        start.wait()
        for person in people:
            answers.append(person.ask("join", {"device": person.device, "name": "Quelqu’un"}))

    with ThreadPoolExecutor(threads) as crowd:
        list(crowd.map(apart, [come] * threads))
    statuses = [answer.status_code for answer in answers]
    assert len(answers) == threads * each
    assert (statuses.count(200), statuses.count(403)) == (seats, threads * each - seats)
    tokens = {answer.json()["identity"] for answer in answers if answer.status_code == 200}
    with tenant_scope(meeting.tenant_id):
        rows = set(Participant.objects.values_list("id", flat=True))
    assert {UUID(identity.split(".")[0]) for identity in tokens} == rows
