"""Hands, reactions and the chat: who may, in what order, what is kept and what is not."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from isolation.models import Work
from isolation.scope import tenant_scope
from meetings.livekit.rooms import room_name
from meetings.models import ChatMessage, Meeting
from tenants.models import Policy
from tests.room import Person, apart, events, present, told
from tests.waiting import until, waits_for_a_lock

pytestmark = pytest.mark.django_db


def write(who: Person, text: str, key: str = "") -> dict:
    return who.does("chat", {"text": text, "key": key or str(uuid4())}).json()


def read(who: Person) -> list[str]:
    messages = who.does("chat", method="GET").json()["messages"]
    return [message["text"] for message in messages]


def rule(meeting: Meeting, **fields) -> None:
    """The ministry decides."""
    with tenant_scope(meeting.tenant_id):
        Policy.objects.update_or_create(defaults=fields)


# --- Hands --------------------------------------------------------------------------------------
def queue(meeting: Meeting) -> list[str]:
    """Whose hand is raised, in order, as every browser reads it at LiveKit."""
    people = present(meeting).values()
    raised = {p["attributes"]["hand"]: p for p in people if p["attributes"].get("hand")}
    return [raised[since]["identity"].split(".")[0] for since in sorted(raised)]


def test_hands_stand_in_the_order_in_which_they_were_raised(
    in_meeting, host, colleague, invitee, meeting, run_outbox
):
    people = [in_meeting(who, enters=True) for who in (host, colleague, invitee)]
    moderator, second, third = people
    for person in (third, moderator, second, third):  # raising it again keeps the place
        person.does("hand", {"raised": True})
        run_outbox()
    assert queue(meeting) == [third.id, moderator.id, second.id]
    third.does("hand", {"raised": False})
    third.does("hand", {"raised": True})
    run_outbox()
    assert queue(meeting) == [moderator.id, second.id, third.id]
    moderator.does("lower-hands", {"person": second.id})
    run_outbox()
    assert queue(meeting) == [moderator.id, third.id]
    moderator.does("lower-hands", {})
    run_outbox()
    assert queue(meeting) == []


def test_a_hand_that_is_raised_shows_on_both_devices_and_in_the_next_token(
    in_meeting, invitee, meeting, run_outbox
):
    person = in_meeting(invitee, enters=True)
    phone = in_meeting(invitee, device="device-0002", enters=True)
    person.does("hand", {"raised": True})
    run_outbox()
    since = person.at_livekit["attributes"]["hand"]
    assert datetime.fromisoformat(since).tzinfo == UTC
    assert phone.at_livekit["attributes"]["hand"] == since
    assert person.join().claims["attributes"]["hand"] == since


def test_who_leaves_asks_to_speak_no_more(in_meeting, invitee, meeting, webhook):
    person = in_meeting(invitee)
    about = {"room": room_name(meeting.tenant_id, meeting.id), "identity": person.identity}
    webhook("participant_joined", at=timezone.now(), event_id="EV_1", sid="PA_1", **about)
    person.does("hand", {"raised": True})
    later = timezone.now().replace(microsecond=0) + timedelta(seconds=2)
    webhook("participant_left", at=later, event_id="EV_2", sid="PA_1", **about)
    assert person.row.hand_raised_at is None


@pytest.mark.parametrize("path", ["hand", "reaction"])
def test_who_is_not_in_the_meeting_raises_nothing(crew, path):
    body = {"hand": {"raised": True}, "reaction": {"reaction": "heart"}}[path]
    for who, status in [("anonymous", 401), ("outsider", 404), ("absent", 403), ("waiting", 403)]:
        assert crew[who].ask(path, body).status_code == status, who
    crew.host.does("remove", {"person": crew.guest.id})
    assert crew.guest.ask(path, body).status_code == 403


# --- Reactions ------------------------------------------------------------------------------------
def test_a_reaction_is_shown_to_everybody_and_kept_nowhere(in_meeting, host, invitee, meeting):
    other, person = in_meeting(host, enters=True), in_meeting(invitee)
    with tenant_scope(meeting.tenant_id):
        before = Work.objects.count()
    person.does("reaction", {"reaction": "applause"})
    [message] = until(lambda: other.connection.heard)
    assert message == {
        "type": "reaction",
        "reaction": "applause",
        "from": {"id": person.id, "name": "Inès Invitée"},
    }
    with tenant_scope(meeting.tenant_id):
        assert Work.objects.count() == before


def test_reactions_that_come_too_fast_are_refused_to_that_person_alone(
    in_meeting, host, invitee, meeting
):
    person, other = in_meeting(invitee), in_meeting(host)
    with time_machine.travel(timezone.now(), tick=False):
        answers = [person.ask("reaction", {"reaction": "heart"}) for _ in range(30)]
        assert {answer.status_code for answer in answers} == {204}
        for _ in range(31):  # another test may empty the cache meanwhile
            answer = person.ask("reaction", {"reaction": "heart"})
            if answer.status_code != 204:
                break
        assert answer.status_code == 429
        assert answer.headers["content-type"] == "application/problem+json"
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        other.does("reaction", {"reaction": "heart"})


def test_a_reaction_without_livekit_says_to_try_again(in_meeting, invitee, livekit_answers):
    person = in_meeting(invitee)
    livekit_answers(503)
    answer = person.ask("reaction", {"reaction": "heart"})
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:visio:problem:media-unavailable"


# --- The chat: writing ------------------------------------------------------------------------------
def test_a_message_reaches_everybody_as_it_was_written(
    in_meeting, host, invitee, meeting, run_outbox
):
    person, other = in_meeting(invitee), in_meeting(host, enters=True)
    line = write(person, "Bonjour", key="key-00001")
    assert line["from"] == {
        "id": person.id,
        "name": "Inès Invitée",
        "organisation": "Ministère de la Santé",
    }
    assert (line["key"], line["text"], line["edited"]) == ("key-00001", "Bonjour", False)
    assert write(other, "Bonjour")["from"]["organisation"] == ""
    run_outbox()
    until(lambda: len(other.connection.heard) == 2)
    assert {"type": "chat", "message": line} in other.connection.heard


def test_the_longest_message_arrives_whole(in_meeting, host, invitee, run_outbox):
    person, other = in_meeting(invitee), in_meeting(host, enters=True)
    write(person, "😀" * 2000)
    run_outbox()
    [message] = until(lambda: other.connection.heard)
    assert message["message"]["text"] == "😀" * 2000


def test_the_same_key_is_the_same_message(in_meeting, host, invitee, meeting):
    person, other = in_meeting(invitee), in_meeting(host)
    first = write(person, "Une fois", key="key-00001")
    assert write(person, "Une fois", key="key-00001") == first
    assert write(other, "Autre", key="key-00001")["id"] != first["id"]  # each names their own
    assert read(person) == ["Une fois", "Autre"]
    with tenant_scope(meeting.tenant_id):
        assert Work.objects.filter(kind="meetings.tell_chat").count() == 2


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  deux\r\nlignes\n", "deux\nlignes"),
        ("Combien\u202f? 10\u00a0000\u202f€", "Combien\u202f? 10\u00a0000\u202f€"),
        ("a\tb", "a b"),
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("facture\u202egpj.exe", "facturegpj.exe"),
        ("\u2066caché\u2069\u200b\ufeff", "caché"),
        ("👩\u200d👩\u200d👧 et ❤\ufe0f", "👩\u200d👩\u200d👧 et ❤\ufe0f"),
        ("<b>pas du HTML</b>", "<b>pas du HTML</b>"),
    ],
)
def test_what_cannot_be_seen_is_taken_out(in_meeting, invitee, text, kept):
    person = in_meeting(invitee)
    assert write(person, text)["text"] == kept
    assert read(person) == [kept]


@pytest.mark.parametrize(
    "body",
    [
        {"text": "", "key": "key-00001"},
        {"text": " \n\t\u00a0", "key": "key-00001"},
        {"text": "\u202e\u200b\u200d", "key": "key-00001"},
        {"text": "x" * 2001, "key": "key-00001"},
        {"text": "x" * 900_000, "key": "key-00001"},
        {"text": 7, "key": "key-00001"},
        {"text": None, "key": "key-00001"},
        {"text": "x"},
        {"text": "x", "key": "short"},
        {"text": "x", "key": "k" * 37},
        {"text": "x", "key": "../../../etc"},
    ],
)
def test_what_is_no_message_is_a_problem_document(in_meeting, invitee, meeting, body):
    answer = in_meeting(invitee).ask("chat", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 2000
    with tenant_scope(meeting.tenant_id):
        assert not ChatMessage.objects.exists()


def test_a_megabyte_is_not_even_read(in_meeting, invitee):
    answer = in_meeting(invitee).ask("chat", {"text": "x" * 1_000_000, "key": "key-00001"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_half_a_character_is_no_text(in_meeting, invitee):
    answer = in_meeting(invitee).ask("chat", '{"text": "a\\ud800b", "key": "key-00001"}')
    assert answer.status_code == 422


# --- Who may write and read ------------------------------------------------------------------------
def test_who_may_write_and_read(crew):
    everybody = {"anonymous": 401, "outsider": 404, "absent": 403, "waiting": 403}
    everybody |= dict.fromkeys(["guest", "participant", "presenter", "co_host", "host"], 201)
    for who, status in everybody.items():
        answer = crew[who].ask("chat", {"text": who, "key": str(uuid4())})
        assert answer.status_code == status, who
        reading = crew[who].ask("chat", method="GET")
        assert reading.status_code == (200 if status == 201 else status), who
    crew.host.does("remove", {"person": crew.guest.id})
    assert crew.guest.ask("chat", method="GET").status_code == 403


def test_a_forbidden_chat_can_still_be_read(crew):
    message = write(crew.participant, "Avant")
    crew.host.does("rights", {"rights": {"chat": False}})
    crew.host.does("rights", {"rights": {"chat": False}, "person": crew.presenter.id})
    for who in (crew.participant, crew.guest, crew.presenter):
        assert who.ask("chat", {"text": "x", "key": str(uuid4())}).status_code == 403
        assert read(who) == ["Avant"]
    path = f"chat/{message['id']}"
    assert crew.participant.ask(path, {"text": "x"}, method="PUT").status_code == 403
    write(crew.co_host, "Hôtes seuls")
    crew.participant.does(path, method="DELETE")  # one may always take back


def test_where_the_ministry_has_no_chat_nobody_writes(crew, meeting, host, signed_in):
    rule(meeting, chat_allowed=False)
    for who in (crew.host, crew.co_host, crew.presenter, crew.participant, crew.guest):
        assert who.ask("chat", {"text": "x", "key": str(uuid4())}).status_code == 403
    with tenant_scope(meeting.tenant_id):
        crew.host.row.delete()
    not_entered = Person(meeting, signed_in(host))
    assert not_entered.ask("chat", {"text": "x", "key": str(uuid4())}).status_code == 403


def test_nobody_reads_what_was_written_before_they_came(
    open_to_guests, in_meeting, host, invitee, meeting
):
    moderator, early = in_meeting(host), in_meeting(invitee)
    write(moderator, "Entre nous")
    late = in_meeting(None, name="Gaël")
    write(moderator, "Bienvenue")
    assert read(early) == ["Entre nous", "Bienvenue"]
    assert read(late) == ["Bienvenue"]
    late.join()  # a reload is no later admission
    assert read(late) == ["Bienvenue"]


# --- Changing and taking away ------------------------------------------------------------------------
def test_only_the_author_edits_and_everybody_sees_it(crew):
    line = write(crew.participant, "Bojour")
    path = f"chat/{line['id']}"
    for who in ("host", "co_host", "guest"):
        assert crew[who].ask(path, {"text": "Faux"}, method="PUT").status_code == 403, who
    same = crew.participant.does(path, {"text": "Bojour"}, method="PUT").json()
    assert same == line  # nothing changed, so nothing is marked
    edited = crew.participant.does(path, {"text": "Bonjour"}, method="PUT").json()
    assert edited == line | {"text": "Bonjour", "edited": True}
    [message] = crew.guest.does("chat", method="GET").json()["messages"]
    assert message == edited


def test_an_author_takes_back_unlogged_and_a_moderator_deletes_logged(
    crew, meeting, sante, run_outbox
):
    own, other = write(crew.participant, "Oups"), write(crew.participant, "Hors sujet")
    for who in ("guest", "presenter"):
        assert crew[who].ask(f"chat/{own['id']}", method="DELETE").status_code == 403, who
    crew.participant.does(f"chat/{own['id']}", method="DELETE")
    assert events(meeting.tenant_id, meeting, "chat_deleted") == []
    crew.co_host.does(f"chat/{other['id']}", method="DELETE")
    [event] = events(meeting.tenant_id, meeting, "chat_deleted")
    assert event.actor_name == "Camille Collègue"
    assert event.subject_id == str(crew.participant.row.id)
    assert "Hors sujet" not in json.dumps(event.payload)
    run_outbox()
    [copy] = events(sante.id, meeting, "chat_deleted")
    assert copy.delivered_from == meeting.tenant_id
    assert [message["by"]["id"] for message in told(meeting)] == [
        crew.participant.id,
        crew.co_host.id,
    ]
    with tenant_scope(meeting.tenant_id):
        assert set(ChatMessage.objects.values_list("text", flat=True)) == {""}


def test_what_was_taken_away_is_gone(crew):
    line = write(crew.guest, "Éphémère", key="key-00001")
    path = f"chat/{line['id']}"
    crew.guest.does(path, method="DELETE")
    assert read(crew.host) == []
    assert crew.guest.ask(path, method="DELETE").status_code == 404
    assert crew.guest.ask(path, {"text": "Encore"}, method="PUT").status_code == 404
    assert crew.host.ask(path, method="DELETE").status_code == 404
    write(crew.guest, "Éphémère", key="key-00001")  # a late repetition brings nothing back
    assert read(crew.host) == []


def test_a_message_of_another_meeting_does_not_exist(crew, meeting):
    with tenant_scope(meeting.tenant_id):
        other = Meeting.objects.get(id=meeting.id)
        other.pk, other.slug, other._state.adding = uuid4(), "autre", True
        other.save()
        elsewhere = ChatMessage.objects.create(
            meeting=other, participant=crew.guest.row, key="key-00001", text="Ailleurs"
        )
    for message_id in (elsewhere.id.hex, str(uuid4())):
        for who in ("guest", "host"):
            path = f"chat/{message_id}"
            assert crew[who].ask(path, {"text": "x"}, method="PUT").status_code == 404, who
            assert crew[who].ask(path, method="DELETE").status_code == 404, who


def test_a_guest_signs_with_the_name_under_which_they_were_let_in(crew, meeting):
    """The session's name may change at another meeting's door; not what people here read."""
    line = write(crew.guest, "x")
    session = crew.guest.client.session
    session["guest_name"] = "Le Ministre"
    session.save()
    assert write(crew.guest, "y")["from"]["name"] == "Gaël Guest"
    crew.guest.does(f"chat/{line['id']}", method="DELETE")
    assert told(meeting)[-1]["by"]["name"] == "Gaël Guest"


# --- What is kept -----------------------------------------------------------------------------------
@pytest.mark.parametrize("keep", [False, True])
def test_what_is_kept_after_the_end(crew, meeting, keep):
    rule(meeting, keep_chat=keep)
    line = write(crew.participant, "Pour le compte rendu")
    crew.host.does("end")
    kept = ["Pour le compte rendu"] if keep else []
    with tenant_scope(meeting.tenant_id):
        assert list(ChatMessage.objects.values_list("text", flat=True)) == kept
    assert read(crew.participant) == kept
    for answer in [
        crew.participant.ask("chat", {"text": "Trop tard", "key": "key-00001"}),
        crew.participant.ask(f"chat/{line['id']}", {"text": "Autre"}, method="PUT"),
        crew.participant.ask(f"chat/{line['id']}", method="DELETE"),
    ]:
        assert answer.status_code == 409
    assert read(crew.participant) == kept


def test_what_is_kept_is_read_by_who_was_there_and_from_when_they_came(crew, meeting):
    rule(meeting, keep_chat=True)
    write(crew.host, "Pour le <b>compte rendu</b> https://www.service-public.fr/")
    crew.guest.change(admitted_at=timezone.now())
    write(crew.host, "À la semaine prochaine")
    crew.host.does("end")

    def page(who: Person, path: str) -> str:
        session = who.client.session
        session["silent_tried"] = True  # ProConnect does not know who is not signed in
        session.save()
        return who.client.get(path).content.decode()

    for path in (meeting.join_path, meeting.get_absolute_url()):
        assert "Pour le &lt;b&gt;compte rendu&lt;/b&gt;" in page(crew.host, path)
    assert "Pour le" in page(crew.participant, meeting.join_path)
    guests = page(crew.guest, meeting.join_path)
    assert "À la semaine prochaine" in guests
    assert "Pour le" not in guests
    for who in (crew.waiting, crew.absent, crew.outsider, crew.anonymous):
        assert "À la semaine prochaine" not in page(who, meeting.join_path)


def test_the_work_to_be_done_holds_no_words(in_meeting, invitee, meeting):
    write(in_meeting(invitee), "Confidentiel")
    with tenant_scope(meeting.tenant_id):
        assert "Confidentiel" not in json.dumps(list(Work.objects.values_list("payload")))


# --- With transactions of one's own -----------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_message_that_is_sent_many_times_at_once_is_written_once(in_meeting, invitee, meeting):
    person = in_meeting(invitee)
    start = threading.Barrier(8)

    def send():
        start.wait()
        return write(person, "Bonjour", key="key-00001")["id"]

    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(apart, [send] * 8))
    assert len(ids) == 1
    with tenant_scope(meeting.tenant_id):
        assert ChatMessage.objects.count() == 1
        assert Work.objects.filter(kind="meetings.tell_chat").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_while_the_meeting_ends_is_not_left_behind(
    in_meeting, host, invitee, meeting
):
    from meetings import ending
    from meetings.visitors import Visitor

    in_meeting(host)
    person = in_meeting(invitee)

    with ThreadPoolExecutor(1) as thread:
        with tenant_scope(meeting.tenant_id):
            actor = Visitor("agent", host.full_name, user_id=host.user_id, member=host)
            ending.end(meeting.id, by=actor, now=timezone.now())
            answer = thread.submit(
                apart, lambda: person.ask("chat", {"text": "Trop tard", "key": "key-00001"})
            )
            until(lambda: waits_for_a_lock(1))
        assert answer.result().status_code == 409
    with tenant_scope(meeting.tenant_id):
        assert not ChatMessage.objects.exists()
