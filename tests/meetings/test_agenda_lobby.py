"""Who waits, on the host's agenda and on the meeting's page, and deciding from there."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from isolation.scope import tenant_scope
from meetings import lobby
from meetings.livekit.errors import LiveKitUnavailable
from meetings.models import Invitation, Meeting, Participant, ParticipantState, Proof
from meetings.scheduling import Plan, schedule_meeting
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
HTML = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def planned(host):
    """`planned("Titre", minutes)` is a meeting of Hélène's that starts so many minutes from now."""

    def plan(title="Comité budgétaire", minutes=0, **details) -> Meeting:
        starts_at = timezone.now() + timedelta(minutes=minutes)
        with tenant_scope(host.tenant_id):
            return schedule_meeting(
                plan=Plan(
                    title, "", starts_at, starts_at + timedelta(hours=1), "Europe/Paris", **details
                ),
                by=host,
            )

    return plan


@pytest.fixture
def comite(planned):
    return planned()


def knock(meeting, name, *, proof=Proof.NAME, seconds_ago=60, left=0, **details) -> Participant:
    """Somebody who asked to enter and, unless they `left` so many seconds ago, still waits."""
    now = timezone.now()
    if proof == Proof.NAME:
        details["guest_key"] = uuid4()
    else:
        details["user"] = UserFactory()
    with tenant_scope(meeting.tenant_id):
        return Participant.objects.create(
            meeting=meeting,
            name=name,
            proof=proof,
            role="participant" if proof == Proof.AGENT else "guest",
            state=ParticipantState.WAITING,
            knocked_at=now - timedelta(seconds=seconds_ago),
            waits_until=now + timedelta(seconds=-left if left else 45),
            **details,
        )


def state(person: Participant) -> str:
    with tenant_scope(person.tenant_id):
        return Participant.objects.get(id=person.id).state


def decide(client, meeting, **fields):
    return client.post(f"{meeting.get_absolute_url()}salle-d-attente/", fields)


@pytest.fixture
def decisions(monkeypatch):
    """What the services were asked; the room itself has tests of its own."""
    asked = []

    def note(verb):
        def service(*, meeting, people, by, now):
            asked.append((verb, meeting.id, people if people is None else list(people), by.id))
            return lobby.Decision(decided=list(people or []))

        return service

    monkeypatch.setattr(lobby, "admit", note("admit"))
    monkeypatch.setattr(lobby, "refuse", note("refuse"))
    return asked


# --- What the host sees ----------------------------------------------------------------------
def test_the_host_sees_who_waits_and_how_it_is_known_who_they_are(
    signed_in, host, comite, sante, economie
):
    knock(comite, "Paul Durand", seconds_ago=30)
    knock(comite, "Zoé Martin", proof=Proof.CODE, email="zoe@ailleurs.test", seconds_ago=60)
    knock(
        comite, "Bruno Petit", proof=Proof.AGENT, from_tenant_id=sante.id, organisation=sante.name
    )
    knock(comite, "Parti Depuis", left=1)
    client = signed_in(host)
    for path in ("/", comite.get_absolute_url()):
        page = client.get(path).content.decode()
        assert "3 personnes attendent" in page
        assert "Tout admettre" in page
        assert "Identité non vérifiée" in page
        assert "Adresse vérifiée : zoe@ailleurs.test" in page
        assert sante.name in page
        assert "Parti Depuis" not in page
        assert page.index("Zoé Martin") < page.index("Paul Durand")  # first come first


def test_one_person_is_not_all_people(signed_in, host, comite):
    knock(comite, "Paul Durand")
    page = signed_in(host).get("/").content.decode()
    assert "Une personne attend" in page
    assert "Tout admettre" not in page


def test_a_name_is_never_markup(signed_in, host, comite):
    knock(comite, HTML)
    client = signed_in(host)
    for path in ("/", comite.get_absolute_url()):
        assert "<script>alert" not in client.get(path).content.decode()


def test_nobody_but_the_host_sees_who_waits(signed_in, host, colleague, planned):
    meeting = planned(invitees=(colleague.email,))
    knock(meeting, "Paul Durand")
    client = signed_in(colleague)
    for path in ("/", meeting.get_absolute_url()):
        page = client.get(path).content.decode()
        assert "Comité budgétaire" in page
        assert "Paul Durand" not in page


def test_each_meeting_asks_for_itself(signed_in, host, planned):
    first, second = planned("Premier"), planned("Second", 5)
    knock(first, "Paul Durand")
    knock(second, "Zoé Martin")
    page = signed_in(host).get("/").content.decode()
    for meeting in (first, second):
        assert page.count(f'action="{meeting.get_absolute_url()}salle-d-attente/"') == 1


