"""What hosts do in a room: who may, what is written and told of it, and what a fault leaves behind."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from audit.models import Event
from isolation.models import Work
from isolation.scope import tenant_scope
from meetings.models import Meeting, Participant
from tests.room import Person, apart, events, present, told
from tests.waiting import until, waits_for_a_lock

pytestmark = pytest.mark.django_db

ACTS = {
    "mute": lambda person: {"person": person},
    "mute all": lambda person: {},
    "rights": lambda person: {"rights": {"camera": False}, "person": person},
    "rights of all": lambda person: {"rights": {"share": False}},
    "lock": lambda person: {"locked": True},
    "role": lambda person: {"person": person, "role": "presenter"},
    "remove": lambda person: {"person": person},
    "unbar": lambda person: {"person": person},
    "barred": lambda person: None,
    "lower-hands": lambda person: {"person": person},
    "lower-hands of all": lambda person: {},
    "end": lambda person: None,
}
KINDS = [
    "muted", "room_rights_changed", "room_locked", "room_unlocked", "meeting_role_changed",
    "participant_removed", "participant_unbarred", "hands_lowered", "meeting_ended",
]  # fmt: skip


def act(who: Person, command: str, person: str):
    """One command of ACTS, about one person where it concerns one."""
    method = "GET" if command == "barred" else "POST"
    return who.ask(command.split()[0], ACTS[command](person), method=method)


# --- Who may ------------------------------------------------------------------------------------
REFUSED = {
    "anonymous": 401, "outsider": 404, "absent": 403, "waiting": 403,
    "guest": 403, "participant": 403, "presenter": 403,
}  # fmt: skip


@pytest.mark.parametrize("command", ACTS)
def test_who_may_act(crew, meeting, command):
    """Nobody but hosts and co-hosts, and only hosts give roles; a refusal changes nothing."""
    before = [person.row.state for person in (crew.participant, crew.guest)]
    target = crew.participant
    target.change(hand_raised_at=timezone.now())
    refused = REFUSED | ({"co_host": 403} if command == "role" else {})
    for who, status in refused.items():
        answer = act(crew[who], command, target.id)
        assert answer.status_code == status, who
        assert answer.headers["content-type"] == "application/problem+json"
    assert events(meeting.tenant_id, meeting, *KINDS) == told(meeting) == []
    assert before == [person.row.state for person in (crew.participant, crew.guest)]
    for who in ("co_host", "host"):
        if who not in refused:
            assert act(crew[who], command, target.id).status_code in (200, 204), who


def test_a_host_acts_without_being_in_the_room(meeting, host, colleague, signed_in, in_meeting):
    person = in_meeting(colleague)
    host = Person(meeting, signed_in(host))
    host.does("mute", {"person": person.id})
    host.does("lock", {"locked": True})
    assert host.ask("hand", {"raised": True}).status_code == 403  # there is no hand to raise
    assert [notice["by"] for notice in told(meeting)] == [{"id": "", "name": "Hélène Hôte"}] * 2


@pytest.mark.parametrize("command", ["mute", "rights", "role", "remove"])
def test_the_host_is_nobodys_to_change(crew, meeting, command):
    for who in ("co_host", "host"):
        assert act(crew[who], command, crew.host.id).status_code == 403, who
    assert events(meeting.tenant_id, meeting, *KINDS) == []


def test_nobody_bars_themselves(crew):
    assert act(crew.co_host, "remove", crew.co_host.id).status_code == 403
    assert crew.co_host.row.state == "admitted"


def test_only_an_agent_becomes_a_co_host(crew):
    answer = crew.host.ask("role", {"person": crew.guest.id, "role": "co_host"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "agent" in answer.json()["title"]
    with pytest.raises(IntegrityError), transaction.atomic():
        crew.guest.change(role="co_host")
    crew.host.does("role", {"person": crew.participant.id, "role": "co_host"})  # whose ever agent
    assert crew.participant.row.role == "co_host"


def test_a_guest_who_presented_is_a_guest_again(crew):
    for role, becomes in [("presenter", "presenter"), ("participant", "guest")]:
        crew.host.does("role", {"person": crew.guest.id, "role": role})
        assert crew.guest.row.role == becomes


def test_a_co_host_loses_the_power_at_the_next_call(crew):
    crew.co_host.does("mute", {})
    crew.host.does("role", {"person": crew.co_host.id, "role": "participant"})
    assert crew.co_host.ask("mute", {}).status_code == 403
    crew.host.does("role", {"person": crew.co_host.id, "role": "co_host"})
    crew.co_host.does("mute", {})
    crew.host.does("remove", {"person": crew.co_host.id})
    assert crew.co_host.ask("mute", {}).status_code == 403


def test_of_two_co_hosts_each_may_act_on_the_other(crew):
    crew.participant.change(role="co_host")
    crew.co_host.does("rights", {"person": crew.participant.id, "rights": {"camera": False}})
    crew.participant.does("mute", {"person": crew.co_host.id})
    crew.co_host.does("remove", {"person": crew.participant.id})
    assert crew.participant.ask("remove", {"person": crew.co_host.id}).status_code == 403


@pytest.mark.parametrize("command", ["mute", "rights", "role", "lower-hands"])
def test_who_is_not_in_this_meeting_cannot_be_acted_on(crew, command):
    for person in (str(uuid4()), crew.waiting.id, elsewhere_of(crew)):
        assert act(crew.host, command, person).status_code == 404


def test_who_waits_can_be_put_out_and_who_is_elsewhere_cannot(crew, meeting):
    elsewhere = elsewhere_of(crew)
    for command in ("remove", "unbar"):
        assert act(crew.host, command, elsewhere).status_code == 404
    crew.co_host.does("remove", {"person": crew.waiting.id})
    assert crew.waiting.ask("join", {"device": "device-0001"}).status_code == 403
    crew.host.does("unbar", {"person": crew.waiting.id})
    assert crew.waiting.row.state == "gone"  # let in by nobody yet


def elsewhere_of(crew) -> str:
    """The id of somebody in another meeting of the same host."""
    with tenant_scope(crew.host.meeting.tenant_id):
        meeting = Meeting.objects.get(id=crew.host.meeting.id)
        meeting.pk, meeting.slug, meeting._state.adding = uuid4(), "autre", True
        meeting.save()
        row = crew.participant.row
        row.pk, row.meeting, row._state.adding = uuid4(), meeting, True
        row.save()
    return row.id.hex


@pytest.mark.parametrize("command", ACTS)
def test_once_the_meeting_is_over_nothing_is_done_any_more(crew, meeting, command):
    crew.host.does("end")
    before = len(events(meeting.tenant_id, meeting))
    answer = act(crew.host, command, crew.participant.id)
    assert answer.status_code == (204 if command == "end" else 409)
    assert len(events(meeting.tenant_id, meeting)) == before


# --- What is written and told ---------------------------------------------------------------------
EVERY = [
    # command, event, what everybody is told
    ("mute", {"person": "participant"}, "muted", "muted"),
    ("mute", {}, "muted", "muted_all"),
    ("rights", {"rights": {"chat": False}}, "room_rights_changed", "rights"),
    (
        "rights",
        {"rights": {"chat": False}, "person": "participant"},
        "room_rights_changed",
        "person_rights",
    ),
    ("lock", {"locked": True}, "room_locked", "locked"),
    ("role", {"person": "participant", "role": "co_host"}, "meeting_role_changed", "role"),
    ("remove", {"person": "participant"}, "participant_removed", "removed"),
    ("lower-hands", {"person": "participant"}, "hands_lowered", "hand_lowered"),
    ("lower-hands", {}, "hands_lowered", "hands_lowered"),
]


@pytest.mark.parametrize(("path", "body", "kind", "what"), EVERY)
def test_an_act_is_logged_told_and_delivered(
    crew, meeting, sante, run_outbox, path, body, kind, what
):
    person = crew.participant.change(hand_raised_at=timezone.now())
    concerns_one = "person" in body
    crew.host.does(path, body | ({"person": person.id} if concerns_one else {}))

    [event] = events(meeting.tenant_id, meeting, *KINDS)
    assert (event.kind, event.actor_name) == (kind, "Hélène Hôte")
    assert event.subject_id == (str(person.row.id) if concerns_one else "")

    [notice] = told(meeting)
    assert (notice["type"], notice["what"]) == ("notice", what)
    assert notice["by"] == {"id": crew.host.id, "name": "Hélène Hôte"}
    concerned = {"id": person.id, "name": "Inès Invitée"} if concerns_one else None
    assert notice["person"] == concerned
    assert notice["rights"] == body.get("rights")
    assert notice["role"] == body.get("role", "")

    run_outbox()
    copies = events(sante.id, meeting, kind)
    assert len(copies) == (1 if concerns_one else 0)
    assert all(copy.delivered_from == meeting.tenant_id for copy in copies)


def test_an_act_on_ones_own_agent_is_delivered_to_nobody(crew, meeting, sante, run_outbox):
    crew.host.does("mute", {"person": crew.presenter.id})
    crew.host.does("remove", {"person": crew.guest.id})
    run_outbox()
    assert events(sante.id, meeting, "muted", "participant_removed") == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("rights", {"rights": {"chat": False, "share": False}}),
        ("rights", {"rights": {"chat": False}, "person": "participant"}),
        ("lock", {"locked": True}),
        ("role", {"person": "participant", "role": "presenter"}),
        ("remove", {"person": "participant"}),
        ("lower-hands", {"person": "participant"}),
        ("lower-hands", {}),
    ],
)
def test_twice_the_same_is_done_once(crew, meeting, path, body):
    person = crew.participant.change(hand_raised_at=timezone.now())
    body = body | ({"person": person.id} if "person" in body else {})
    for _ in range(2):
        crew.host.does(path, body)
    assert len(events(meeting.tenant_id, meeting, *KINDS)) == len(told(meeting)) == 1


def test_lifting_a_bar_twice_is_one_act(crew, meeting):
    for path in ("remove", "unbar", "unbar"):
        crew.host.does(path, {"person": crew.participant.id})
    kinds = [event.kind for event in events(meeting.tenant_id, meeting, *KINDS)]
    assert kinds == ["participant_removed", "participant_unbarred"]
    assert [notice["what"] for notice in told(meeting)] == ["removed", "unbarred"]


def test_only_what_changes_is_told(crew, meeting):
    crew.host.does("rights", {"rights": {"chat": False}})
    crew.host.does("rights", {"rights": {"chat": False, "camera": False, "share": True}})
    assert told(meeting)[-1]["rights"] == {"camera": False}


# --- What is refused as no command ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("mute", {"person": "everybody"}),
        ("mute", {"persn": str(uuid4())}),  # would mute everybody
        ("mute", {"person": [str(uuid4())]}),
        ("mute", []),
        ("mute", "x" * 100_000),
        ("rights", {"rights": {}}),
        ("rights", {"rights": {"end": True}}),
        ("rights", {"rights": {"chat": "no"}}),
        ("rights", {"rights": {"chat": None}}),
        ("rights", {"rights": [["chat", False]]}),
        ("rights", {"rights": {"chat": False}, "people": ["x"]}),
        ("lock", {}),
        ("lock", {"locked": "false"}),
        ("lock", {"locked": 0}),
        ("role", {"person": str(uuid4()), "role": "host"}),
        ("role", {"person": str(uuid4()), "role": "guest"}),
        ("role", {"role": "presenter"}),
        ("remove", {"person": None}),
        ("remove", {"person": str(uuid4()) * 10_000}),
        ("unbar", {}),
        ("lower-hands", {"person": 7}),
        ("hand", {"raised": "yes"}),
        ("reaction", {"reaction": "<script>"}),
    ],
)
def test_a_malformed_command_is_a_problem_document(in_meeting, host, meeting, path, body):
    answer = in_meeting(host).ask(path, body if not isinstance(body, str) else f'"{body}"')
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 2000  # and does not repeat what was sent
    assert events(meeting.tenant_id, meeting, *KINDS) == told(meeting) == []


@pytest.mark.parametrize("body", ["", "{", "\x00", '{"locked": NaN}', "[" * 100_000])
def test_what_is_no_json_is_a_problem_document(in_meeting, host, body):
    answer = in_meeting(host).ask("lock", body)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


# --- LiveKit away, or half there -------------------------------------------------------------------
def test_one_track_that_cannot_be_muted_holds_up_no_other(
    in_meeting, host, colleague, invitee, meeting, faulty_livekit, run_outbox, run_failed
):
    moderator = in_meeting(host)
    people = [in_meeting(who, enters=True) for who in (colleague, invitee)]
    people.append(in_meeting(invitee, device="device-0002", enters=True))
    tracks = [person.connection.publish() for person in people]
    for person, track in zip(people, tracks, strict=True):
        until(lambda person=person, track=track: person.track(track))

    def muted():
        return [p.track(track)["muted"] for p, track in zip(people, tracks, strict=True)]

    faulty_livekit.fails = lambda method, body: (
        method == "MutePublishedTrack" and tracks[0].encode() in body
    )
    moderator.does("mute", {})
    run_outbox()
    until(lambda: muted() == [False, True, True])

    faulty_livekit.fails = lambda method, body: False
    faulty_livekit.asked.clear()
    run_failed()
    until(lambda: all(muted()))
    mutes = [body for method, body in faulty_livekit.asked if method == "MutePublishedTrack"]
    assert len(mutes) == 1  # only who was still heard


def test_a_mute_that_comes_too_late_mutes_nobody(
    in_meeting, host, invitee, meeting, faulty_livekit, run_outbox
):
    moderator, person = in_meeting(host), in_meeting(invitee, enters=True)
    track = person.connection.publish()
    until(lambda: person.track(track))
    moderator.does("mute", {})
    moderator.does("mute", {"person": person.id})
    with tenant_scope(meeting.tenant_id):
        late = (timezone.now() - timedelta(seconds=21)).isoformat()
        for work in Work.objects.filter(kind__startswith="meetings.mute"):
            work.payload |= {"asked_at": late}
            work.save()
    run_outbox()
    assert not any(method == "MutePublishedTrack" for method, _ in faulty_livekit.asked)
    assert not person.track(track)["muted"]


def test_what_is_decided_while_livekit_is_away_is_done_once_it_is_back(
    in_meeting, host, colleague, invitee, meeting, faulty_livekit, run_outbox, run_failed
):
    moderator, other = in_meeting(host), in_meeting(colleague, enters=True)
    person = in_meeting(invitee, enters=True)
    faulty_livekit.fails = lambda method, body: True
    moderator.does("remove", {"person": person.id})
    moderator.does("rights", {"rights": {"camera": False}})
    run_outbox()
    assert person.ask("join", {"device": "device-0001"}).status_code == 403
    assert person.connection.is_open

    faulty_livekit.fails = lambda method, body: False
    run_failed()
    until(lambda: not person.connection.is_open)
    assert "CAMERA" not in other.at_livekit["permission"]["can_publish_sources"]
    assert {notice["what"] for notice in until(lambda: other.connection.heard)} <= {
        "removed",
        "rights",
    }


def test_one_connection_that_cannot_be_changed_holds_up_no_other(
    in_meeting, host, colleague, invitee, meeting, faulty_livekit, run_outbox, run_failed
):
    moderator = in_meeting(host)
    first, second = in_meeting(colleague, enters=True), in_meeting(invitee, enters=True)
    faulty_livekit.fails = lambda method, body: (
        method == "UpdateParticipant" and first.identity.encode() in body
    )
    moderator.does("rights", {"rights": {"camera": False}})
    run_outbox()

    def cameras():
        people = present(meeting)
        return [
            "CAMERA" in people[who.identity]["permission"]["can_publish_sources"]
            for who in (first, second)
        ]

    assert cameras() == [True, False]
    faulty_livekit.fails = lambda method, body: False
    run_failed()
    assert cameras() == [False, False]


# --- With transactions of one's own ----------------------------------------------------------------
@contextmanager
def refuses_rows_of(table: str):
    """A database that takes no row of this table any more."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'full'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    try:
        yield
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse CASCADE")


