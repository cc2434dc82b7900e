"""A certificate of who attended a meeting: what is certified, and what proves it.

Its hash becomes an event of the log before it leaves. The log's own signature then stands for it, so
that the process that serves pages needs no key; and that it was made is known.
"""

import json
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from audit import checkpoints, departures, leaves, proving
from audit.kinds import Kind
from audit.log import record
from audit.models import Event, Leaf, Outside
from audit.proving import Proof, Proofs, Verdict
from audit.verify import certificate as certificate_format
from isolation.scope import current_tenant_id, tenant_scope
from meetings.attendance import Attendance, Interval, attendance_of
from meetings.models import Meeting
from tenants.models import Tenant

# What tells who was there; of the meeting's other events nothing needs to leave.
KINDS = (
    Kind.MEETING_STARTED, Kind.MEETING_ENDED, Kind.JOIN_GRANTED, Kind.LOBBY_KNOCKED,
    Kind.LOBBY_ADMITTED, Kind.PARTICIPANT_JOINED, Kind.PARTICIPANT_LEFT, Kind.PARTICIPANT_REMOVED,
)  # fmt: skip
# The log gives places each second; it is waited for so long.
PATIENCE = 10.0  # seconds
STEP = 0.25
SECOND = timedelta(seconds=1)


class NotSealed(Exception):
    """The log has not given the certificate its place in time."""


class NotProven(Exception):
    """The log gave it a place that proves nothing, because the log was changed; the message says
    what is missing, where that is known."""


@dataclass(frozen=True)
class Asked:
    """A certificate that stands in the log and may not have its place yet."""

    statement: dict[str, Any]
    event_id: UUID


def ask(meeting: Meeting, *, by, because: Mapping[str, Any], now: datetime) -> Asked:
    """States who attended, and writes the statement's hash into the open scope's log, with the reason
    for which it is asked (reading_reasons.Reason.told)."""
    statement = _statement(meeting, now=now)
    event = record(
        Kind.ATTENDANCE_CERTIFIED,
        actor=by,
        subject_id=certificate_format.digest_of(statement),  # in the leaf itself, for all to read
        meeting_id=meeting.id,
        at=now,
        people=len(statement["attendance"]["people"]),
        **because,
    )
    return Asked(statement, event.id)


def wait_until_sealed(tenant_id: UUID, event_id: UUID) -> None:
    """Comes back once the log has signed this event, outside of any transaction; or NotSealed."""
    ends = time.monotonic() + PATIENCE
    while True:
        with tenant_scope(tenant_id):
            if Leaf.objects.filter(event_id=event_id).exists():
                return
        if time.monotonic() > ends:
            raise NotSealed
        time.sleep(STEP)


def sealed(asked: Asked, meeting_id: UUID, *, now: datetime) -> bytes:
    """The certificate as JSON, with its own entry of the log and those of the meeting."""
    of_meeting = list(
        Event.objects.filter(meeting_id=meeting_id, kind__in=KINDS).values_list("id", flat=True)
    )
    proofs = proving.prove([asked.event_id, *of_meeting], now=now)
    own = proofs.each[asked.event_id]
    if own.verdict == Verdict.WAITING:
        raise NotSealed
    if proofs.checkpoint is None or own.verdict != Verdict.PROVEN or own.index is None:
        raise NotProven(str(proofs.missing or proofs.bad_note))
    departures.leaves(proofs.checkpoint, to=Outside.AUDITORS, now=now)
    others = [(event_id, proofs.each[event_id]) for event_id in of_meeting]
    proven = [proof for _id, proof in others if proof.verdict == Verdict.PROVEN]
    note = proofs.checkpoint.note
    whole = {
        "format": certificate_format.FORMAT,
        "statement": asked.statement,
        "checkpoint": note,
        "keys": [str(key) for key in _keys(proofs)],
        "certified": _entry(own)
        | {"proof_text": certificate_format.proof_text(own.index, own.path, note)},
        "entries": [_entry(each) for each in sorted(proven, key=lambda each: each.index or 0)],
        "unproven": [
            {"event": str(event_id), "verdict": proof.verdict.value}
            for event_id, proof in others
            if proof.verdict != Verdict.PROVEN
        ],
    }
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


def _keys(proofs: Proofs):
    assert proofs.checkpoint is not None
    origin = proofs.checkpoint.note.split("\n", 1)[0]
    return checkpoints.verifiers_of(current_tenant_id(), origin=origin)


def _entry(proof: Proof) -> dict[str, Any]:
    return {
        "index": proof.index,
        "leaf": b64encode(proof.leaf).decode(),
        "salt": None if proof.is_erased else b64encode(proof.salt).decode(),
        "personal": None if proof.is_erased else proof.personal.decode(),
        "proof": [b64encode(each).decode() for each in proof.path],
    }


# --- What is certified --------------------------------------------------------------------------
def _statement(meeting: Meeting, *, now: datetime) -> dict[str, Any]:
    people = attendance_of(meeting)
    tenant = Tenant.objects.get(id=current_tenant_id())
    return {
        "issued_at": leaves.moment(now),
        "tenant": {"id": str(tenant.id), "name": tenant.name},
        "meeting": {
            "id": str(meeting.id),
            "title": meeting.title,
            "host": meeting.host.full_name,
            "time_zone": meeting.time_zone,
            "planned_from": leaves.moment(meeting.starts_at),
            "planned_to": leaves.moment(meeting.ends_at),
            "started_at": _moment(meeting.started_at),
            "ended_at": _moment(meeting.ended_at),
        },
        "attendance": {
            "certain": not any(person.is_uncertain for person in people),
            "people": [_person(person) for person in people],
        },
    }


def _person(person: Attendance) -> dict[str, Any]:
    return {
        "name": person.name,
        "organisation": person.organisation,
        "proof": person.proof,
        "role": person.role,
        "sources": sorted(person.sources),
        "certain": not person.is_uncertain,
        "seconds": person.total // SECOND,
        "stays": [_stay(stay) for stay in person.intervals],
    }


def _stay(stay: Interval) -> dict[str, Any]:
    """`doubt` as meetings.attendance.Interval says it; empty where the stay is certain."""
    return {
        "from": leaves.moment(stay.starts_at),
        "to": _moment(stay.ends_at),
        "to_at_the_latest": _moment(stay.ends_before),
        "doubt": stay.doubt,
    }


def _moment(at: datetime | None) -> str | None:
    return leaves.moment(at) if at else None
