"""From a link to a token: who gets one, what stands in it, and what happens when LiveKit fails."""

import time
from datetime import timedelta

import jwt
import pytest
import requests
from django.conf import settings
from django.test import Client
from django.utils import timezone

from audit.models import Event
from isolation.scope import tenant_scope
from meetings.livekit import gateway
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, MeetingState, Participant
from tenants.models import Policy
from tests.statements import statements

pytestmark = pytest.mark.django_db


def claims_of(answer) -> dict:
    return jwt.decode(answer.json()["token"], settings.LIVEKIT_API_SECRET, algorithms=["HS256"])


def reread(meeting) -> Meeting:
    with tenant_scope(meeting.tenant_id):
        return Meeting.objects.get(id=meeting.id)


@pytest.mark.parametrize(
    ("who", "role"), [("host", "host"), ("invitee", "participant"), ("colleague", "participant")]
)
def test_who_is_entitled_gets_a_token(request, signed_in, join, meeting, who, role):
    member = request.getfixturevalue(who)
    answer = join(signed_in(member), meeting)
    assert answer.status_code == 200
    assert answer.json()["state"] == "joined"
    assert answer.json()["role"] == role
    claims = claims_of(answer)
    assert claims["name"] == member.full_name
    assert claims["video"]["room"] == room_name(meeting.tenant_id, meeting.id)
    foreign = member.tenant_id != meeting.tenant_id
    shown = claims["attributes"]
    assert shown["organisation"] == ("Ministère de la Santé" if foreign else "")
    assert (shown["role"], shown["proof"], shown["hand"]) == (role, "agent", "")
    assert ("moderate" in shown["may"].split(",")) == (role == "host")


def test_a_token_administers_nothing_and_lives_two_minutes(signed_in, join, meeting, host):
    claims = claims_of(join(signed_in(host), meeting))
    grants = claims["video"]
    assert not any(grants.get(right) for right in ("roomAdmin", "roomCreate", "roomList"))
    assert grants["canUpdateOwnMetadata"] is False
    assert claims["exp"] - timezone.now().timestamp() <= 120


def test_an_identity_is_a_person_and_a_device(signed_in, join, meeting, host):
    client = signed_in(host)
    first = join(client, meeting, device="device-0001").json()["identity"]
    again = join(client, meeting, device="device-0001").json()["identity"]
    other = join(client, meeting, device="device-0002").json()["identity"]
    assert first == again != other
    assert first.split(".")[0] == other.split(".")[0]
    with tenant_scope(meeting.tenant_id):
        assert Participant.objects.count() == 1


@pytest.mark.parametrize(
    "device", ["", "short", "UPPER-CASE-1", "a" * 37, "../../etc/passwd", None]
)
def test_a_device_of_the_wrong_shape_is_a_problem_document(signed_in, join, meeting, host, device):
    answer = join(signed_in(host), meeting, device=device)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_room_opens_with_the_first_who_joins(signed_in, join, meeting, host):
    assert reread(meeting).state == MeetingState.SCHEDULED
    join(signed_in(host), meeting)
    assert reread(meeting).state == MeetingState.LIVE
    assert gateway.list_participants(room_name(meeting.tenant_id, meeting.id)) == []


def test_a_colleague_with_the_link_stays_out_where_the_policy_says_so(
    signed_in, join, meeting, colleague
):
    with tenant_scope(meeting.tenant_id):
        Policy.objects.create(link_admits_members=False)
    assert join(signed_in(colleague), meeting).status_code == 404


def test_a_withdrawn_invitation_opens_nothing(signed_in, join, meeting, invitee):
    with tenant_scope(meeting.tenant_id):
        meeting.invitations.update(withdrawn_at=timezone.now())
    assert join(signed_in(invitee), meeting).status_code == 404


def test_only_the_host_ends_it_and_then_nobody_comes_back(
    signed_in, join, meeting, host, invitee, run_outbox
):
    join(signed_in(host), meeting)
    url = f"/api/v1/meetings/{meeting.slug}/end"
    assert signed_in(invitee).post(url).status_code == 403
    assert signed_in(host).post(url).status_code == 204
    run_outbox()
    assert join(signed_in(invitee), meeting).status_code == 409
    assert signed_in(host).get(f"/r/{meeting.slug}/").status_code == 410
    assert signed_in(host).post(url).status_code == 204  # twice changes nothing
    with tenant_scope(meeting.tenant_id):
        assert Event.objects.filter(kind="meeting_ended").count() == 1


