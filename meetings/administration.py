"""The administrators' overview, and the meetings that are going on: who is there, and the end.

Of a meeting an administrator sees title, host, times and participants while it lasts, nothing else;
every look at its participants stands in the log.
"""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from audit.kinds import Kind
from audit.log import record
from meetings import ending
from meetings.attendance import attendance_of
from meetings.attendance_report import report_of
from meetings.models import Meeting, MeetingState, Participant, Presence
from tenants.administration import overview as tenant_overview
from tenants.administration.changes import last_changes
from tenants.decorators import permission_required
from tenants.policies import Permission
from tenants.zones import activate_zone

PAGE = 50
IN_ROOM = Q(left_at=None, missing_at=None)


@permission_required(Permission.ADMINISTRATION_READ)
@require_GET
@cache_control(private=True, no_store=True)
def overview(request):
    """What goes on, who there is, what asks for attention, what was changed last."""
    activate_zone(request)
    people = tenant_overview.figures()
    context = {
        "live_meetings": live_meetings().count(),
        "people_in_rooms": people_in_rooms(),
        "people": people,
        "alerts": tenant_overview.alerts(request.tenant, people, now=timezone.now()),
        "changes": last_changes(),
    }
    return render(request, "administration/overview.html", context)


@permission_required(Permission.LIVE_MEETING_READ)
@require_GET
@cache_control(private=True, no_store=True)
def meetings(request):
    """Meetings that are going on, the newest first."""
    activate_zone(request)
    found = live_meetings().select_related("host").annotate(people=Coalesce(_people(), 0))
    count = found.count()
    if start := _started_before(request.GET.get("after", "")):
        found = found.filter(start)
    rows = list(found.order_by("-started_at", "-id")[: PAGE + 1])
    context = {
        "meetings": rows[:PAGE],
        "count": count,
        "after": rows[PAGE - 1].id if len(rows) > PAGE else None,
    }
    return render(request, "administration/meetings.html", context)


@permission_required(Permission.LIVE_MEETING_READ)
@require_GET
@cache_control(private=True, no_store=True)
def meeting(request, meeting_id):
    """Who is in one of them, since when and as what."""
    activate_zone(request)
    found = get_live_meeting(meeting_id)
    report = report_of([one for one in attendance_of(found) if one.is_present])
    record(
        Kind.LIVE_MEETING_READ,
        actor=request.member,
        meeting_id=found.id,
        people=len(report.lines),
    )
    context = {"meeting": found, "lines": report.lines, "organisation": request.tenant.name}
    return render(request, "administration/meeting.html", context)


@permission_required(Permission.LIVE_MEETING_END)
@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def end(request, meeting_id):
    """Asks once: people are talking."""
    activate_zone(request)
    found = get_live_meeting(meeting_id)
    if request.method == "GET":
        people = _present().filter(meeting=found).count()
        context = {"meeting": found, "people": people}
        return render(request, "administration/meeting_end.html", context)
    ending.end(found.id, by=request.member, now=timezone.now(), as_administrator=True)
    messages.success(request, _("La réunion « %(title)s » est terminée.") % {"title": found.title})
    return redirect("administration_meetings")


def live_meetings() -> QuerySet[Meeting]:
    return Meeting.objects.filter(state=MeetingState.LIVE)


def get_live_meeting(meeting_id: UUID) -> Meeting:
    """404 for one that is not going on, as for one of another ministry."""
    found = live_meetings().select_related("host").filter(id=meeting_id).first()
    if found is None:
        raise Http404("no such live meeting in this ministry")
    return found


def people_in_rooms() -> int:
    return _present().filter(meeting__state=MeetingState.LIVE).count()


def _present() -> QuerySet[Participant]:
    """Each person once, on however many devices."""
    open_ones = Presence.objects.filter(IN_ROOM).values("participant_id")
    return Participant.objects.filter(id__in=open_ones)


def _people() -> Subquery:
    """How many are in the room of each meeting."""
    present = _present().filter(meeting=OuterRef("pk")).order_by().values("meeting")
    return Subquery(present.annotate(people=Count("id")).values("people"))


def _started_before(text: str) -> Q | None:
    """Those that come after a meeting of the list; None for what names none."""
    try:
        start = Meeting.objects.filter(id=UUID(text)).first()
    except ValueError:
        return None
    if start is None or start.started_at is None:
        return None
    return Q(started_at__lt=start.started_at) | Q(started_at=start.started_at, id__lt=start.id)
