"""A meeting that is over, certified; and what somebody may change of a certificate."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.kinds import Kind
from audit.log import record
from auditors import certificates
from isolation.scope import tenant_scope
from meetings.models import Meeting, MeetingState, Participant, Presence
from meetings.scheduling import Plan, schedule_meeting
from tests.audit.logbook import sequence

START = datetime(2026, 9, 2, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.fixture
def meeting(economie, host):
    """Over; Hélène's stay is certain, Paul's is told by his browser alone."""
    with tenant_scope(economie.id):
        plan = Plan("Comité d’été", "", at(0), at(60), "Europe/Paris")
        meeting = schedule_meeting(plan=plan, by=host)
        for name, role, who, seen in (
            (
                "Hélène Hôte",
                "host",
                {"user": host.user, "from_tenant_id": economie.id},
                {"joined_at": at(1), "left_at": at(50)},
            ),
            (
                "Paul Durand",
                "guest",
                {"guest_key": uuid4(), "proof": "name"},
                {"heard_first_at": at(5), "heard_last_at": at(30), "said_goodbye_at": at(30)},
            ),
        ):
            person = Participant.objects.create(
                meeting=meeting, name=name, role=role, admitted_at=at(0), **who
            )
            Presence.objects.create(participant=person, connection=f"PA_{name}", **seen)
            record(Kind.JOIN_GRANTED, meeting_id=meeting.id, subject_id=person.id, at=at(1))
        Meeting.objects.filter(id=meeting.id).update(
            state=MeetingState.ENDED, started_at=at(0), ended_at=at(55)
        )
        record(Kind.MEETING_ENDED, actor=host, meeting_id=meeting.id, at=at(55))
    return meeting


@pytest.fixture(autouse=True)
def sequencer(economie, monkeypatch):
    """The log is sequenced while the certificate waits."""
    monkeypatch.setattr(
        certificates.time, "sleep", lambda _seconds: sequence(economie, now=timezone.now())
    )


def address(meeting, extension: str = "json") -> str:
    return f"/audit/reunions/{meeting.id}/attestation.{extension}"


@pytest.fixture
def paper(reader, meeting) -> bytes:
    answer = reader.post(address(meeting, "pdf"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="attestation-{meeting.id}.pdf"'
    assert "no-store" in answer["Cache-Control"]
    return answer.content


@pytest.fixture
def body(reader, meeting) -> bytes:
    answer = reader.post(address(meeting))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/json")
    assert "no-store" in answer["Cache-Control"]
    return answer.content


def tampered(body: bytes, change) -> bytes:
    told = json.loads(body)
    change(told)
    return json.dumps(told).encode()


def other_hash(told):
    proof = told["entries"][0]["proof"]
    proof[0] = b64encode(bytes(32)).decode()


def other_leaf(told):
    leaf = b64decode(told["entries"][0]["leaf"]).replace(b"success", b"refused")
    told["entries"][0]["leaf"] = b64encode(leaf).decode()


CHANGES = [
    lambda told: told["statement"]["attendance"]["people"].pop(),
    lambda told: told["statement"]["meeting"].update(id="0" * 36),
    lambda told: told["statement"].update(tenant=None),
    lambda told: told.update(checkpoint=told["checkpoint"].replace("\n", " ", 1)),
    lambda told: told.update(checkpoint=7),
    lambda told: told.update(keys=[]),
    lambda told: told.update(keys=[7]),
    lambda told: told.update(format="x"),
    lambda told: told.update(more=1),
    lambda told: told.update(entries={}),
    lambda told: told["entries"].reverse(),
    lambda told: told["entries"][0].update(index=True),
    lambda told: told["entries"][0].update(index=told["entries"][1]["index"]),
    lambda told: told["entries"][0].update(personal="{}"),
    lambda told: told["entries"][0].update(salt=None),
    lambda told: told["entries"][0].update(proof="x"),
    lambda told: told["certified"].update(proof_text="x"),
    lambda told: told.update(certified=told["entries"][0] | {"proof_text": ""}),
    other_hash,
    other_leaf,
]