def written(meeting: Meeting) -> tuple:
    """All that an act may leave behind."""
    with tenant_scope(meeting.tenant_id):
        return (
            list(Participant.objects.order_by("id").values()),
            Meeting.objects.values().get(id=meeting.id),
            Event.objects.count(),
            Work.objects.count(),
        )


@pytest.mark.django_db(transaction=True)
def test_an_act_and_its_trace_stand_or_fall_together(crew, meeting):
    """Without its event in the log there is no act; without what is to be told, neither."""
    person = crew.participant.change(hand_raised_at=timezone.now())
    crew.host.client.raise_request_exception = False
    crew.host.does("remove", {"person": crew.guest.id})
    before = written(meeting)
    for table in (Event._meta.db_table, Work._meta.db_table):
        with refuses_rows_of(table):
            for command in ACTS:
                if command != "barred":
                    who = crew.guest if command == "unbar" else person
                    assert act(crew.host, command, who.id).status_code == 500, command
                    assert written(meeting) == before, command


def held(meeting: Meeting):
    """Nobody writes a participant's row before this ends."""
    rows = Participant.objects.select_for_update().filter(meeting=meeting).order_by("id")
    return list(rows)


@pytest.mark.django_db(transaction=True)
def test_of_two_co_hosts_who_put_each_other_out_at_once_one_stays(crew, meeting):
    """The second is judged by what the first has written."""
    crew.participant.change(role="co_host")
    rivals = [(crew.co_host, crew.participant), (crew.participant, crew.co_host)]

    def put_out(pair):
        return apart(lambda: pair[0].ask("remove", {"person": pair[1].id}).status_code)

    with ThreadPoolExecutor(2) as threads:
        with tenant_scope(meeting.tenant_id):
            held(meeting)
            answers = [threads.submit(put_out, pair) for pair in rivals]
            until(lambda: waits_for_a_lock(2))
        assert sorted(answer.result() for answer in answers) == [204, 403]
    assert sorted(who.row.state for who, _ in rivals) == ["admitted", "barred"]


@pytest.mark.django_db(transaction=True)
def test_who_joins_while_being_put_out_stays_out(crew, meeting):
    """An entry must not write back what it read before the bar."""
    person = crew.participant
    calls = [
        lambda: crew.host.ask("remove", {"person": person.id}).status_code,
        lambda: person.ask("join", {"device": "device-0002"}).status_code,
    ]
    with ThreadPoolExecutor(2) as threads:
        with tenant_scope(meeting.tenant_id):
            held(meeting)
            answers = []
            for number, call in enumerate(calls, 1):
                answers.append(threads.submit(apart, call))
                until(lambda number=number: waits_for_a_lock(number))
        assert [answer.result() for answer in answers] == [204, 403]
    assert person.row.state == "barred"
