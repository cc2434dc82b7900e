"""Administrators look at what goes on: the overview, live meetings, who is in them, and the end."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Event
from isolation.models import Work
from isolation.scope import tenant_scope
from meetings.models import Meeting, MeetingState, Participant, Presence
from meetings.scheduling import Plan, schedule_meeting
from tenants import services
from tenants.models import Member, Role
from tests.factories import make_member
from tests.tenants.administration import administer, second_administrator

pytestmark = pytest.mark.django_db
LIST = "/administration/reunions/"


def go_live(host, title="Comité budgétaire", people=(), *, minutes_ago=10) -> Meeting:
    """A meeting that is going on, with these members in its room since three minutes."""
    now = timezone.now()
    plan = Plan(
        title, "Ordre du jour secret", now, now + timedelta(hours=1), "Europe/Paris",
        ("invite@ailleurs.test",),
    )  # fmt: skip
    with tenant_scope(host.tenant_id):
        meeting = schedule_meeting(plan=plan, by=host)
        meeting.state = MeetingState.LIVE
        meeting.started_at = meeting.room_opened_at = now - timedelta(minutes=minutes_ago)
        meeting.save()
        for member in people:
            enter(meeting, member, since=now - timedelta(minutes=3))
    return meeting


def enter(meeting, member, *, since, devices=1):
    tenant = services.tenants_of(member.user)[0]
    participant = Participant.objects.create(
        meeting=meeting, user=member.user, from_tenant_id=tenant.id, name=member.full_name,
        organisation=tenant.name, admitted_at=since, role="host" if meeting.host_id == member.id else "participant",
    )  # fmt: skip
    for _n in range(devices):
        Presence.objects.create(
            participant=participant, connection=f"PA_{uuid4().hex[:10]}", joined_at=since
        )
    return participant


def events(tenant, kind) -> list[Event]:
    with tenant_scope(tenant.id):
        return list(Event.objects.filter(kind=kind))


@pytest.fixture
def client(administrator):
    return administer(administrator)


def page(client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


# --- Live meetings -----------------------------------------------------------------------------
def test_the_list_says_what_goes_on_and_who_hosts(client, host, invitee, colleague, outsider):
    meeting = go_live(host, people=[host, invitee])
    with tenant_scope(host.tenant_id):
        enter(meeting, colleague, since=timezone.now(), devices=2)  # one person, counted once
    go_live(outsider, "Secret d’ailleurs", [outsider])
    listed = page(client, LIST)
    assert "Comité budgétaire" in listed
    assert "Hélène Hôte" in listed
    assert "<td>3</td>" in listed
    assert "Secret d’ailleurs" not in listed


def test_scheduled_and_ended_meetings_are_none_of_its_business(client, host):
    meeting = go_live(host)
    url = f"{LIST}{meeting.id}/"
    for state in (MeetingState.SCHEDULED, MeetingState.ENDED, MeetingState.CANCELLED):
        with tenant_scope(host.tenant_id):
            Meeting.objects.filter(id=meeting.id).update(state=state)
        assert "Comité budgétaire" not in page(client, LIST)
        assert client.get(url).status_code == 404
        assert client.post(f"{url}terminer/").status_code == 404


def test_the_list_costs_the_same_whatever_goes_on_and_has_pages(client, host, invitee):
    client.get(LIST)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as statements:
            client.get(LIST)
        counts.append(len(statements))
        if len(counts) == 1:
            meetings = [
                go_live(host, f"Réunion n° {n}", [host, invitee], minutes_ago=n) for n in range(52)
            ]
    assert counts[0] == counts[1] <= 14
    first = page(client, LIST)
    assert first.count('<th scope="row">') == 50
    assert "Réunion n° 51" not in first
    rest = page(client, f"{LIST}?after={meetings[49].id}")
    assert rest.count('<th scope="row">') == 2
    for nonsense in ("x", uuid4(), "';"):
        assert page(client, f"{LIST}?after={nonsense}").count('<th scope="row">') == 50


def test_of_one_meeting_who_is_there_and_nothing_else(
    client, economie, administrator, host, invitee, colleague
):
    meeting = go_live(host, people=[host, invitee])
    with tenant_scope(host.tenant_id):
        gone = enter(meeting, colleague, since=timezone.now() - timedelta(minutes=5))
        gone.presences.update(left_at=timezone.now() - timedelta(minutes=1))
    told = page(client, f"{LIST}{meeting.id}/")
    assert "Inès Invitée" in told
    assert "Ministère de la Santé" in told
    assert "Organisateur" in told
    assert "Camille Collègue" not in told
    for secret in ("Ordre du jour secret", "invite@ailleurs.test", meeting.slug, invitee.email):
        assert secret not in told
    [event] = events(economie, "live_meeting_read")
    assert (event.actor_id, event.meeting_id) == (str(administrator.id), meeting.id)
    assert event.payload == {"people": 2}


def test_the_end_is_asked_for_once_and_stands_in_the_log(client, economie, administrator, host):
    meeting = go_live(host, people=[host])
    url = f"{LIST}{meeting.id}/terminer/"
    assert "1 personne est dans la salle" in page(client, url)
    with tenant_scope(economie.id):
        assert Meeting.objects.get(id=meeting.id).state == "live"
    answer = client.post(url)
    assert (answer.status_code, answer.url) == (302, LIST)
    with tenant_scope(economie.id):
        assert Meeting.objects.get(id=meeting.id).state == "ended"
        assert Work.objects.filter(kind="meetings.delete_room").count() == 1
    [event] = events(economie, "meeting_ended")
    assert event.actor_id == str(administrator.id)
    assert event.payload == {"as_administrator": True}
    assert client.post(url).status_code == 404


def test_another_ministrys_meeting_does_not_exist(client, outsider):
    meeting = go_live(outsider, "Secret d’ailleurs", [outsider])
    for url in (f"{LIST}{meeting.id}/", f"{LIST}{meeting.id}/terminer/"):
        answer = client.get(url)
        assert answer.status_code == 404
        assert "Secret" not in answer.content.decode()
    assert client.post(f"{LIST}{meeting.id}/terminer/").status_code == 404
    page(client, f"{LIST}?after={meeting.id}")
    with tenant_scope(outsider.tenant_id):
        assert Meeting.objects.get().state == "live"


# --- The overview ------------------------------------------------------------------------------
def test_what_goes_on_and_who_there_is(client, economie, host, invitee, colleague, outsider):
    meeting = go_live(host, people=[host, invitee])
    go_live(outsider, people=[outsider])
    with tenant_scope(economie.id):
        Member.objects.filter(id=host.id).update(last_sign_in_at=timezone.now())
        Member.objects.filter(id=colleague.id).update(state="left")
        assert meeting.state == "live"
    told = page(client, "/administration/")
    assert "<dt>Réunions en cours</dt><dd>1</dd>" in told
    assert "<dt>Personnes dans les salles</dt><dd>2</dd>" in told
    for label, number in {
        "Actifs": 2,
        "Jamais venus": 1,
        "Désactivés": 1,
        "Administrateurs": 1,
    }.items():
        assert f"<dt>{label}</dt><dd><a " in told
        assert f">{number}</a>" in told.split(f"<dt>{label}</dt>")[1][:120], label


def test_alerts_say_only_what_is_known(client, economie, sante):
    second_administrator(economie)
    assert "À regarder" not in page(client, "/administration/")
    with tenant_scope(economie.id):
        for _n in range(2):
            Work.objects.create(kind="meetings.mail_invitation", given_up_at=timezone.now())
        old = timezone.now() - timedelta(days=40)
        Work.objects.create(kind="meetings.mail_invitation", given_up_at=old)
    with tenant_scope(sante.id):
        Work.objects.create(kind="meetings.mail_invitation", given_up_at=timezone.now())
    services.change_policy(tenant=economie, guests_always_wait=False)
    told = page(client, "/administration/")
    assert "2 tâches ont été abandonnées" in told
    assert "peuvent entrer sans être admis" in told
    economie.mapping_order = ["idp_id"]
    economie.save()
    assert "Rien ne mène à votre ministère" in page(client, "/administration/")


def test_a_lone_administrator_is_told_so(client):
    assert "pas de second administrateur actif" in page(client, "/administration/")


def test_the_last_changes_in_words(client, economie, administrator, colleague, justice):
    client.post("/administration/agents/changer/", {"act": "give-auditor", "member": colleague.id})
    client.post("/administration/agents/changer/", {"act": "deactivate", "member": colleague.id})
    client.post("/administration/regles/", {"rule": "chat_allowed", "value": "false"})
    client.post("/administration/identite/", {"shown_name": "Bercy"})
    client.post(
        "/administration/rattachement/", {"action": "add", "kind": "domain", "value": "x.test"}
    )
    services.change_policy(tenant=economie, keep_chat=True)
    services.change_policy(tenant=justice, most_invitees=7)
    told = page(client, "/administration/")
    for words in (
        "<strong>Changement de rôles</strong> – Camille Collègue", "aucun rôle → Auditeur",
        "Actif → Parti", "On n’écrit pas dans les salles.", "Ministère de l’Économie → Bercy",
        "+ x.test", "Adèle Admin", "· Exploitant",
    ):  # fmt: skip
        assert words in told, words
    assert "7 personnes" not in told


def test_the_overview_costs_the_same_whatever_there_is(client, economie, host):
    client.get("/administration/")
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as statements:
            client.get("/administration/")
        counts.append(len(statements))
        for n in range(5):
            go_live(host, people=[host])
            member = make_member(economie, "Agent", f"N{n}", roles=[Role.ADMINISTRATOR])
            client.post(
                "/administration/agents/changer/",
                {"act": "give-auditor", "member": member.id},
            )
    assert counts[1] <= counts[0] + 1  # the names of those who were changed
    assert counts[1] <= 20
