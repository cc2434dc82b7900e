"""What is told of presence: only by who may tell it, each once, and what follows from it."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from isolation.scope import tenant_scope
from meetings import presence, push, seats, tasks
from meetings.livekit import gateway
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, Presence, WebhookDelivery
from tests.meetings.conftest import post_webhook, webhooks_by
from tests.room import apart, events
from tests.waiting import until

pytestmark = pytest.mark.django_db


def rows(telling) -> list[Presence]:
    with tenant_scope(telling.meeting.tenant_id):
        return list(Presence.objects.select_related("participant").order_by("id"))


def meeting_now(telling) -> Meeting:
    with tenant_scope(telling.meeting.tenant_id):
        return Meeting.objects.get(id=telling.meeting.id)


@pytest.fixture
def arrives(telling, ines):
    """Inès connects at minute 0, and nothing is told yet."""
    telling.connects("PA_a", ines, 0)
    return telling


# --- LiveKit's notices: only its own, each once --------------------------------------------------
@pytest.mark.parametrize(
    "forgery",
    [
        {"secret": "another-secret-of-sufficient-length"},
        {"signed_body": b"another body"},
        {"lifetime": -60},
    ],
    ids=["another secret", "another body", "an old token"],
)
def test_a_forged_notice_is_refused_and_changes_nothing(arrives, webhook, ines, forgery):
    answer = webhook(
        "participant_joined",
        room=room_name(arrives.meeting.tenant_id, arrives.meeting.id),
        at=arrives.at(0),
        event_id="EV_forged",
        sid="PA_a",
        identity=ines.identity,
        **forgery,
    )
    assert answer.status_code == 401
    assert rows(arrives) == []
    with tenant_scope(arrives.meeting.tenant_id):
        assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"event": "x", "room": {"name": "other"}}'])
def test_a_signed_body_that_says_nothing_of_ours_is_refused(client, db, body):
    assert post_webhook(client, body).status_code == 401


def test_without_a_token_it_is_refused(client, db):
    answer = client.post("/hooks/livekit/", {}, headers={"host": "localhost"})
    assert answer.status_code == 401


def test_somebody_whom_we_never_let_in_is_not_counted(telling, webhook):
    answer = webhook(
        "participant_joined",
        room=room_name(telling.meeting.tenant_id, telling.meeting.id),
        at=telling.at(0),
        event_id="EV_stranger",
        sid="PA_a",
        identity="0" * 32 + ".device-0001",
    )
    assert answer.status_code == 200
    assert rows(telling) == []


def test_a_notice_is_stored_once_and_without_names(arrives):
    arrives.tell(("joined", "PA_a"), ("joined", "PA_a"))
    with tenant_scope(arrives.meeting.tenant_id):
        [delivery] = WebhookDelivery.objects.all()
    assert "Quelqu" not in str(delivery.body)
    assert "Inès" not in str(delivery.body)


def test_the_log_and_the_row_stand_or_fall_together(arrives, monkeypatch):
    """LiveKit sends again what was not answered; then it is told as if for the first time."""

    def refuse(*args, **kwargs):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(presence, "record", refuse)
        with pytest.raises(RuntimeError):
            arrives.tell(("joined", "PA_a"))
    assert rows(arrives) == []
    arrives.tell(("joined", "PA_a"))
    assert arrives.report()[0].is_present


@pytest.mark.django_db(transaction=True)
def test_all_sources_at_the_same_moment_make_one_row(arrives):
    facts = [
        ("joined", "PA_a"), ("left", "PA_a", 10), ("heard", "PA_a", 3), ("heard", "PA_a", 9),
        ("heard", "PA_a", 10, True), ("joined", "PA_a"), ("left", "PA_a", 10),
    ]  # fmt: skip
    start = threading.Barrier(len(facts) + 2)

    def told(fact):
        def work():
            telling = copy(arrives)
            telling.webhook = webhooks_by(Client())
            start.wait()
            telling.tell(fact)

        return work

    def listed():
        start.wait()
        presence.look_into(arrives.meeting.tenant_id, arrives.meeting.id, now=arrives.at(5))

    arrives.tell(("listed", 4, "PA_a"))  # from here on the list of every moment has her
    with ThreadPoolExecutor(len(facts) + 2) as crowd:
        list(crowd.map(apart, [*map(told, facts), listed, listed]))
    [row] = rows(arrives)
    assert (row.joined_at, row.left_at) == (arrives.at(0), arrives.at(10))
    assert (row.listed_since, row.listed_at) == (arrives.at(0), arrives.at(5))
    assert (row.heard_first_at, row.heard_last_at) == (arrives.at(3), arrives.at(10))
    assert row.said_goodbye_at == arrives.at(10)
    kinds = [event.kind for event in events(arrives.meeting.tenant_id, arrives.meeting)]
    assert kinds.count("participant_joined") == kinds.count("participant_left") == 1


# --- Which rooms are looked into -------------------------------------------------------------------
def test_a_late_notice_of_an_old_room_does_not_close_the_new_one(telling):
    telling.write(room_opened_at=telling.at(10))
    telling.tell(("room_finished", 5))
    assert meeting_now(telling).room_opened_at
    telling.tell(("room_finished", 30))
    assert meeting_now(telling).room_opened_at is None


def test_a_room_is_looked_into_while_it_is_open_or_somebody_seems_to_be_in_it(arrives):
    here = (arrives.meeting.tenant_id, arrives.meeting.id)
    assert here in presence.open_rooms()
    arrives.write(room_opened_at=None)
    assert here not in presence.open_rooms()
    arrives.tell(("joined", "PA_a"))
    assert here in presence.open_rooms()
    arrives.tell(("listed", 5))
    assert here not in presence.open_rooms()
    arrives.forget()
    arrives.tell(("joined", "PA_a"), ("ended", 10))
    assert here not in presence.open_rooms()


def test_a_room_in_which_somebody_is_listed_is_open(arrives):
    arrives.write(room_opened_at=None)
    arrives.tell(("listed", 5, "PA_a"))
    assert meeting_now(arrives).room_opened_at == arrives.at(5)
    arrives.tell(("ended", 9), ("listed", 10, "PA_a"))
    assert meeting_now(arrives).room_opened_at is None


def test_beat_looks_into_every_open_room(arrives, monkeypatch):
    arrives.tell(("listed", 5, "PA_a"))
    looked_into = []
    monkeypatch.setattr(tasks.look_into_room, "delay", lambda *ids: looked_into.append(ids))
    tasks.look_into_rooms()
    assert (str(arrives.meeting.tenant_id), str(arrives.meeting.id)) in looked_into
    before = timezone.now()
    tasks.look_into_room(*looked_into[0])
    [row] = rows(arrives)
    assert row.listed_at >= before


def test_a_list_costs_as_many_statements_however_long_it_is(telling, ines):
    counts = []
    for size in (2, 20):
        sids = [telling.connects(f"PA_{n}", ines, 0) for n in range(size)]
        telling.tell(("listed", size, *sids))  # whoever is new is written in the log
        with CaptureQueriesContext(database) as asked:
            telling.tell(("listed", size + 1, *sids))
        counts.append(len(asked))
    assert counts[0] == counts[1] < 15


# --- The browser's own word ----------------------------------------------------------------------
def test_a_browser_says_that_it_is_there_and_that_it_leaves(meeting, ines):
    before = timezone.now()
    ines.does("presence", {"connection": "PA_abc123"})
    ines.does("presence", {"connection": "PA_abc123", "leaving": True})
    with tenant_scope(meeting.tenant_id):
        row = Presence.objects.get()
    assert row.participant_id == ines.row.id
    assert before <= row.heard_first_at < row.heard_last_at == row.said_goodbye_at


@pytest.mark.parametrize(
    "name", ["", "PA_", "PA_é", "RM_abc", "PA_" + "x" * 62, "PA_a\n", "a PA_a"]
)
def test_what_is_no_connections_name_is_not_taken(telling, ines, name):
    assert ines.ask("presence", {"connection": name}).status_code == 422
    with tenant_scope(telling.meeting.tenant_id):
        presence.heard(participant=ines.row, connection=name, leaving=False, now=telling.at(1))
    assert rows(telling) == []


def test_a_browser_that_claims_anothers_connection_changes_nothing_of_theirs(
    arrives, ines, camille
):
    """Before LiveKit told of it and afterwards, in every order, goodbye included."""
    genuine = [("joined", "PA_a"), ("heard", "PA_a", 5)]
    forged = [("heard", "PA_a", 2, False, camille), ("heard", "PA_a", 9, True, camille)]
    for order in itertools.permutations(genuine + forged):
        arrives.tell(*order)
        assert arrives.stays(ines) == [(0, None, None, "")]
        assert arrives.stays(camille) == []
        [row] = [row for row in rows(arrives) if row.participant_id == ines.row.id]
        assert (row.heard_first_at, row.heard_last_at) == (arrives.at(5), arrives.at(5))
        assert row.said_goodbye_at is None
        arrives.forget()


def test_once_livekit_told_whose_it_is_a_claim_is_not_even_written(arrives, ines, camille):
    for told in (("joined", "PA_a"), ("listed", 1, "PA_a"), ("aborted", "PA_a", 1)):
        arrives.tell(told, ("heard", "PA_a", 2, False, camille))
        assert [row.participant_id for row in rows(arrives)] == [ines.row.id]
        arrives.forget()


def test_a_claim_that_the_list_does_not_bear_out_holds_nothing_open(arrives, ines, camille):
    arrives.tell(("heard", "PA_a", 2, False, camille), ("listed", 5, "PA_a"))
    claim, known = sorted(rows(arrives), key=lambda row: bool(row.listed_at))
    assert (claim.participant_id, claim.missing_at is None) == (camille.row.id, False)
    assert (known.participant_id, known.missing_at) == (ines.row.id, None)


def test_browsers_alone_make_only_so_many_rows(telling, ines, camille):
    for n in range(presence.MOST_CLAIMS + 5):
        telling.connects(f"PA_{n}", ines, 0)
        telling.tell(("heard", f"PA_{n}", 1))
    assert len(rows(telling)) == presence.MOST_CLAIMS
    telling.connects("PA_c", camille, 0)
    telling.tell(("heard", "PA_c", 1), ("listed", 2, "PA_0"), ("heard", "PA_64", 3))
    assert {row.connection for row in rows(telling)} >= {"PA_c", "PA_64"}


# --- The log -------------------------------------------------------------------------------------
def acts(telling) -> list[tuple]:
    """What the log says of arrivals and departures: kind, minute, and how it was noticed."""
    found = events(
        telling.meeting.tenant_id, telling.meeting, "participant_joined", "participant_left"
    )
    return [(e.kind, telling.minute(e.at), e.payload["noticed"]) for e in found]


FACTS = {
    "joined": ("joined", "PA_a"),
    "left": ("left", "PA_a", 10),
    "listed": ("listed", 5, "PA_a"),
    "missed": ("listed", 12),
    "heard": ("heard", "PA_a", 3),
}


@pytest.mark.parametrize(
    "order",
    [
        ("joined", "left", "listed", "missed", "heard"),
        ("left", "joined", "heard"),
        ("heard", "left", "missed", "joined"),
        ("joined", "heard", "left", "left", "joined", "missed"),
    ],
    ids="-".join,
)
def test_an_arrival_and_a_departure_stand_once_in_the_log(arrives, order, sante, ines):
    arrives.tell(*(FACTS[name] for name in order))
    assert acts(arrives) == [
        ("participant_joined", 0, "webhook"),
        ("participant_left", 10, "webhook"),
    ]
    for event in events(arrives.meeting.tenant_id, arrives.meeting, "participant_left"):
        assert (event.actor_id, event.subject_id) == (str(ines.row.id), str(ines.row.id))


def test_what_a_list_noticed_says_so_and_is_not_told_again(arrives):
    arrives.tell(*(FACTS[name] for name in ("listed", "missed", "left", "joined")))
    assert acts(arrives) == [("participant_joined", 0, "list"), ("participant_left", 12, "list")]


def test_what_only_a_browser_says_does_not_stand_in_the_log(arrives):
    arrives.tell(FACTS["heard"], FACTS["missed"], ("aborted", "PA_a", 13))
    assert acts(arrives) == []


def test_the_ministry_of_who_came_is_told(arrives, run_outbox, sante):
    arrives.tell(FACTS["joined"], FACTS["left"])
    run_outbox()
    kinds = [event.kind for event in events(sante.id, arrives.meeting)]
    assert kinds.count("participant_joined") == kinds.count("participant_left") == 1


# --- Hands, seats, doors -------------------------------------------------------------------------
def test_a_hand_is_lowered_when_its_owner_has_left_on_every_device(arrives, ines, tablet):
    arrives.connects("PA_b", tablet, 1)
    ines.change(hand_raised_at=arrives.at(2))
    arrives.tell(("joined", "PA_a"), ("joined", "PA_b"), ("left", "PA_a", 5))
    assert ines.row.hand_raised_at
    arrives.tell(("listed", 7))
    assert ines.row.hand_raised_at is None
    assert {"participant_id": str(ines.row.id)} in arrives.work("meetings.apply_standing")


def test_a_late_notice_lowers_no_hand_that_was_raised_since(arrives, ines):
    """She came back by a connection of which nothing was told yet."""
    ines.change(hand_raised_at=arrives.at(20))
    arrives.tell(("left", "PA_a", 5))
    assert ines.row.hand_raised_at == arrives.at(20)


def test_a_seat_is_free_once_its_holder_is_missed(arrives, ines):
    ines.change(seat_until=None)

    def taken() -> int:
        with tenant_scope(arrives.meeting.tenant_id):
            meeting = Meeting.objects.get(id=arrives.meeting.id)
            return seats.taken(meeting, now=timezone.now())

    others = taken()
    arrives.tell(("joined", "PA_a"))
    assert taken() == others + 1
    arrives.tell(("listed", 5))
    assert taken() == others


@pytest.mark.parametrize("told", [("joined", "PA_a"), ("listed", 1, "PA_a")], ids=lambda t: t[0])
@pytest.mark.parametrize("state", ["barred", "waiting", "gone", "refused", "admitted"])
def test_who_appears_and_may_not_be_there_is_to_be_put_out(arrives, ines, told, state):
    ines.change(state=state)
    arrives.tell(told)
    put = [work["participant_id"] for work in arrives.work("meetings.apply_standing")]
    assert put == ([] if state == "admitted" else [str(ines.row.id)])


def test_who_waits_is_told_when_a_host_comes_and_goes(
    telling, in_meeting, host, camille, monkeypatch, django_capture_on_commit_callbacks
):
    looks = []
    monkeypatch.setattr(push, "send", lambda messages: looks.extend(messages))
    camille.change(role="co_host")
    telling.connects("PA_c", camille, 0)

    def told(*facts) -> list:
        looks.clear()
        with django_capture_on_commit_callbacks(execute=True):
            telling.tell(*facts)
        return [message for message in looks if message[1]["type"] == "door.look"]

    look = (push.lobby_group(telling.meeting.id), {"type": "door.look"})
    assert told(("joined", "PA_c")) == [look]
    assert told(("listed", 5, "PA_c"), ("heard", "PA_c", 6)) == []
    assert told(("listed", 7)) == [look]


# --- What LiveKit really lists -------------------------------------------------------------------
def test_livekit_lists_what_we_read(in_meeting, host, invitee, meeting):
    """Against the real server: two people, what it lists of them, and that who leaves is missed."""
    began = timezone.now() - timedelta(seconds=2)
    people = [in_meeting(host, enters=True), in_meeting(invitee, enters=True)]
    room = room_name(meeting.tenant_id, meeting.id)
    listed = {one.identity: one for one in gateway.list_participants(room)}
    assert set(listed) == {person.identity for person in people}
    for person in people:
        one = listed[person.identity]
        assert one.sid == person.connection._room.local_participant.sid
        assert presence.CONNECTION.fullmatch(one.sid)
        assert began <= one.joined_at <= timezone.now() + timedelta(seconds=2)
        assert one.attributes == {k: v for k, v in person.claims["attributes"].items() if v}
    presence.look_into(meeting.tenant_id, meeting.id, now=timezone.now())
    with tenant_scope(meeting.tenant_id):
        rows = {row.participant_id: row for row in Presence.objects.all()}
    assert set(rows) == {person.row.id for person in people}
    for person in people:
        assert rows[person.row.id].listed_since == listed[person.identity].joined_at

    people[1].connection.leave()
    until(lambda: len(gateway.list_participants(room)) == 1)
    presence.look_into(meeting.tenant_id, meeting.id, now=timezone.now() + presence.YOUNG)
    with tenant_scope(meeting.tenant_id):
        missed = Presence.objects.exclude(missing_at=None).get()
    assert missed.participant_id == people[1].row.id
    gateway.delete_room(room)
    assert gateway.list_participants(room) == []
