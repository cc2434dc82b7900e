"""The agenda, and the pages on which a meeting is planned, read, changed and cancelled."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meetings import agenda as agendas
from meetings import ending, scheduling
from meetings.attendance import attendance_of
from meetings.forms import MeetingForm, initial_for_change, initial_for_new
from meetings.models import Invitation, MeetingState
from meetings.policies import Permission, get_meeting_for
from tenants import policies
from tenants.decorators import member_required
from tenants.models import MappingKind, Member, MemberState, Tenant, TenantMapping

# Colleagues whom the form suggests while one types.
MOST_SUGGESTED = 200


@require_GET
def agenda(request):
    """The home page: for who is not signed in, what Visio is; for the others, their week."""
    if not request.user.is_authenticated:
        return render(request, "home.html")
    return my_agenda(request)


@member_required
def my_agenda(request):
    """Today and the week; the same view answers the fragment that the page asks for again."""
    zone = activate_zone(request)
    now = timezone.now()
    days = agendas.week(request.member, now=now, zone=zone)
    context = {
        "days": days,
        "today": days[0],
        "next_item": agendas.next_item(days, now=now),
        "now": now,
        "can_organise": may_organise(request),
        "socket_url": f"{settings.SOCKETS_URL}/ws/agenda/",
    }
    template = "meetings/agenda.html"
    if request.headers.get("X-Fragment") == "agenda":
        template = "meetings/agenda_content.html"
    return render(request, template, context)


@member_required
@require_http_methods(["GET", "POST"])
def schedule(request):
    """Plans a meeting and sends its invitations."""
    if not may_organise(request):
        raise PermissionDenied
    zone = activate_zone(request)
    if request.method == "GET":
        initial = initial_for_new(now=timezone.now(), zone=zone)
        return render_form(request, MeetingForm(member=request.member, initial=initial))
    form = MeetingForm(request.POST, member=request.member)
    if form.is_valid():
        try:
            meeting = scheduling.schedule_meeting(plan=form.plan(), by=request.member)
        except ValidationError as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, _("La réunion est planifiée, les invitations partent."))
            return redirect(meeting)
    return render_form(request, form, status=422)


@member_required
@require_POST
def meet_now(request):
    """Starts a meeting at once; who is invited by its link comes in."""
    now = timezone.now()
    plan = scheduling.Plan(
        title=_("Réunion immédiate"),
        description="",
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        time_zone=request.member.time_zone,
    )
    return redirect(scheduling.schedule_meeting(plan=plan, by=request.member).join_path)


@member_required
@require_GET
def detail(request, meeting_id):
    """Who is invited, how to join, and afterwards who was there."""
    activate_zone(request)
    meeting = get_meeting_for(request.member, meeting_id, Permission.MEETING_READ)
    is_host = meeting.host_id == request.member.id
    over = meeting.state in (MeetingState.CANCELLED, MeetingState.ENDED)
    context = {
        "meeting": meeting,
        "organisation": request.tenant.name,
        "invitations": invitations_with_organisations(meeting),
        "attendance": attendance_of(meeting),
        "join_url": request.build_absolute_uri(meeting.join_path),
        "can_join": not over,
        "can_change": is_host and not over,
        "can_end": is_host and meeting.state == MeetingState.LIVE,
    }
    return render(request, "meetings/detail.html", context)


@member_required
@require_POST
def end(request, meeting_id):
    """The host ends a meeting that is going on, from its page."""
    meeting = get_meeting_for(request.member, meeting_id, Permission.MEETING_END)
    ending.end(meeting.id, by=request.member, now=timezone.now())
    messages.success(request, _("La réunion est terminée pour tous."))
    return redirect(meeting)


@member_required
@require_http_methods(["GET", "POST"])
def change(request, meeting_id):
    """Changes a meeting; the invitees are told what changed."""
    activate_zone(request)
    meeting = get_meeting_for(request.member, meeting_id, Permission.MEETING_CHANGE)
    if request.method == "GET":
        form = MeetingForm(
            member=request.member, meeting=meeting, initial=initial_for_change(meeting)
        )
        return render_form(request, form, meeting=meeting)
    form = MeetingForm(request.POST, member=request.member, meeting=meeting)
    if form.is_valid():
        try:
            changed = scheduling.change_meeting(
                meeting=meeting, plan=form.plan(), by=request.member, now=timezone.now()
            )
        except ValidationError as refusal:
            form.add_refusal(refusal)
        else:
            text = _("La réunion est modifiée, les personnes invitées sont prévenues.")
            messages.success(request, text if changed else _("Rien n’a changé."))
            return redirect(meeting)
    return render_form(request, form, meeting=meeting, status=422)


@member_required
@require_http_methods(["GET", "POST"])
def cancel(request, meeting_id):
    """Asks once, because it cannot be undone: mails have left."""
    activate_zone(request)
    meeting = get_meeting_for(request.member, meeting_id, Permission.MEETING_CANCEL)
    if request.method == "POST":
        try:
            scheduling.cancel_meeting(meeting=meeting, by=request.member, now=timezone.now())
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(
                request, _("La réunion est annulée, les personnes invitées sont prévenues.")
            )
        return redirect(meeting)
    invited = Invitation.objects.filter(meeting=meeting, withdrawn_at=None)
    context = {"meeting": meeting, "invitations_count": invited.count()}
    return render(request, "meetings/cancel.html", context)


def render_form(request, form, *, meeting=None, status=200):
    """The planning page, new or filled."""
    colleagues = Member.objects.filter(state=MemberState.ACTIVE).order_by("usual_name")
    domains = TenantMapping.objects.filter(tenant=request.tenant_id, kind=MappingKind.DOMAIN)
    context = {
        "form": form,
        "meeting": meeting,
        "known_people": [
            {"name": colleague.full_name, "email": colleague.email}
            for colleague in colleagues[:MOST_SUGGESTED]
        ],
        "own_domains": list(domains.values_list("value", flat=True)),
    }
    return render(request, "meetings/schedule.html", context, status=status)


def invitations_with_organisations(meeting) -> list[Invitation]:
    """Who is invited, each with the name of their ministry where it is another one."""
    invitations = list(
        Invitation.objects.filter(meeting=meeting, withdrawn_at=None).order_by("email")
    )
    names = Tenant.objects.in_bulk({i.to_tenant_id for i in invitations if i.to_tenant_id})
    for invitation in invitations:
        tenant = names.get(invitation.to_tenant_id)
        invitation.organisation = tenant.name if tenant else ""
    return invitations


def may_organise(request) -> bool:
    """Whether the tenant's policy lets this member plan meetings."""
    allowed = policies.permissions_of(request.member, policies.policy())
    return policies.Permission.MEETING_CREATE in allowed


def activate_zone(request) -> ZoneInfo:
    """Shows times in the member's own zone."""
    zone = ZoneInfo(request.member.time_zone)
    timezone.activate(zone)
    return zone