@pytest.mark.parametrize("status", [500, 503, None], ids=["broken", "busy", "silent"])
def test_when_livekit_fails_the_answer_says_to_try_again(
    signed_in, join, meeting, host, livekit_answers, status
):
    """Never a 500, never a wait without end; and nothing is written of a room that is not there."""
    livekit_answers(status)
    began = time.monotonic()
    answer = join(signed_in(host), meeting)
    assert time.monotonic() - began < 5
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) == answer.json()["retry_after"] <= 10
    assert reread(meeting).state == MeetingState.SCHEDULED


def test_once_livekit_is_back_the_same_request_works(
    signed_in, join, meeting, host, livekit_answers, settings
):
    address = settings.LIVEKIT_API_URL
    livekit_answers(503)
    assert join(signed_in(host), meeting).status_code == 503
    settings.LIVEKIT_API_URL = address
    assert join(signed_in(host), meeting).status_code == 200


def test_a_room_that_livekit_lost_is_made_again(signed_in, join, meeting, host):
    join(signed_in(host), meeting)
    room = room_name(meeting.tenant_id, meeting.id)
    gateway.delete_room(room)
    assert join(signed_in(host), meeting, room_lost=True).status_code == 200
    gateway.remove_participant(room, "nobody")  # exists again: refused neither way


def test_a_meeting_whose_time_is_over_ends_when_its_room_is_empty(
    signed_in, join, meeting, host, livekit_answers, settings
):
    from meetings.tasks import close_ended_meetings

    join(signed_in(host), meeting)
    close_ended_meetings()
    assert reread(meeting).state == MeetingState.LIVE
    with tenant_scope(meeting.tenant_id):
        long_ago = timezone.now() - timedelta(hours=3)
        Meeting.objects.update(starts_at=long_ago, ends_at=long_ago + timedelta(hours=1))
    address = settings.LIVEKIT_API_URL
    livekit_answers(500)
    close_ended_meetings()
    assert reread(meeting).state == MeetingState.LIVE  # nobody knows whether it is empty
    settings.LIVEKIT_API_URL = address
    close_ended_meetings()
    assert reread(meeting).state == MeetingState.ENDED


@pytest.mark.django_db(transaction=True)
def test_a_join_costs_eight_statements_or_fewer(
    signed_in, join, meeting, host, colleague, invitee, open_to_guests
):
    """Scopes and audit among them."""
    join(signed_in(host), meeting)

    def cost(client, **body) -> int:
        with statements() as sent:
            assert join(client, meeting, **body).json()["state"] == "joined"
        return len(sent)

    foreign, own, guest = (
        signed_in(invitee),
        signed_in(colleague),
        Client(headers={"host": "localhost"}),
    )
    # Own scope; member, user and ministry; the link's scope; the meeting's row; the door; the
    # participant; the event; its delivery to the agent's own ministry.
    assert cost(foreign) == 8
    assert cost(foreign) == 7  # the seat still covers the new token: nothing of the person changes
    with tenant_scope(meeting.tenant_id):
        Participant.objects.update(seat_until=timezone.now())
    assert cost(foreign) == 8
    assert cost(own) == 7
    assert cost(own) == 6
    # A guest's first: whether one may say a name here (2), the session that is made, the link's
    # scope, the meeting's row, the door, the participant, the event.
    assert cost(guest, name="Gaëlle") == 8
    assert cost(guest, name="Gaëlle") == 4


def test_joining_is_refused_without_a_form_token(meeting, host):
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    client.force_login(host.user, backend="tenants.proconnect.backend.ProConnectBackend")
    answer = client.post(f"/api/v1/meetings/{meeting.slug}/join", {"device": "device-0001"})
    assert answer.status_code in (401, 403)


def accepted(answer) -> int:
    """What LiveKit itself says of a token."""
    return requests.get(
        f"{settings.LIVEKIT_API_URL}/rtc/validate",
        {"access_token": answer.json()["token"]},
        timeout=5,
    ).status_code


def test_livekit_takes_the_token_until_the_meeting_has_ended(
    signed_in, join, meeting, host, invitee, run_outbox
):
    tokens = [join(signed_in(who), meeting) for who in (host, invitee)]
    assert [accepted(token) for token in tokens] == [200, 200]
    signed_in(host).post(f"/api/v1/meetings/{meeting.slug}/end")
    run_outbox()
    assert [accepted(token) for token in tokens] == [404, 404]


def test_a_token_opens_no_other_room_and_no_administration(signed_in, join, meeting, host):
    token = join(signed_in(host), meeting).json()["token"]
    for method in ("ListRooms", "CreateRoom", "DeleteRoom", "MutePublishedTrack"):
        answer = requests.post(
            f"{settings.LIVEKIT_API_URL}/twirp/livekit.RoomService/{method}",
            json={"room": room_name(meeting.tenant_id, meeting.id), "name": "x"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=5,
        )
        assert answer.status_code in (401, 403), method
