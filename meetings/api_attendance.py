"""Who was there, through the API: for the host, auditors, and services that may know it."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from ninja import Field, Router, Schema

from audit.kinds import Kind
from audit.log import record
from isolation.scope import tenant_scope
from meetings import attendance_readers
from meetings.api_meetings import Delivered, find
from meetings.attendance import Attendance, Interval, attendance_of
from meetings.models import Meeting, MeetingRole, Proof
from meetings.policies import Permission
from tenants.api import callers
from tenants.api.answers import answer_if_changed
from tenants.api.inputs import one_of
from tenants.api.throttles import READS, Pace
from tenants.api_tokens.models import Scope

router = Router(tags=["meetings"])


class Stay(Schema):
    """One time somebody was there (meetings.attendance.Interval)."""

    starts_at: datetime
    ends_at: datetime | None
    ends_before: datetime | None
    doubt: str = Field(json_schema_extra=one_of(["", "arrival", "departure", "unconfirmed"]))


class Attendee(Schema):
    name: str
    organisation: str
    proof: str = Field(json_schema_extra=one_of(Proof.values))
    role: str = Field(json_schema_extra=one_of(MeetingRole.values))
    is_present: bool
    total_seconds: int
    stays: list[Stay]
    sources: list[str]


class AttendanceOut(Schema):
    slug: str
    title: str
    people: list[Attendee]


@router.get(
    "/{slug}/attendance",
    response=AttendanceOut,
    operation_id="get_attendance",
    url_name="attendance",
    throttle=[Pace("read", READS)],
)
def get_attendance(request, slug: str):
    """Who was there, from when to when, and how that is known. Who reads it stands in the log,
    the host excepted."""
    caller = callers.allow(request, Scope.ATTENDANCE_READ)
    with tenant_scope(caller.tenant_id):
        try:
            meeting = find(slug, caller, Permission.ATTENDANCE_READ)
        except Delivered as delivered:
            raise PermissionDenied(Permission.ATTENDANCE_READ) from delivered
        if caller.member is None or meeting.host_id != caller.member.id:
            record(
                Kind.ATTENDANCE_READ,
                actor=callers.acting(caller),
                meeting_id=meeting.id,
                **_why(request, caller, meeting),
            )
        people = [_attendee(person) for person in attendance_of(meeting)]
    shown = AttendanceOut(slug=meeting.slug, title=meeting.title, people=people)
    return answer_if_changed(request, shown)


def _why(request, caller, meeting: Meeting) -> dict[str, Any]:
    """403 for an auditor who has not said why in their session. Software reads for what its token was
    made for."""
    if caller.member is None:
        return {}
    told = attendance_readers.why(meeting, caller.member, request.session, now=timezone.now())
    if told is None:
        raise PermissionDenied("no reason was stated for reading this attendance")
    return told


def _attendee(person: Attendance) -> Attendee:
    return Attendee(
        name=person.name,
        organisation=person.organisation,
        proof=person.proof,
        role=person.role,
        is_present=person.is_present,
        total_seconds=round(person.total.total_seconds()),
        stays=[_stay(interval) for interval in person.intervals],
        sources=sorted(person.sources),
    )


def _stay(interval: Interval) -> Stay:
    return Stay(
        starts_at=interval.starts_at,
        ends_at=interval.ends_at,
        ends_before=interval.ends_before,
        doubt=interval.doubt,
    )
