"""Every address of Visio, as a person of another ministry: nothing of the host's is seen or done.

A new route without an entry fails here.
"""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from audit.models import Event
from isolation.scope import tenant_scope
from meetings.models import Invitation, Meeting
from meetings.scheduling import Plan, schedule_meeting

pytestmark = pytest.mark.django_db

TITLE = "Secret du ministère"

# What the outsider gets of each route about somebody else's meeting.
NOT_FOUND = {
    "meetings:detail": "GET",
    "meetings:change": "POST",
    "meetings:cancel": "POST",
    "meetings:end": "POST",
    "meetings:lobby": "POST",
    "meetings:attendance": "GET",
    "meetings:attendance_csv": "GET",
    "meetings:room": "GET",
    "api:meeting": "GET",
    "api:meeting_change": "PATCH",
    "api:meeting_cancel": "DELETE",
    "api:attendance": "GET",
    "api:join": "POST",
    "api:end": "POST",
    "api:presence": "POST",
    "api:mute": "POST",
    "api:rights": "POST",
    "api:lock": "POST",
    "api:role": "POST",
    "api:remove": "POST",
    "api:unbar": "POST",
    "api:barred": "GET",
    "api:lower_hands": "POST",
    "api:hand": "POST",
    "api:reaction": "POST",
    "api:chat": "GET",
    "api:chat_write": "POST",
    "api:chat_message": "PUT",
    "api:chat_delete": "DELETE",
}
# Valid bodies, so that it is the right that is asked, and not the form.
PERSON = str(uuid4())
BODIES = {
    "api:meeting_change": {"title": "x"},
    "api:presence": {"connection": "PA_0001"},
    "api:mute": {},
    "api:lower_hands": {},
    "api:rights": {"rights": {"chat": False}},
    "api:lock": {"locked": True},
    "api:role": {"person": PERSON, "role": "co_host"},
    "api:remove": {"person": PERSON},
    "api:unbar": {"person": PERSON},
    "api:hand": {"raised": True},
    "api:reaction": {"reaction": "heart"},
    "api:chat_write": {"text": "x", "key": "key-00001"},
    "api:chat_message": {"text": "x"},
}
# Pages for guests: an agent has no business there, and learns nothing.
FOR_GUESTS = {"meetings:guest_address", "meetings:guest_code"}
# Pages of one's own, which must not show anything of others.
OWN = {
    "meetings:agenda",
    "meetings:week",
    "meetings:upcoming",
    "meetings:past",
    "meetings:search",
    "meetings:schedule",
    "meetings:personal_room",
    "choose_tenant",
    "preferences",
    "api:me",
    "api:meetings",
    "api:meetings_create",
    "api:members",
}
# The administrators' portal: an outsider has no business there (403), and an administrator of
# another ministry finds nothing of this one (tests/tenants/test_administration_access.py).
ADMINISTRATION = {
    "administration",
    "administration_meetings",
    "administration_meeting",
    "administration_meeting_end",
    "administration_members",
    "administration_members_change",
    "administration_members_csv",
    "administration_mapping",
    "administration_policies",
    "administration_branding",
    "administration_tokens",
    "administration_token_revoke",
    "administration_security",
}
# The portal of those who audit: tests/auditors/test_access.py has other ministries' auditors there.
FORBIDDEN = {
    "auditors:journal": "GET",
    "auditors:reason": "POST",
    "auditors:search": "POST",
    "auditors:event": "GET",
    "auditors:story": "GET",
    "auditors:person": "GET",
    "auditors:saved": "GET",
    "auditors:save_search": "POST",
    "auditors:saved_search": "GET",
    "auditors:delete_search": "POST",
    "auditors:export_csv": "GET",
    "auditors:export_jsonl": "GET",
    "auditors:export_pdf": "GET",
    "auditors:proofs": "GET",
    "auditors:bundle": "POST",
    "auditors:meeting_bundle": "POST",
    "auditors:check": "POST",
    "auditors:keys": "GET",
    "auditors:checkpoint": "GET",
    "auditors:certificate_pdf": "POST",
    "auditors:certificate_json": "POST",
}
# Acts that concern oneself alone, or pages without any tenant's data.
HARMLESS = {
    "meetings:meet_now",
    "meetings:join_by_code",  # leads to the room's own address, which decides
    "meetings:personal_room_make",
    "meetings:personal_room_enter",
    "meetings:personal_room_renew",
    "oidc_authentication_init",
    "oidc_authentication_callback",
    "oidc_logout_callback",
    "sign_out",
    "signed_out",
    "membership_ended",
    "set_language",
    "livekit_webhook",  # another machine, by signature
    "logo",  # a picture that every guest of the ministry sees
    "api:openapi-json",
    "api:api-root",
    "api_reference",
    "dev_mails",
    "dev_mail",
    "help",
    "legal_notice",
    "accessibility",
    "privacy",
    "terms",
    "site_map",
    # allauth's break-glass pages are about the account that is signed in.
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_change_password",
    "account_signup",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "mfa_reauthenticate_webauthn",
}


def routes(resolver=None, namespace="") -> set[str]:
    """The names of all routes."""
    names = set()
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            names |= routes(pattern, f"{pattern.namespace}:" if pattern.namespace else namespace)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"a route without a name: {pattern}"
            names.add(namespace + pattern.name)
    return names


