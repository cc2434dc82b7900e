"""Who may come into a meeting and who waits: what the form offers, says and keeps."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from audit.models import Event
from isolation.scope import tenant_scope
from meetings import scheduling
from meetings.access_texts import access_sentence, access_sentences
from meetings.models import DirectEntry, Meeting
from tenants.models import GuestAccess, Policy

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
PLAN = "/reunions/planifier/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def page(signed_in, host):
    return signed_in(host)


@pytest.fixture
def typed():
    return {
        "title": "Comité budgétaire",
        "date": "2026-09-02",
        "start_time": "14:00",
        "end_time": "15:00",
        "time_zone": "Europe/Paris",
        "invitees": "ines.invitee@sante.test",
        "description": "",
        "guest_access": "name",
        "direct_entry": "ministry",
    }


def policy(tenant, **rules):
    with tenant_scope(tenant.id):
        Policy.objects.create(**rules)


def only_meeting(tenant) -> Meeting:
    with tenant_scope(tenant.id):
        return Meeting.objects.get()


def last_change(tenant) -> dict:
    with tenant_scope(tenant.id):
        return Event.objects.filter(kind="meeting_changed").latest("at").payload


# --- What is kept ----------------------------------------------------------------------------
def test_the_choices_are_kept_and_stand_in_the_log(page, typed, economie):
    page.post(PLAN, typed | {"guest_access": "code", "direct_entry": "invitees"})
    meeting = only_meeting(economie)
    assert (meeting.guest_access, meeting.direct_entry) == ("code", "invitees")
    with tenant_scope(economie.id):
        payload = Event.objects.get(kind="meeting_created").payload
    assert (payload["guest_access"], payload["direct_entry"]) == ("code", "invitees")


def test_a_service_that_says_nothing_accepts_no_guests(host, economie):
    now = timezone.now()
    with tenant_scope(economie.id):
        plan = scheduling.Plan("Réunion", "", now, now + timedelta(hours=1), "Europe/Paris")
        meeting = scheduling.schedule_meeting(plan=plan, by=host)
    assert (meeting.guest_access, meeting.direct_entry) == ("none", "ministry")


def test_changing_the_access_alone_tells_nobody(page, typed, economie, run_outbox):
    page.post(PLAN, typed)
    run_outbox()
    path = only_meeting(economie).get_absolute_url()
    answer = page.post(f"{path}modifier/", typed | {"guest_access": "none"})
    assert answer.status_code == 302
    meeting = only_meeting(economie)
    assert (meeting.guest_access, meeting.sequence) == ("none", 0)
    assert run_outbox() == 0
    assert last_change(economie)["changed"] == ["guest_access"]
    assert last_change(economie)["guest_access"] == "none"


def test_a_change_with_a_new_person_tells_that_person_alone(page, typed, economie, run_outbox):
    page.post(PLAN, typed)
    run_outbox()
    path = only_meeting(economie).get_absolute_url()
    more = typed | {"direct_entry": "hosts", "invitees": f"{typed['invitees']} a@b.test"}
    page.post(f"{path}modifier/", more)
    assert only_meeting(economie).sequence == 1
    assert run_outbox() == 2  # a mail and a delivery


def test_a_form_without_the_choices_keeps_them(page, typed, economie):
    page.post(PLAN, typed | {"guest_access": "code", "direct_entry": "agents"})
    path = only_meeting(economie).get_absolute_url()
    bare = {k: v for k, v in typed.items() if k not in ("guest_access", "direct_entry")}
    page.post(f"{path}modifier/", bare | {"title": "Autre titre"})
    meeting = only_meeting(economie)
    assert (meeting.title, meeting.guest_access) == ("Autre titre", "code")
    assert meeting.direct_entry == "agents"


@pytest.mark.parametrize("allowed", GuestAccess.values)
def test_a_meeting_at_once_is_as_open_as_the_ministry_allows(page, economie, allowed):
    policy(economie, guest_access=allowed)
    page.post("/reunions/maintenant/")
    meeting = only_meeting(economie)
    assert (meeting.guest_access, meeting.direct_entry) == (allowed, "ministry")


# --- The ministry's policy -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("allowed", "wanted"), [("none", "code"), ("none", "name"), ("code", "name")]
)
def test_more_than_the_ministry_allows_is_refused_with_a_sentence(
    page, typed, economie, allowed, wanted
):
    policy(economie, guest_access=allowed)
    answer = page.post(PLAN, typed | {"guest_access": wanted})
    assert answer.status_code == 422
    assert "Votre ministère" in str(answer.context["form"].errors["guest_access"])
    with tenant_scope(economie.id):
        assert not Meeting.objects.exists()


@pytest.mark.parametrize(
    ("allowed", "wanted"), [("none", "none"), ("code", "none"), ("code", "code"), ("name", "code")]
)
def test_less_than_the_ministry_allows_is_fine(page, typed, economie, allowed, wanted):
    policy(economie, guest_access=allowed)
    assert page.post(PLAN, typed | {"guest_access": wanted}).status_code == 302
    assert only_meeting(economie).guest_access == wanted


def test_the_service_refuses_it_whoever_calls(host, economie):
    policy(economie, guest_access="code")
    now = timezone.now()
    plan = scheduling.Plan(
        "Réunion", "", now, now + timedelta(hours=1), "UTC", guest_access=GuestAccess.NAME
    )
    with tenant_scope(economie.id), pytest.raises(ValidationError) as refusal:
        scheduling.schedule_meeting(plan=plan, by=host)
    assert set(refusal.value.message_dict) == {"guest_access"}


def offered(answer, name) -> list[str]:
    return [option.value for option in answer.context[f"{name}_options"]]


def test_only_what_the_ministry_allows_is_offered_and_the_page_says_why(page, economie):
    policy(economie, guest_access="code", guests_always_wait=True, link_admits_members=False)
    answer = page.get(PLAN)
    assert offered(answer, "guest_access") == ["none", "code"]
    assert offered(answer, "direct_entry") == ["agents", "invitees", "hosts"]
    assert (answer.context["access"], answer.context["entry"]) == ("code", "invitees")
    shown = answer.content.decode()
    assert "Votre ministère demande aux invités extérieurs une adresse prouvée." in shown
    assert "Votre ministère fait attendre les invités extérieurs dans tous les cas." in shown
    assert "Dans votre ministère, le lien ne suffit pas" in shown


def test_an_open_ministry_says_nothing_of_limits(page, economie):
    policy(economie, guest_access="name", guests_always_wait=False)
    answer = page.get(PLAN)
    assert offered(answer, "guest_access") == ["none", "code", "name"]
    assert offered(answer, "direct_entry") == list(DirectEntry.values)
    assert "visio-note" not in answer.content.decode()


def test_a_policy_tightened_since_is_followed_from_the_next_change_on(page, typed, economie):
    page.post(PLAN, typed)
    policy(economie, guest_access="code")
    path = only_meeting(economie).get_absolute_url()
    assert page.get(f"{path}modifier/").context["access"] == "code"
    page.post(f"{path}modifier/", typed | {"guest_access": "code"})
    assert only_meeting(economie).guest_access == "code"


# --- The sentence ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("rules", "access", "entry", "guests", "agents"),
    [
        ({}, "none", "ministry", "n’entrent pas", "votre ministère"),
        ({}, "name", "ministry", "donnent leur nom et attendent d’être admis ;", "agents invités"),
        ({}, "name", "hosts", "donnent leur nom et attendent", "chaque agent attend"),
        ({}, "code", "agents", "prouvent leur adresse et attendent d’être admis ;", "de l’État"),
        # What the ministry forbids does not happen, whatever stands in the meeting.
        ({}, "name", "everyone", "donnent leur nom et attendent", "de l’État"),
        ({"guest_access": "none"}, "name", "ministry", "n’entrent pas", "votre ministère"),
        ({"link_admits_members": False}, "none", "ministry", "n’entrent pas", "seuls"),
        ({"guests_always_wait": False}, "name", "everyone", "entrent directement", "de l’État"),
        ({"guests_always_wait": False}, "code", "invitees", "sauf s’ils sont sur la", "seuls"),
        ({"guests_always_wait": False}, "name", "ministry", "et prouvent leur", "votre ministère"),
        ({"guests_always_wait": False}, "code", "hosts", "attendent d’être admis ;", "chaque"),
    ],
)
def test_one_sentence_says_what_will_happen(rules, access, entry, guests, agents):
    sentence = access_sentence(access, entry, Policy(**rules))
    said_of_guests, said_of_agents = sentence.split(" ; ")
    assert guests in f"{said_of_guests} ;"
    assert agents in said_of_agents
    assert sentence.endswith(".")


def test_the_page_holds_the_sentence_of_every_choice(page, typed, economie):
    answer = page.get(PLAN)
    sentences = answer.context["access_sentences"]
    assert set(sentences) == {
        f"{access}:{entry}"
        for access in offered(answer, "guest_access")
        for entry in offered(answer, "direct_entry")
    }
    assert sentences["name:ministry"] == answer.context["access_sentence"]
    assert sentences == access_sentences(Policy())
    refused = page.post(PLAN, typed | {"title": "", "guest_access": "none"})
    assert refused.context["access_sentence"] == sentences["none:ministry"]


def test_the_meetings_page_says_it_as_well(page, typed, economie):
    page.post(PLAN, typed)
    meeting = only_meeting(economie)
    shown = page.get(meeting.get_absolute_url()).content.decode()
    assert access_sentence("name", "ministry", Policy()) in shown


# --- Invitees who would stay outside ---------------------------------------------------------
def test_an_outside_address_is_warned_about_and_not_refused(page, typed, economie, sante):
    outside = {"invitees": "ines.invitee@sante.test, paul@ailleurs.test", "guest_access": "none"}
    shown = page.post(PLAN, typed | outside | {"title": ""}).content.decode()
    assert "N’entreront qu’avec ProConnect : paul@ailleurs.test." in shown
    assert page.post(PLAN, typed | outside).status_code == 302
    path = only_meeting(economie).get_absolute_url()
    assert "n’entrera qu’avec ProConnect" in page.get(path).content.decode()
    assert "N’entreront qu’avec ProConnect : paul" in page.get(f"{path}modifier/").content.decode()
    page.post(f"{path}modifier/", typed | outside | {"guest_access": "name"})
    assert "n’entrera qu’avec ProConnect" not in page.get(path).content.decode()


def test_addresses_of_ministries_raise_no_warning(page, typed, sante):
    shown = page.post(PLAN, typed | {"title": "", "guest_access": "none"}).content.decode()
    assert "fr-message--warning" not in shown


@pytest.mark.parametrize(
    ("access", "address", "words"),
    [
        ("name", "paul@ailleurs.test", "donnez votre nom"),
        ("code", "paul@ailleurs.test", "prouvez votre adresse"),
        ("none", "paul@ailleurs.test", "Identifiez-vous avec ProConnect"),
        ("name", "ines.invitee@sante.test", "Identifiez-vous avec ProConnect"),
    ],
)
def test_the_mail_says_how_this_person_comes_in(
    page, typed, sante, run_outbox, mailoutbox, access, address, words
):
    page.post(PLAN, typed | {"guest_access": access, "invitees": address})
    run_outbox()
    [mail] = mailoutbox
    assert words in mail.body
    assert words in mail.alternatives[0].content
