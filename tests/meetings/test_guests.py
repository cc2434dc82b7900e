"""People from outside: by name, by a code to their address, or not at all; and what they may see."""

import re
from datetime import timedelta

import jwt
import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from audit.models import Event
from isolation.scope import PLATFORM, tenant_scope
from meetings.models import DirectEntry, Meeting, Participant
from meetings.scheduling import Plan, schedule_meeting
from meetings.visitors import LONGEST_NAME, clean_name
from tenants.models import Policy, User

pytestmark = pytest.mark.django_db
ADDRESS = "paul.durand@entreprise.test"


@pytest.fixture(autouse=True)
def no_attempt_counted():
    cache.clear()


@pytest.fixture
def policy(host):
    """`policy(guest_access="code")` is the ministry's word."""

    def put(**rules):
        with tenant_scope(host.tenant_id):
            Policy.objects.update_or_create(tenant_id=host.tenant_id, defaults=rules)

    return put


@pytest.fixture
def plan(host):
    """`plan(guest_access="name")` is a meeting of Hélène's."""

    def make(**options) -> Meeting:
        now = timezone.now()
        options = {"guest_access": "name"} | options
        planned = Plan("Comité", "", now, now + timedelta(hours=1), "UTC", **options)
        with tenant_scope(host.tenant_id):
            return schedule_meeting(plan=planned, by=host)

    return make


@pytest.fixture
def browser():
    """A browser whom ProConnect does not know."""

    def make() -> Client:
        client = Client(headers={"host": "localhost"})
        session = client.session
        session["silent_tried"] = True
        session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return client

    return make


def join(client, meeting, name="", **body):
    return client.post(
        f"/api/v1/meetings/{meeting.slug}/join",
        {"device": "device-0001"} | ({"name": name} if name else {}) | body,
        content_type="application/json",
    )


def kind(answer) -> str:
    return answer.json()["type"].rpartition(":")[2]


def people(meeting) -> list[Participant]:
    with tenant_scope(meeting.tenant_id):
        return list(Participant.objects.order_by("id"))


# --- How they come in ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ministry", "meeting_says", "outcome"),
    [
        ("name", "name", "waiting"),
        ("name", "code", "code-needed"),
        ("name", "none", "not-signed-in"),
        ("code", "name", "code-needed"),
        ("code", "code", "code-needed"),
        ("none", "name", "not-signed-in"),
    ],
)
def test_the_ministry_and_the_meeting_say_how_guests_come(
    plan, policy, browser, ministry, meeting_says, outcome
):
    meeting = plan()
    with tenant_scope(meeting.tenant_id):
        Meeting.objects.update(guest_access=meeting_says)
    policy(guest_access=ministry)
    answer = join(browser(), meeting, "Paul Durand")
    got = answer.json().get("state") or kind(answer)
    assert got == outcome
    assert len(people(meeting)) == (outcome == "waiting")


def test_a_guest_who_says_no_name_is_asked_for_one(plan, browser):
    client, meeting = browser(), plan()
    for name in ("", "   ", "\u202e\u200b", "…—!"):
        assert kind(join(client, meeting, name)) == "name-needed"
    assert people(meeting) == []


def test_two_guests_of_one_name_are_two(plan, browser):
    meeting = plan()
    for client in (browser(), browser()):
        assert join(client, meeting, "Paul").json()["state"] == "waiting"
    assert len(people(meeting)) == 2


def test_a_guest_enters_at_once_where_ministry_and_meeting_say_so(plan, policy, browser):
    policy(guests_always_wait=False)
    meeting = plan(direct_entry=DirectEntry.EVERYONE)
    answer = join(browser(), meeting, "Paul Durand").json()
    assert (answer["state"], answer["role"]) == ("joined", "guest")
    claims = jwt.decode(answer["token"], settings.LIVEKIT_API_SECRET, algorithms=["HS256"])
    assert claims["attributes"]["proof"] == "name"
    assert "moderate" not in claims["attributes"]["may"]


def test_the_ministry_makes_guests_wait_whatever_the_meeting_says(plan, browser, policy):
    meeting = plan()
    with tenant_scope(meeting.tenant_id):
        Meeting.objects.update(direct_entry=DirectEntry.EVERYONE)
    policy(guests_always_wait=True)
    assert join(browser(), meeting, "Paul").json()["state"] == "waiting"


def test_a_locked_meeting_takes_nobody_new(plan, browser, signed_in, colleague):
    meeting = plan()
    with tenant_scope(meeting.tenant_id):
        Meeting.objects.update(is_locked=True)
    assert kind(join(browser(), meeting, "Paul")) == "locked"
    assert kind(join(signed_in(colleague), meeting)) == "locked"