def test_a_crowd_is_counted_and_the_meetings_page_has_everybody(signed_in, host, comite):
    for index in range(12):
        knock(comite, f"Personne {index:02}", seconds_ago=100 - index)
    client = signed_in(host)
    agenda = client.get("/").content.decode()
    assert "12 personnes attendent" in agenda
    assert "Personne 04" in agenda
    assert "Personne 05" not in agenda
    assert "Voir toutes les personnes qui attendent" in agenda
    assert "Personne 11" in client.get(comite.get_absolute_url()).content.decode()


def test_the_agenda_costs_one_statement_more_whoever_waits(signed_in, host, planned):
    client = signed_in(host)
    meetings = [planned(f"Réunion {index}", 30 * index) for index in range(3)]
    client.get("/")
    costs = []
    for crowd in (0, 1, 20):
        for meeting in meetings:
            for index in range(crowd):
                knock(meeting, f"Personne {index}")
        with CaptureQueriesContext(connection) as statements:
            client.get("/")
        costs.append(len(statements))
        assert sum("waits_until" in each["sql"] for each in statements) == 1
    assert costs == [costs[0]] * 3


# --- Deciding --------------------------------------------------------------------------------
def test_each_button_says_what_it_does(signed_in, host, comite, decisions):
    paul, zoe = knock(comite, "Paul Durand"), knock(comite, "Zoé Martin")
    client = signed_in(host)
    decide(client, comite, admit=paul.id.hex)
    decide(client, comite, refuse=str(zoe.id))
    decide(client, comite, admit_all="1")
    assert decisions == [
        ("admit", comite.id, [paul.id], host.id),
        ("refuse", comite.id, [zoe.id], host.id),
        ("admit", comite.id, None, host.id),
    ]


def test_a_decision_is_carried_out(signed_in, host, comite):
    paul, zoe = knock(comite, "Paul Durand"), knock(comite, "Zoé Martin")
    client = signed_in(host)
    assert decide(client, comite, refuse=paul.id.hex).status_code == 302
    assert decide(client, comite, admit_all="1").status_code == 302
    assert (state(paul), state(zoe)) == ("refused", "admitted")
    assert "salle-d-attente" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/", "/"),
        ("/reunions/planifier/", "/reunions/planifier/"),
        ("", None),
        ("https://ailleurs.test/", None),
        ("//ailleurs.test/", None),
        ("/\\ailleurs.test/", None),
        ("javascript:alert(1)", None),
    ],
)
def test_it_leads_back_to_our_own_pages_alone(signed_in, host, comite, decisions, wanted, led_to):
    paul = knock(comite, "Paul Durand")
    answer = decide(signed_in(host), comite, admit=paul.id.hex, next=wanted)
    assert answer.url == (led_to or comite.get_absolute_url())


def test_the_pages_script_gets_the_page_as_it_stands(signed_in, host, comite, decisions):
    paul = knock(comite, "Paul Durand")
    knock(comite, "Zoé Martin")
    client = signed_in(host)
    for path, fragment in (("/", "agenda"), (comite.get_absolute_url(), "lobby")):
        answer = client.post(
            f"{comite.get_absolute_url()}salle-d-attente/",
            {"admit": paul.id.hex, "next": path},
            headers={"x-fragment": fragment},
            follow=True,
        )
        assert "Zoé Martin" in answer.content.decode()
        assert "<html" not in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("fields", [{"admit": "x"}, {"refuse": "' OR 1=1"}])
def test_what_no_button_sends_is_a_bad_request(signed_in, host, comite, decisions, fields):
    assert decide(signed_in(host), comite, **fields).status_code == 400
    assert decisions == []


def test_a_room_that_does_not_answer_is_said(signed_in, host, comite, monkeypatch):
    def fails(**_):
        raise LiveKitUnavailable("no answer")

    monkeypatch.setattr(lobby, "admit", fails)
    paul = knock(comite, "Paul Durand")
    client = signed_in(host)
    answer = decide(client, comite, admit=paul.id.hex, next="/")
    assert "La salle ne répond pas" in client.get(answer.url).content.decode()
    assert state(paul) == "waiting"


def test_a_meeting_that_is_over_is_said(signed_in, host, comite):
    paul = knock(comite, "Paul Durand")
    with tenant_scope(comite.tenant_id):
        Meeting.objects.update(state="ended")
    client = signed_in(host)
    decide(client, comite, refuse=paul.id.hex)
    assert "on n’y entre plus" in client.get("/").content.decode()


def test_who_is_invited_does_not_decide(signed_in, colleague, planned, decisions):
    meeting = planned(invitees=(colleague.email,))
    paul = knock(meeting, "Paul Durand")
    assert decide(signed_in(colleague), meeting, admit=paul.id.hex).status_code == 403
    with tenant_scope(meeting.tenant_id):
        Invitation.objects.all().delete()
    assert decide(signed_in(colleague), meeting, admit=paul.id.hex).status_code == 404
    assert decisions == []


def test_looking_decides_nothing(signed_in, host, comite):
    assert signed_in(host).get(f"{comite.get_absolute_url()}salle-d-attente/").status_code == 405
