"""Meetings through the API: planned, read, changed, cancelled, by people and by services."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Event
from isolation.scope import tenant_scope
from meetings.models import AgendaEntry, Invitation, Meeting
from tenants.models import MemberState, Policy
from tests.api.asking import ALL, body, cancel, patch, post
from tests.statements import statements

pytestmark = pytest.mark.django_db


def where(answer) -> set[str]:
    """The fields that a problem document names."""
    assert answer.status_code == 422, answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"
    return {error.get("pointer", error.get("parameter")) for error in answer.json()["errors"]}


def last_event(tenant) -> Event:
    with tenant_scope(tenant.id):
        return Event.objects.order_by("at").last()


# --- By a person -------------------------------------------------------------------------------------
def test_a_person_plans_reads_changes_and_cancels(signed_in, host, economie):
    client = signed_in(host)
    made = post(client, body())
    assert made.status_code == 201
    meeting = made.json()
    assert meeting["invitees"] == ["ines.invitee@sante.test"]
    assert (meeting["is_mine"], meeting["state"]) == (True, "scheduled")
    assert made["Location"] == f"{ALL}/{meeting['slug']}"
    read = client.get(made["Location"])
    assert (read.json(), read["ETag"]) == (meeting, made["ETag"])

    changed = patch(client, meeting["slug"], {"title": "Autre"}, if_match=read["ETag"])
    assert changed.json() == meeting | {"title": "Autre"}
    assert changed["ETag"] != read["ETag"]
    assert cancel(client, meeting["slug"], if_match=changed["ETag"]).status_code == 204
    assert client.get(made["Location"]).json()["state"] == "cancelled"
    with tenant_scope(economie.id):
        kinds = list(Event.objects.order_by("at").values_list("kind", flat=True))
    assert kinds == ["meeting_created", "meeting_changed", "meeting_cancelled"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("invitees", "cost"), [(0, 7), (1, 11), (200, 11)])
def test_planning_costs_the_same_statements_for_one_invitee_and_for_hundreds(
    signed_in, host, invitees, cost
):
    client = signed_in(host)
    asked = body() | {"invitees": [f"agent{n}@sante.test" for n in range(invitees)]}
    post(client, asked)
    with statements() as sent:
        assert post(client, asked).status_code == 201
    # Own scope; member, user and ministry; scope; the policy; the meeting, its link, the event.
    # With invitees: their ministries, the invitations, the work for each, and the list of them.
    assert len(sent) == cost


def test_what_is_left_out_is_as_the_planning_page_would_have_it(signed_in, host, economie):
    with tenant_scope(economie.id):
        Policy.objects.create(guest_access="code", link_admits_members=False)
        host.time_zone = "Indian/Reunion"
        host.save()
    meeting = post(signed_in(host), body()).json()
    assert meeting["guest_access"] == "code"
    assert meeting["direct_entry"] == "invitees"
    assert meeting["time_zone"] == "Indian/Reunion"
    assert meeting["description"] == ""


def test_a_person_plans_in_nobody_elses_name(signed_in, host, colleague):
    assert where(post(signed_in(host), body(host=colleague.email))) == {"#/host"}
    assert post(signed_in(host), body(host=host.email.upper())).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "#/title"),
        ({"title": " "}, "#/title"),
        ({"title": "x" * 201}, "#/title"),
        ({"title": None}, "#/title"),
        ({"title": "a\0b"}, "#/title"),
        ({"description": "x" * 5001}, "#/description"),
        ({"starts_at": "2026-09-02"}, "#/starts_at"),
        ({"starts_at": "2999-01-01T00:00:00"}, "#/starts_at"),
        ({"starts_at": 1_900_000_000}, "#/starts_at"),
        ({"starts_at": "1969-01-01T00:00:00Z"}, "#/starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "#/starts_at"),
        ({"ends_at": "9999-12-31T23:59:59-12:00"}, "#/ends_at"),
        ({"starts_at": "2020-01-01T00:00:00Z"}, "#/starts_at"),
        ({"ends_at": "2026-01-01T00:00:00Z"}, "#/ends_at"),
        ({"ends_at": "2998-01-01T00:00:00Z"}, "#/ends_at"),
        ({"time_zone": "Mars/Olympus"}, "#/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "#/time_zone"),
        ({"time_zone": "a\0b"}, "#/time_zone"),
        ({"invitees": "ines@sante.test"}, "#/invitees"),
        ({"invitees": ["pas-une-adresse"]}, "#/invitees/0"),
        ({"invitees": ["a@b"]}, "#/invitees"),
        ({"invitees": ["a@b.test\r\nBcc: x@y.test"]}, "#/invitees/0"),
        ({"invitees": ["a\0@b.test"]}, "#/invitees/0"),
        ({"invitees": [None]}, "#/invitees/0"),
        ({"invitees": ["a@b.test"] * 5001}, "#/invitees"),
        ({"guest_access": "everybody"}, "#/guest_access"),
        ({"direct_entry": None}, "#/direct_entry"),
        ({"colour": "blue"}, "#/colour"),
        ({"state": "live"}, "#/state"),
        ({"tenant_id": "x"}, "#/tenant_id"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(signed_in, host, economie, change, field):
    assert field in where(post(signed_in(host), body(**change)))
    with tenant_scope(economie.id):
        assert not Meeting.objects.exists()


def test_the_ministrys_policy_binds_the_api_as_well(signed_in, host, colleague, economie, sante):
    with tenant_scope(economie.id):
        Policy.objects.create(
            longest_meeting_minutes=30,
            invite_other_ministries=False,
            guest_access="none",
            who_may_organise="organisers",
        )
    answer = post(signed_in(host), body(guest_access="name"))
    assert where(answer) == {"#/ends_at", "#/invitees", "#/guest_access"}
    assert post(signed_in(colleague), body()).status_code == 403


def test_only_what_is_named_changes(signed_in, host, planned, invitee):
    client, meeting = signed_in(host), planned(host, invitees=[invitee.email])
    changed = patch(client, meeting.slug, {"description": "Ordre du jour"}).json()
    assert changed["invitees"] == [invitee.email]
    assert changed["title"] == "Comité budgétaire"
    assert patch(client, meeting.slug, {"invitees": []}).json()["invitees"] == []
    assert where(patch(client, meeting.slug, {"title": None})) == {"#/title"}
    assert where(patch(client, meeting.slug, {"ends_at": "2026-01-01T00:00:00Z"})) == {"#/ends_at"}
    assert where(patch(client, meeting.slug, {"host": host.email})) == {"#/host"}


def test_a_merge_patch_may_say_that_it_is_one(signed_in, host, planned):
    meeting = planned(host)
    answer = signed_in(host).patch(
        f"{ALL}/{meeting.slug}",
        '{"title": "Autre"}',
        content_type="application/merge-patch+json",
        headers={"if-match": "*"},
    )
    assert answer.json()["title"] == "Autre"


def test_who_is_invited_reads_and_does_not_change(signed_in, host, colleague, planned):
    client, meeting = signed_in(colleague), planned(host, invitees=[colleague.email])
    assert client.get(f"{ALL}/{meeting.slug}").json()["is_mine"] is False
    assert patch(client, meeting.slug, {"title": "x"}).status_code == 403
    assert cancel(client, meeting.slug).status_code == 403
    assert client.get(f"{ALL}/{meeting.slug}/attendance").status_code == 403


def test_a_colleague_who_is_not_invited_sees_nothing(signed_in, host, colleague, planned):
    client, meeting = signed_in(colleague), planned(host)
    for answer in (
        client.get(f"{ALL}/{meeting.slug}"),
        client.get(f"{ALL}/{meeting.slug}/attendance"),
        patch(client, meeting.slug, {"title": "x"}),
        cancel(client, meeting.slug),
    ):
        assert answer.status_code == 404
    assert client.get(ALL).json()["items"] == []


def test_of_another_ministrys_meeting_one_has_what_was_delivered(
    signed_in, host, invitee, planned, run_outbox
):
    meeting = planned(host, "Réunion interministérielle", invitees=[invitee.email])
    with tenant_scope(invitee.tenant_id):
        AgendaEntry.objects.create(
            meeting_id=meeting.id,
            email=invitee.email,
            slug=meeting.slug,
            title=meeting.title,
            organisation="Ministère de l’Économie",
            host_name=host.full_name,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            time_zone="Europe/Paris",
            sequence=0,
        )
    client = signed_in(invitee)
    read = client.get(f"{ALL}/{meeting.slug}").json()
    assert (read["title"], read["organisation"]) == (meeting.title, "Ministère de l’Économie")
    assert read["invitees"] is read["description"] is read["guest_access"] is None
    [line] = client.get(ALL).json()["items"]
    assert line["host"] == {"name": "Hélène Hôte", "email": None}
    assert patch(client, meeting.slug, {"title": "x"}).status_code == 403
    assert cancel(client, meeting.slug).status_code == 403
    assert client.get(f"{ALL}/{meeting.slug}/attendance").status_code == 403


def test_what_is_over_changes_no_more(signed_in, host, planned):
    client, meeting = signed_in(host), planned(host)
    with tenant_scope(host.tenant_id):
        Meeting.objects.update(state="ended", ended_at=timezone.now())
    for answer in (patch(client, meeting.slug, {"title": "x"}), cancel(client, meeting.slug)):
        assert answer.status_code == 422
        assert answer.json()["type"] == "urn:visio:problem:impossible"


def test_cancelling_twice_changes_nothing(signed_in, host, planned, economie):
    client, meeting = signed_in(host), planned(host)
    assert [cancel(client, meeting.slug).status_code for _ in range(2)] == [204, 204]
    with tenant_scope(economie.id):
        assert Event.objects.filter(kind="meeting_cancelled").count() == 1


# --- By a service --------------------------------------------------------------------------------------
def test_a_service_plans_in_the_name_of_an_agent(service, host, economie):
    meeting = post(service, body(host=host.email)).json()
    assert meeting["host"]["email"] == host.email
    event = last_event(economie)
    assert (event.kind, event.actor_name) == ("meeting_created", "Réservation")
    assert event.on_behalf_of == str(host.id)
    patch(service, meeting["slug"], {"title": "Autre"})
    cancel(service, meeting["slug"])
    event = last_event(economie)
    assert (event.kind, event.actor_name) == ("meeting_cancelled", "Réservation")
    assert event.on_behalf_of == str(host.id)


def test_a_host_acts_on_behalf_of_nobody(signed_in, host, economie):
    post(signed_in(host), body())
    assert last_event(economie).on_behalf_of == ""


def test_a_service_names_an_agent_of_its_ministry_who_may_organise(
    service, host, colleague, outsider, economie
):
    with tenant_scope(economie.id):
        Policy.objects.create(who_may_organise="organisers")
    for email in (None, colleague.email, outsider.email, "nobody@economie.test", "a\0@x.test"):
        content = body(host=email) if email else body()
        assert where(post(service, content)) == {"#/host"}
    with tenant_scope(economie.id):
        host.state = MemberState.LEFT
        host.save()
    assert where(post(service, body(host=host.email))) == {"#/host"}


def test_a_service_reaches_every_meeting_of_its_ministry_and_no_other(
    service, host, outsider, planned
):
    own, other = planned(host), planned(outsider, "Secret")
    assert [line["slug"] for line in service.get(ALL).json()["items"]] == [own.slug]
    assert service.get(f"{ALL}/{own.slug}").status_code == 200
    for answer in (
        service.get(f"{ALL}/{other.slug}"),
        service.get(f"{ALL}/{other.slug}/attendance"),
        patch(service, other.slug, {"title": "x"}),
        cancel(service, other.slug),
    ):
        assert answer.status_code == 404
        assert "Secret" not in answer.content.decode()


# --- Attendance ----------------------------------------------------------------------------------------
def test_reading_the_attendance_stands_in_the_log(service, signed_in, host, auditor, planned):
    meeting = planned(host)
    url = f"{ALL}/{meeting.slug}/attendance"

    def readers() -> list[str]:
        with tenant_scope(host.tenant_id):
            found = Event.objects.filter(kind="attendance_read").order_by("at")
            return list(found.values_list("actor_name", flat=True))

    audit = signed_in(auditor, acr="eidas2")
    assert audit.get(url).status_code == 403  # nobody has said why
    audit.post("/audit/motif/", {"reason": "Contrôle trimestriel"})
    for client in (signed_in(host), service, audit):
        assert client.get(url).json()["people"] == []
    assert readers() == ["Réservation", "Aude Auditrice"]


def test_the_attendance_tells_each_stay_and_how_it_is_known(service, host, planned):
    from meetings.models import Participant, Presence

    meeting = planned(host)
    at = meeting.starts_at
    with tenant_scope(host.tenant_id):
        person = Participant.objects.create(
            meeting=meeting,
            user=host.user,
            from_tenant_id=host.tenant_id,
            name=host.full_name,
            organisation="Ministère de l’Économie",
            role="host",
            admitted_at=at,
        )
        Presence.objects.create(
            participant=person,
            connection="PA_1",
            joined_at=at,
            left_at=at + timedelta(minutes=58),
        )
    [attendee] = service.get(f"{ALL}/{meeting.slug}/attendance").json()["people"]
    assert (attendee["name"], attendee["role"], attendee["proof"]) == (
        "Hélène Hôte",
        "host",
        "agent",
    )
    assert attendee["total_seconds"] == 58 * 60
    assert attendee["sources"] == ["webhook"]
    [stay] = attendee["stays"]
    assert stay["doubt"] == ""


# --- Who is not signed in, and guests ---------------------------------------------------------------------
def test_who_is_not_signed_in_is_told_so(client, host, planned):
    meeting = planned(host)
    for path in ("/api/v1/me", ALL, f"{ALL}/{meeting.slug}", "/api/v1/members"):
        answer = client.get(path, headers={"host": "localhost"})
        assert answer.status_code == 401
        assert answer.json()["type"] == "urn:visio:problem:not-signed-in"


def test_a_guest_is_said_to_be_one_and_has_no_meetings(client):
    session = client.session
    session.update({"guest_key": "0198c0de-0000-7000-8000-000000000001", "guest_name": "Paul"})
    session.save()
    headers = {"host": "localhost"}
    me = client.get("/api/v1/me", headers=headers).json()
    assert (me["kind"], me["name"], me["tenant"], me["email"]) == ("guest", "Paul", None, None)
    answer = client.get(ALL, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:visio:problem:agents-only"


def test_who_has_left_is_told_so_by_a_problem_document(signed_in, host):
    client = signed_in(host)
    with tenant_scope(host.tenant_id):
        host.state = MemberState.LEFT
        host.save()
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_an_emergency_account_without_its_second_factor_is_nobody(signed_in, administrator):
    answer = signed_in(administrator, auth="breakglass").get("/api/v1/me")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_what_was_refused_leaves_no_invitation(signed_in, host, economie):
    post(signed_in(host), body(ends_at="2026-01-01T00:00:00Z"))
    with tenant_scope(economie.id):
        assert not Invitation.objects.exists()
