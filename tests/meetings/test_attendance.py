"""LiveKit's notifications: only its own, each once, in any order, and what they say of presence."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Event
from isolation.scope import tenant_scope
from meetings.attendance import Interval, attendance_of, merge
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, Participant, Presence, WebhookDelivery
from tests.meetings.conftest import post_webhook

pytestmark = pytest.mark.django_db


@pytest.fixture
def inside(signed_in, join, meeting, invitee):
    """Inès has a token; `inside(kind, minute)` tells what happens to her connection."""
    identity = join(signed_in(invitee), meeting).json()["identity"]
    start = timezone.now().replace(microsecond=0)

    def details(kind: str, minute: int, *, sid: str = "PA_1") -> dict:
        return {
            "kind": kind,
            "room": room_name(meeting.tenant_id, meeting.id),
            "at": start + timedelta(minutes=minute),
            "event_id": f"EV_{kind}_{minute}_{sid}",
            "sid": sid,
            "identity": identity,
        }

    details.start = start
    return details


def rows(meeting):
    with tenant_scope(meeting.tenant_id):
        return attendance_of(Meeting.objects.get(id=meeting.id))


def test_an_arrival_and_a_departure_are_a_stay(meeting, webhook, inside):
    assert webhook(**inside("participant_joined", 0)).status_code == 200
    assert rows(meeting)[0].is_present
    webhook(**inside("participant_left", 10))
    [row] = rows(meeting)
    assert (row.name, row.organisation) == ("Inès Invitée", "Ministère de la Santé")
    assert row.total == timedelta(minutes=10)
    assert not row.is_present


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_no_order_and_no_repetition_changes_what_is_true(meeting, webhook, inside, order):
    told = [
        inside("participant_joined", 0),
        inside("participant_left", 10),
        inside("participant_joined", 20, sid="PA_2"),
        inside("participant_left", 25, sid="PA_2"),
    ]
    for index in (*order, *order):
        assert webhook(**told[index]).status_code == 200
    [row] = rows(meeting)
    assert row.intervals == [
        Interval(inside.start, inside.start + timedelta(minutes=10)),
        Interval(inside.start + timedelta(minutes=20), inside.start + timedelta(minutes=25)),
    ]
    with tenant_scope(meeting.tenant_id):
        assert WebhookDelivery.objects.count() == 4
        assert Event.objects.filter(kind="participant_joined").count() == 2


def test_a_late_notice_of_an_old_room_does_not_close_the_new_one(meeting, webhook, inside):
    webhook(**inside("room_finished", -5))
    with tenant_scope(meeting.tenant_id):
        assert Meeting.objects.get(id=meeting.id).room_opened_at
    webhook(**inside("room_finished", 30))
    with tenant_scope(meeting.tenant_id):
        assert Meeting.objects.get(id=meeting.id).room_opened_at is None


def test_what_nobody_told_is_said_to_be_uncertain(meeting, webhook, inside, signed_in, host):
    webhook(**inside("participant_joined", 0))
    signed_in(host).post(f"/api/v1/meetings/{meeting.slug}/end")
    [row] = rows(meeting)
    assert row.is_uncertain
    assert not row.is_present


def test_two_devices_and_a_reload_are_one_presence():
    now = timezone.now()

    def at(minute):
        return now + timedelta(minutes=minute)

    stays = [Interval(at(0), at(10)), Interval(at(5), at(15)), Interval(at(15.2), at(20))]
    assert merge(stays) == [Interval(at(0), at(20))]
    assert merge([*stays, Interval(at(19), None)]) == [Interval(at(0), None)]


@pytest.mark.parametrize(
    "forgery",
    [
        {"secret": "another-secret-of-sufficient-length"},
        {"signed_body": b"another body"},
        {"lifetime": -60},
    ],
    ids=["another secret", "another body", "an old token"],
)
def test_a_forged_notification_is_refused_and_changes_nothing(meeting, webhook, inside, forgery):
    assert webhook(**inside("participant_joined", 0), **forgery).status_code == 401
    with tenant_scope(meeting.tenant_id):
        assert not Presence.objects.exists()
        assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"event": "x", "room": {"name": "other"}}'])
def test_a_signed_body_that_says_nothing_of_ours_is_refused(client, db, body):
    assert post_webhook(client, body).status_code == 401


def test_without_a_token_it_is_refused(client, db):
    answer = client.post("/hooks/livekit/", {}, headers={"host": "localhost"})
    assert answer.status_code == 401


def test_somebody_whom_we_never_let_in_is_not_counted(meeting, webhook, inside):
    told = inside("participant_joined", 0) | {"identity": "0" * 32 + ".device-0001"}
    assert webhook(**told).status_code == 200
    assert rows(meeting) == []


def test_no_name_is_stored_with_a_notification(meeting, webhook, inside):
    webhook(**inside("participant_joined", 0))
    with tenant_scope(meeting.tenant_id):
        assert "Quelqu" not in str(WebhookDelivery.objects.get().body)
        assert Participant.objects.get(from_tenant_id__isnull=False).name == "Inès Invitée"