@pytest.fixture
def meeting(host, invitee) -> Meeting:
    now = timezone.now()
    plan = Plan(TITLE, "", now, now + timedelta(hours=1), "Europe/Paris", (invitee.email,))
    with tenant_scope(host.tenant_id):
        return schedule_meeting(plan=plan, by=host)


def address(name: str, meeting: Meeting) -> str:
    if name in ("api:chat_message", "api:chat_delete"):
        return reverse(name, args=[meeting.slug, uuid4()])
    if name == "meetings:room" or name.startswith("api:"):
        return reverse(name, args=[meeting.slug])
    return reverse(name, args=[meeting.id])


def ask(client, name: str, url: str):
    method = NOT_FOUND[name]
    if method == "GET":
        return client.get(url)
    body = BODIES.get(name, {"device": "device-0001"})
    return client.generic(method, url, json.dumps(body), "application/json")


def test_every_route_has_an_entry():
    known = set(NOT_FOUND) | set(FORBIDDEN) | OWN | HARMLESS | FOR_GUESTS | ADMINISTRATION
    assert routes() == known


def test_every_socket_has_an_entry():
    """tests/meetings/test_sockets.py has the outsider at each of them."""
    from meetings.routing import websocket_urlpatterns

    assert [route.callback.consumer_class.__name__ for route in websocket_urlpatterns] == [
        "AgendaConsumer",
        "LobbyConsumer",
        "HostConsumer",
    ]


def test_another_ministrys_meeting_does_not_exist(signed_in, outsider, meeting):
    client = signed_in(outsider)
    for name in NOT_FOUND:
        answer = ask(client, name, address(name, meeting))
        assert answer.status_code == 404, name
        assert TITLE not in answer.content.decode()
    with tenant_scope(meeting.tenant_id):
        assert Meeting.objects.get().state == "scheduled"


def test_the_log_is_closed_to_who_does_not_audit(signed_in, outsider, meeting):
    client = signed_in(outsider, acr="eidas2")
    with tenant_scope(meeting.tenant_id):
        event = Event.objects.filter(meeting_id=meeting.id).first()
    arguments = {
        "auditors:event": [event.id],
        "auditors:story": [meeting.id],
        "auditors:person": [meeting.host_id],
        "auditors:saved_search": [uuid4()],
        "auditors:delete_search": [uuid4()],
        "auditors:checkpoint": [1],
        "auditors:meeting_bundle": [meeting.id],
        "auditors:certificate_pdf": [meeting.id],
        "auditors:certificate_json": [meeting.id],
    }
    for name, method in FORBIDDEN.items():
        answer = client.generic(method, reverse(name, args=arguments.get(name)))
        assert answer.status_code == 403, name
        assert TITLE not in answer.content.decode()


def test_an_unknown_link_gets_the_same_answer_at_the_same_price(
    signed_in, outsider, meeting, django_assert_num_queries
):
    """Word for word, statement for statement: a guess teaches nothing."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    unknown = Meeting(id=uuid4(), slug="bcdf-ghjk-mnpq-rstv")
    client = signed_in(outsider)
    client.get("/")
    for name in NOT_FOUND:
        answers = []
        for which in (meeting, unknown):
            with CaptureQueriesContext(
                connection,
            ) as statements:
                answer = ask(client, name, address(name, which))
            words = answer.content.decode().replace(str(which.id), "").replace(which.slug, "")
            answers.append((answer.status_code, without_tokens(words), len(statements)))
        assert answers[0] == answers[1], name


def without_tokens(page: str) -> str:
    import re

    return re.sub(r'(csrfmiddlewaretoken" value="|nonce=")[^"]*', "", page)


def test_administration_is_for_administrators(signed_in, outsider, meeting):
    client = signed_in(outsider, acr="eidas2")
    for name in ADMINISTRATION:
        about_one = name.endswith(("_meeting", "_meeting_end", "_revoke"))
        url = reverse(name, args=[meeting.id] if about_one else [])
        for answer in (client.get(url), client.post(url, {"member": PERSON, "act": "deactivate"})):
            assert answer.status_code == 403, name
            assert TITLE not in answer.content.decode()


def test_pages_of_ones_own_show_nothing_of_others(signed_in, outsider, meeting):
    client = signed_in(outsider)
    for name in OWN:
        assert TITLE not in client.get(reverse(name), follow=True).content.decode(), name


def test_without_signing_in_no_page_tells_a_known_link_from_an_unknown_one(client, meeting):
    for slug in (meeting.slug, "bcdf-ghjk-mnpq-rstv"):
        answer = client.get(f"/r/{slug}/", headers={"host": "localhost"})
        assert answer.status_code == 302
        assert answer.url.startswith("/oidc/authenticate/")
        url = f"/api/v1/meetings/{slug}/join"
        body = '{"device": "device-0001", "name": "Curieux"}'
        answer = client.post(
            url, body, content_type="application/json", headers={"host": "localhost"}
        )
        assert answer.status_code == 401
        assert client.session.get("guest_name") is None


def test_the_invitees_own_ministry_cannot_read_the_hosts_rows(signed_in, invitee, meeting):
    """The invitation was delivered; the meeting's own pages stay with the host's ministry."""
    client = signed_in(invitee)
    assert client.get(reverse("meetings:detail", args=[meeting.id])).status_code == 404
    with tenant_scope(invitee.tenant_id):
        assert not Meeting.objects.exists()
        assert not Invitation.objects.exists()
