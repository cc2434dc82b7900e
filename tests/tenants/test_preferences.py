"""What a member prefers: kept in their own ministry, followed on every page and in every mail."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from audit.models import Event
from isolation.scope import tenant_scope
from meetings.scheduling import Plan, schedule_meeting
from tenants.models import Member
from tests.factories import make_member
from tests.statements import statements

pytestmark = pytest.mark.django_db
PAGE = "/preferences/"
COOKIE = settings.LANGUAGE_COOKIE_NAME
ENGLISH = {
    "language": "en",
    "time_zone": "Indian/Reunion",
    "microphone_at_entry": "off",
    "camera_at_entry": "on",
    "reminder_minutes": "60",
}


def reread(member) -> Member:
    with tenant_scope(member.tenant_id):
        return Member.objects.get(id=member.id)


def change(member, **fields) -> None:
    with tenant_scope(member.tenant_id):
        Member.objects.filter(id=member.id).update(**fields)


def language_of(page) -> str:
    return re.search(r'<html lang="(\w+)"', page.content.decode())[1]


def test_what_is_chosen_is_kept_and_shown(signed_in, colleague):
    client = signed_in(colleague)
    answer = client.post(PAGE, ENGLISH)
    assert (answer.status_code, answer.url) == (302, PAGE)
    kept = reread(colleague)
    assert {name: str(getattr(kept, name)) for name in ENGLISH} == ENGLISH
    page = client.get(PAGE).content.decode()
    for name, value in ENGLISH.items():
        if name == "time_zone":
            assert re.search(r'<option value="Indian/Reunion" selected>', page)
        else:
            assert re.search(rf'name="{name}"[^>]*value="{value}" checked', page), name


def test_before_anything_is_chosen_the_page_shows_what_holds(signed_in, colleague):
    page = signed_in(colleague).get(PAGE).content.decode()
    for name, value in {
        "language": "fr",
        "microphone_at_entry": "last",
        "camera_at_entry": "last",
        "reminder_minutes": "0",
    }.items():
        assert re.search(rf'name="{name}"[^>]*value="{value}" checked', page), name
    assert '<option value="Europe/Paris" selected>' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language", "xx"),
        ("language", ""),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", ""),
        ("time_zone", "Europe/Paris\0"),
        ("microphone_at_entry", "loud"),
        ("camera_at_entry", ""),
        ("reminder_minutes", "11"),
        ("reminder_minutes", "-10"),
        ("reminder_minutes", "9" * 40),
        ("reminder_minutes", "<script>"),
    ],
)
def test_a_wrong_value_is_said_at_its_field_and_nothing_is_kept(signed_in, colleague, field, value):
    answer = signed_in(colleague).post(PAGE, ENGLISH | {field: value})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Rien n’a encore été enregistré" in page
    assert f'id="id_{field}_error"' in page
    # What was right is still there to be sent again.
    kept = next(name for name in ("camera_at_entry", "microphone_at_entry") if name != field)
    assert re.search(rf'name="{kept}"[^>]*value="{ENGLISH[kept]}" checked', page)
    assert reread(colleague).language == ""


def test_an_empty_form_says_what_is_missing(signed_in, colleague):
    page = signed_in(colleague).post(PAGE, {}).content.decode()
    for field in ENGLISH:
        assert f'id="id_{field}_error"' in page


def test_nobody_writes_anothers_preferences(signed_in, colleague, host):
    signed_in(colleague).post(PAGE, ENGLISH | {"id": str(host.id), "member": str(host.id)})
    assert reread(host).language == ""


def test_who_is_not_signed_in_is_led_to_sign_in(client):
    answer = client.get(PAGE, headers={"host": "localhost"})
    assert answer.status_code == 302
    assert answer.url.startswith("/oidc/authenticate/")


def test_a_form_from_elsewhere_is_refused(colleague):
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    client.force_login(colleague.user, backend="tenants.proconnect.backend.ProConnectBackend")
    assert client.post(PAGE, ENGLISH).status_code == 403


def test_preferences_are_no_business_of_the_log(signed_in, colleague):
    signed_in(colleague).post(PAGE, ENGLISH)
    with tenant_scope(colleague.tenant_id):
        assert not Event.objects.exists()


def test_each_membership_has_its_own(signed_in, colleague, sante):
    """A person of two ministries is two members."""
    other = make_member(sante, "Camille", "Collègue", user=colleague.user)
    signed_in(colleague).post(PAGE, ENGLISH)
    assert reread(colleague).language == "en"
    assert reread(other).language == ""


# --- Language ------------------------------------------------------------------------------------
def test_the_language_is_followed_in_whatever_browser(signed_in, colleague):
    change(colleague, language="en")
    client = signed_in(colleague)
    for headers in ({}, {"accept-language": "fr"}):
        page = client.get("/", headers=headers)
        assert language_of(page) == page.headers["content-language"] == "en"
    client.cookies[COOKIE] = "fr"  # chosen here long ago, or by somebody else
    assert language_of(client.get("/")) == "en"


def test_until_one_is_chosen_pages_follow_the_browser(signed_in, colleague):
    client = signed_in(colleague)
    assert language_of(client.get("/", headers={"accept-language": "en"})) == "en"
    assert language_of(client.get("/", headers={"accept-language": "fr"})) == "fr"


def test_one_persons_language_does_not_stay_for_the_next(signed_in, colleague, client):
    change(colleague, language="en")
    assert language_of(signed_in(colleague).get("/")) == "en"
    assert language_of(client.get("/", headers={"host": "localhost"})) == "fr"


def test_the_switch_in_the_head_of_pages_is_kept(signed_in, colleague):
    client = signed_in(colleague)
    answer = client.post("/langue/", {"language": "en", "next": "/"})
    assert (answer.status_code, answer.url) == (302, "/")
    assert reread(colleague).language == "en"
    assert language_of(client.get("/")) == "en"
    assert language_of(signed_in(colleague).get("/")) == "en"  # another browser
    client.post("/langue/", {"language": "fr", "next": "/"})
    assert reread(colleague).language == "fr"


def test_the_switch_changes_nothing_for_an_unknown_language_or_a_stranger(
    signed_in, colleague, client
):
    signed_in(colleague).post("/langue/", {"language": "xx", "next": "/"})
    assert reread(colleague).language == ""
    answer = client.post("/langue/", {"language": "en"}, headers={"host": "localhost"})
    assert answer.cookies[COOKIE].value == "en"


def test_the_choice_is_remembered_by_the_browser_too(signed_in, colleague):
    """For its sockets, and for the page that says one has signed out."""
    answer = signed_in(colleague).post(PAGE, ENGLISH)
    cookie = answer.cookies[COOKIE]
    assert (cookie.value, cookie["secure"], cookie["samesite"]) == ("en", True, "Lax")


def test_signing_in_brings_the_language_along(visitor, economie, helene):
    assert COOKIE not in visitor.sign_in(**helene).cookies  # nothing was chosen yet
    with tenant_scope(economie.id):
        Member.objects.update(language="en")
    again = type(visitor)()
    assert again.sign_in(**helene).cookies[COOKIE].value == "en"
    assert language_of(again.client.get("/")) == "en"
    assert reread(Member(id=member_id(economie), tenant_id=economie.id)).language == "en"


def member_id(tenant):
    with tenant_scope(tenant.id):
        return Member.objects.get().id


# --- Time ------------------------------------------------------------------------------------------
def test_times_are_told_by_the_readers_clock(signed_in, host):
    start = (timezone.now() + timedelta(days=1)).replace(hour=12, minute=0)
    with tenant_scope(host.tenant_id):
        plan = Plan("Conseil", "", start, start + timedelta(hours=1), "Europe/Paris")
        meeting = schedule_meeting(plan=plan, by=host)
    change(host, time_zone="Indian/Reunion")
    page = signed_in(host).get(meeting.get_absolute_url()).content.decode()
    assert "16:00" in page
    change(host, time_zone="Pacific/Tahiti")
    assert "02:00" in signed_in(host).get(meeting.get_absolute_url()).content.decode()


def test_a_zone_that_no_longer_exists_breaks_no_page(signed_in, colleague):
    change(colleague, time_zone="Europe/Atlantis")
    client = signed_in(colleague)
    assert client.get("/").status_code == 200
    assert client.get(PAGE).status_code == 200


# --- Devices -----------------------------------------------------------------------------------------
def room_config(client, meeting) -> dict:
    page = client.get(meeting.join_path).content.decode()
    return json.loads(re.search(r'id="room-config"[^>]*>(.*?)</script>', page)[1])


def test_the_room_knows_how_devices_stand_at_entry(signed_in, host, colleague):
    now = timezone.now()
    with tenant_scope(host.tenant_id):
        plan = Plan("Conseil", "", now, now + timedelta(hours=1), "Europe/Paris")
        meeting = schedule_meeting(plan=plan, by=host)
    client = signed_in(colleague)
    config = room_config(client, meeting)
    assert config["at_entry"] == {"microphone": "last", "camera": "last"}
    client.post(PAGE, ENGLISH)
    config = room_config(client, meeting)
    assert config["at_entry"] == {"microphone": "off", "camera": "on"}
    assert (config["zone"], config["locale"]) == ("Indian/Reunion", "en")


@pytest.mark.django_db(transaction=True)
def test_following_preferences_costs_no_statement(signed_in, colleague):
    client = signed_in(colleague)
    costs = []
    for fields in ({"language": ""}, {"language": "en", "time_zone": "Indian/Reunion"}):
        change(colleague, **fields)
        with statements() as sent:
            client.get("/")
        costs.append(len(sent))
    assert costs[0] == costs[1]