def test_an_admitted_guest_does_not_come_back_under_another_name(plan, policy, browser):
    policy(guests_always_wait=False)
    meeting, client = plan(direct_entry=DirectEntry.EVERYONE), browser()
    join(client, meeting, "Paul Durand")
    token = join(client, meeting, "Le Ministre").json()["token"]
    claims = jwt.decode(token, settings.LIVEKIT_API_SECRET, algorithms=["HS256"])
    assert claims["name"] == "Paul Durand"


def test_who_waits_and_says_another_name_asks_anew(plan, browser):
    meeting, client = plan(), browser()
    join(client, meeting, "Paul")
    first = people(meeting)[0].knocked_at
    join(client, meeting, "Paul Durand")
    [person] = people(meeting)
    assert person.name == "Paul Durand"
    assert person.knocked_at > first
    with tenant_scope(meeting.tenant_id):
        assert Event.objects.filter(kind="lobby_knocked").count() == 2


def test_after_somebody_was_put_out_nobody_unproven_enters_unseen(plan, policy, browser):
    """They could be back in another browser, under another name."""
    policy(guests_always_wait=False)
    meeting = plan(direct_entry=DirectEntry.EVERYONE)
    client = browser()
    join(client, meeting, "Paul")
    with tenant_scope(meeting.tenant_id):
        Participant.objects.update(state="barred")
    assert kind(join(client, meeting, "Paul")) == "removed"
    assert join(browser(), meeting, "Pierre").json()["state"] == "waiting"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  Paul \t Durand\n", "Paul Durand"),
        ("Paul\u202eecila", "Paulecila"),
        ("Ali\u200bce", "Alice"),
        ("Paul\x00\x1b[31m", "Paul[31m"),
        ("Z" + "\u0301" * 50 + "oe", "Ź\u0301\u0301oe"),
        ("é" * 500, "é" * LONGEST_NAME),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_a_name_is_one_visible_line(typed, shown):
    assert clean_name(typed) == shown


def test_too_many_requests_are_held_back(plan, browser):
    meeting, client = plan(), browser()
    statuses = [join(client, meeting, "Paul").status_code for _ in range(62)]
    assert statuses[:60] == [200] * 60
    assert statuses[-1] == 429
    answer = join(client, meeting, "Paul")
    assert answer.headers["content-type"] == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


# --- The page --------------------------------------------------------------------------------
def test_the_page_of_a_meeting_that_takes_guests(plan, browser):
    meeting = plan()
    page = browser().get(meeting.join_path)
    assert page.status_code == 200
    text = page.content.decode()
    assert "Comité" in text
    assert "Hélène Hôte" in text
    assert 'href="/"' not in text  # nothing else of the ministry


def test_an_unknown_visitor_is_first_led_to_proconnect_without_a_word(plan, client):
    answer = client.get(plan().join_path, headers={"host": "localhost"})
    assert answer.status_code == 302
    assert answer.url.startswith("/oidc/authenticate/")
    assert "silent=1" in answer.url


def test_a_meeting_without_guests_and_no_meeting_are_the_same_page(plan, browser):
    pages = []
    for path in (plan(guest_access="none").join_path, "/r/bcdf-ghjk-mnpq-rstv/"):
        answer = browser().get(path)
        assert answer.status_code == 401
        text = re.sub(r'(csrfmiddlewaretoken" value="|nonce=")[^"]*', "", answer.content.decode())
        pages.append(re.sub(r"[bcdfghjkmnpqrstvwxyz234679]{4}(-\w{4}){3}", "SLUG", text))
    assert pages[0] == pages[1]


def test_a_meeting_that_is_over_says_so_and_leads_nowhere(plan, browser):
    meeting = plan()
    with tenant_scope(meeting.tenant_id):
        Meeting.objects.update(state="ended", started_at=timezone.now(), ended_at=timezone.now())
    answer = browser().get(meeting.join_path)
    assert answer.status_code == 410
    assert 'href="/"' not in answer.content.decode()


def test_a_guest_has_no_other_page(plan, browser, meeting):
    client = browser()
    join(client, plan(), "Paul")
    for path in ("/", meeting.get_absolute_url(), "/reunions/planifier/"):
        answer = client.get(path)
        assert "Comité" not in answer.content.decode(), path
        assert answer.status_code in (200, 401), path


# --- By a code -------------------------------------------------------------------------------
def code_sent() -> str:
    [message] = mail.outbox
    mail.outbox.clear()
    assert message.to == [ADDRESS]
    return re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", message.body, re.M)[1]


def ask_for_code(client, meeting, email=ADDRESS):
    return client.post(f"{meeting.join_path}adresse/", {"email": email})


