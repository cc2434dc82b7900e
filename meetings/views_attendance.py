"""The attendance report, for the meeting's host and for the ministry's auditors."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from audit.kinds import Kind
from audit.log import record
from meetings import attendance_readers
from meetings.attendance import attendance_of
from meetings.attendance_report import csv_of, file_name, report_of
from meetings.policies import Permission, get_meeting_for
from tenants.decorators import member_required
from tenants.reading_reasons import lead_to_form
from tenants.zones import activate_zone


@member_required
@require_GET
@cache_control(private=True, no_store=True)
def report(request, meeting_id):
    """Who was there, and how that is known. An auditor who looks says why; both are written in the
    log."""
    activate_zone(request)
    meeting = get_meeting_for(request.member, meeting_id, Permission.ATTENDANCE_READ)
    is_host = meeting.host_id == request.member.id
    why = attendance_readers.why(meeting, request.member, request.session, now=timezone.now())
    if why is None:
        return lead_to_form(request.get_full_path())
    if not is_host:
        record(Kind.ATTENDANCE_READ, actor=request.member, meeting_id=meeting.id, **why)
    context = {
        "meeting": meeting,
        "organisation": request.tenant.name,
        "report": report_of(attendance_of(meeting)),
        "is_host": is_host,
    }
    return render(request, "meetings/attendance.html", context)


@member_required
@require_GET
@cache_control(private=True, no_store=True)
def export(request, meeting_id):
    """The same as a file; each one that leaves is written in the log."""
    meeting = get_meeting_for(request.member, meeting_id, Permission.ATTENDANCE_READ)
    why = attendance_readers.why(meeting, request.member, request.session, now=timezone.now())
    if why is None:
        return lead_to_form(request.get_full_path())
    people = attendance_of(meeting)
    record(
        Kind.ATTENDANCE_EXPORTED,
        actor=request.member,
        meeting_id=meeting.id,
        people=len(people),
        **why,
    )
    return HttpResponse(
        csv_of(meeting, people),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name(meeting)}"'},
    )