def test_a_code_proves_an_address(plan, policy, browser):
    policy(guest_access="code")
    meeting, client = plan(guest_access="code"), browser()
    assert ask_for_code(client, meeting, ADDRESS.upper()).url == f"{meeting.join_path}code/"
    assert ADDRESS in client.get(f"{meeting.join_path}code/").content.decode()
    answer = client.post(f"{meeting.join_path}code/", {"code": code_sent()})
    assert answer.url == meeting.join_path
    assert client.get(meeting.join_path).status_code == 200
    assert join(client, meeting, "Paul Durand").json()["state"] == "waiting"
    [person] = people(meeting)
    assert (person.proof, person.email, person.role) == ("code", ADDRESS, "guest")
    guest = User.objects.get(is_guest=True)
    assert person.user_id == guest.id
    with tenant_scope(PLATFORM):
        event = Event.objects.get(kind="sign_in")
    assert ADDRESS not in str(event.payload)


def test_who_is_invited_and_proves_the_address_does_not_wait(plan, policy, browser):
    policy(guests_always_wait=False)
    meeting = plan(invitees=(ADDRESS,), direct_entry=DirectEntry.INVITEES)
    client = browser()
    assert join(client, meeting, "Paul").json()["state"] == "waiting"
    ask_for_code(client, meeting)
    client.post(f"{meeting.join_path}code/", {"code": code_sent()})
    assert join(client, meeting, "Paul").json()["state"] == "joined"


def test_the_same_person_in_another_browser_is_the_same(plan, browser):
    meeting = plan()
    for client in (browser(), browser()):
        ask_for_code(client, meeting)
        client.post(f"{meeting.join_path}code/", {"code": code_sent()})
        join(client, meeting, "Paul")
    assert len(people(meeting)) == 1


def test_a_wrong_code_opens_nothing_and_five_spoil_it(plan, browser):
    meeting, client = plan(guest_access="code"), browser()
    ask_for_code(client, meeting)
    right = code_sent()
    for _ in range(4):
        answer = client.post(f"{meeting.join_path}code/", {"code": "AAAA-AAAA"})
        assert answer.status_code == 422
    answer = client.post(f"{meeting.join_path}code/", {"code": "AAAA-AAAA"})
    assert answer.url == f"{meeting.join_path}adresse/"
    client.post(f"{meeting.join_path}code/", {"code": right})
    assert kind(join(client, meeting, "Paul")) == "code-needed"


def test_a_code_is_worth_nothing_in_another_browser(plan, browser):
    meeting, other = plan(guest_access="code"), browser()
    ask_for_code(browser(), meeting)
    answer = other.post(f"{meeting.join_path}code/", {"code": code_sent()})
    assert answer.url == f"{meeting.join_path}adresse/"
    assert kind(join(other, meeting, "Paul")) == "code-needed"


def test_a_code_is_worth_nothing_after_ten_minutes(plan, browser, time_machine):
    meeting, client = plan(guest_access="code"), browser()
    ask_for_code(client, meeting)
    code = code_sent()
    time_machine.move_to(timezone.now() + timedelta(minutes=11))
    assert client.post(f"{meeting.join_path}code/", {"code": code}).url.endswith("/adresse/")
    assert kind(join(client, meeting, "Paul")) == "code-needed"


def test_an_address_is_written_to_three_times_a_minute_at_most(plan, browser):
    meeting = plan(guest_access="code")
    answers = [ask_for_code(browser(), meeting).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 422]
    assert len(mail.outbox) == 3


def test_another_code_can_be_sent(plan, browser):
    meeting, client = plan(guest_access="code"), browser()
    ask_for_code(client, meeting)
    first = code_sent()
    client.post(f"{meeting.join_path}code/", {"action": "resend"})
    assert code_sent() != first


def test_a_mail_server_that_is_away_is_said(plan, browser, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answer = ask_for_code(browser(), plan(guest_access="code"))
    assert answer.status_code == 422
    assert "pas pu être envoyé" in answer.content.decode()


def test_a_code_opens_no_break_glass_account(plan, browser, economie):
    """Their address alone must never sign an administrator in."""
    from tenants.breakglass import create_account

    create_account(tenant=economie, email=ADDRESS)
    meeting, client = plan(), browser()
    ask_for_code(client, meeting)
    client.post(f"{meeting.join_path}code/", {"code": code_sent()})
    assert User.objects.get(id=client.session["_auth_user_id"]).is_guest
    assert "tenant_id" not in client.session
    assert client.get("/").status_code == 200
    assert "Agenda" not in client.get("/").content.decode()


@pytest.mark.parametrize("what", ["adresse/", "code/"])
def test_the_codes_pages_do_not_tell_a_known_link_from_an_unknown_one(plan, browser, what):
    for path in (plan(guest_access="none").join_path, "/r/bcdf-ghjk-mnpq-rstv/"):
        assert browser().get(f"{path}{what}").status_code == 401
        assert browser().post(f"{path}{what}", {"email": ADDRESS}).status_code == 401
    assert mail.outbox == []


def test_a_forged_cookie_is_nobody(plan, browser):
    meeting, client = plan(), browser()
    join(client, meeting, "Paul")
    client.cookies[settings.SESSION_COOKIE_NAME] = "0123456789abcdefghijklmnopqrstuv"
    assert kind(join(client, meeting)) == "name-needed"
