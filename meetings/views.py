"""The pages on which a meeting is planned, read, changed and cancelled."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from isolation.decorators import opens_own_scope
from isolation.scope import tenant_scope
from meetings import access_texts, chat, ending, lobby, scheduling
from meetings import agenda as agendas
from meetings.attendance import attendance_of
from meetings.forms import MeetingForm, initial_for_change, initial_for_new
from meetings.gate import MeetingOver
from meetings.livekit.errors import LiveKitError
from meetings.models import ChatMessage, Invitation, Meeting, MeetingState, Participant
from meetings.policies import Permission, get_meeting_for
from tenants import policies
from tenants.decorators import member_required
from tenants.models import GuestAccess, MappingKind, Member, MemberState, Tenant, TenantMapping
from tenants.zones import activate_zone

# Colleagues whom the form suggests while one types.
MOST_SUGGESTED = 200


@member_required
@require_http_methods(["GET", "POST"])
def schedule(request):
    """Plans a meeting and sends its invitations."""
    policy = policies.policy()
    policies.require(request.member, policies.Permission.MEETING_CREATE, policy=policy)
    zone = activate_zone(request)
    if request.method == "GET":
        initial = initial_for_new(now=timezone.now(), zone=zone)
        form = MeetingForm(member=request.member, policy=policy, initial=initial)
        return render_form(request, form)
    form = MeetingForm(request.POST, member=request.member, policy=policy)
    if form.is_valid():
        try:
            meeting = scheduling.schedule_meeting(
                plan=form.plan(), by=request.member, policy=policy
            )
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
    now, policy = timezone.now(), policies.policy()
    plan = scheduling.Plan(
        title=_("Réunion immédiate"),
        description="",
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        time_zone=request.member.time_zone,
        guest_access=policy.guest_access,
    )
    meeting = scheduling.schedule_meeting(plan=plan, by=request.member, policy=policy)
    return redirect(meeting.join_path)


@member_required
@require_GET
def detail(request, meeting_id):
    """Who is invited, how to join, who waits, and afterwards who was there."""
    activate_zone(request)
    now = timezone.now()
    meeting = get_meeting_for(request.member, meeting_id, Permission.MEETING_READ)
    is_host = meeting.host_id == request.member.id
    over = meeting.state in (MeetingState.CANCELLED, MeetingState.ENDED)
    waiting = agendas.waiting_at([meeting.id], now=now)[meeting.id] if is_host else []
    lobby_context = {
        "waiting": waiting,
        "lobby_url": reverse("meetings:lobby", args=[meeting.id]),
        "title": meeting.title,
        "now": now,
    }
    if request.headers.get("X-Fragment") == "lobby":
        return render_fragment(request, "meetings/lobby_section.html", lobby_context)
    policy = policies.policy()
    permissions = policies.permissions_of(request.member, policy)
    context = lobby_context | {
        "meeting": meeting,
        "organisation": request.tenant.name,
        "invitations": invitations_with_organisations(meeting),
        "attendance": attendance_of(meeting),
        "access": access_texts.access_sentence(meeting.guest_access, meeting.direct_entry, policy),
        "admits_guests": access_texts.allowed_guest_access(meeting.guest_access, policy)
        != GuestAccess.NONE,
        "join_url": request.build_absolute_uri(meeting.join_path),
        "chat": kept_chat(request.member, meeting, is_host=is_host),
        "can_join": not over,
        "can_change": is_host and not over and meeting.personal_room_id is None,
        "can_end": is_host and meeting.state == MeetingState.LIVE,
        "can_report": is_host or policies.Permission.LOG_READ in permissions,
        "socket_url": agenda_socket() if is_host and not over else "",
    }
    return render(request, "meetings/detail.html", context)


def kept_chat(member: Member, meeting: Meeting, *, is_host: bool) -> list[ChatMessage]:
    """What was written, once the meeting is over and where it is kept."""
    if meeting.state != MeetingState.ENDED:
        return []
    participant = Participant.objects.filter(meeting=meeting, user_id=member.user_id).first()
    return chat.kept(meeting, participant=participant, is_host=is_host)


@opens_own_scope
@member_required
@require_POST
def decide_lobby(request, meeting_id):
    """The host lets people in, or not, from the agenda or the meeting's page. The scripts of these
    pages send the same form and read the page's own answer."""
    with tenant_scope(request.tenant_id):
        meeting = get_meeting_for(request.member, meeting_id, Permission.ROOM_ADMIT)
    by, now = request.member, timezone.now()
    try:
        if "refuse" in request.POST:
            people = person_ids(request.POST.getlist("refuse"))
            decision = lobby.refuse(meeting=meeting, people=people, by=by, now=now)
        elif "admit_all" in request.POST:
            decision = lobby.admit(meeting=meeting, people=None, by=by, now=now)
        else:
            people = person_ids(request.POST.getlist("admit"))
            decision = lobby.admit(meeting=meeting, people=people, by=by, now=now)
    except LiveKitError:
        problem = _("La salle ne répond pas : personne n’est entré. Réessayez dans un instant.")
    except MeetingOver:
        problem = _("Cette réunion est terminée : on n’y entre plus.")
    else:
        problem = _("La réunion est pleine : une partie attend encore.") if decision.no_seat else ""
    if problem:
        messages.error(request, problem)
    return redirect(safe_next(request) or meeting)


def person_ids(values: list[str]) -> list[UUID]:
    """Raises BadRequest for what no button of ours sends."""
    try:
        return [UUID(value) for value in values]
    except ValueError:
        raise BadRequest("not a person's id") from None


def safe_next(request) -> str:
    """Where the form wants to go back to: a page of ours, or nowhere."""
    target = request.POST.get("next", "")
    is_ours = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if is_ours else ""


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
    about = {"member": request.member, "meeting": meeting, "policy": policies.policy()}
    if request.method == "GET":
        form = MeetingForm(initial=initial_for_change(meeting), **about)
        return render_form(request, form, meeting=meeting)
    form = MeetingForm(request.POST, **about)
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


def render_fragment(request, template, context):
    """A part of a page at the page's own address: kept, it would come back in the page's place."""
    response = render(request, template, context | {"is_fragment": True})
    response["Cache-Control"] = "no-store"
    return response


def render_form(request, form, *, meeting=None, status=200):
    """The planning page, new or filled."""
    colleagues = Member.objects.filter(state=MemberState.ACTIVE).order_by("usual_name")
    domains = dict(
        TenantMapping.objects.filter(kind=MappingKind.DOMAIN).values_list("value", "tenant_id")
    )
    policy = form.policy
    access, entry = form.access
    context = {
        "form": form,
        "meeting": meeting,
        "known_people": [
            {"name": colleague.full_name, "email": colleague.email}
            for colleague in colleagues[:MOST_SUGGESTED]
        ],
        "own_domains": [name for name, tenant in domains.items() if tenant == request.tenant_id],
        "connected_domains": list(domains),
        "outside_people": [
            email for email in form.typed_addresses if scheduling.domain_of(email) not in domains
        ],
        "access": access,
        "entry": entry,
        "access_sentence": access_texts.access_sentence(access, entry, policy),
        "access_sentences": access_texts.access_sentences(policy),
        "guest_access_options": access_texts.guest_access_options(policy),
        "guest_access_limit": access_texts.guest_access_limit(policy),
        "direct_entry_options": access_texts.direct_entry_options(policy),
        "direct_entry_limit": access_texts.direct_entry_limit(policy),
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


def agenda_socket() -> str:
    """Tells its reader that something of their agenda changed, people waiting among it."""
    return f"{settings.SOCKETS_URL}/ws/agenda/"


def may_organise(request) -> bool:
    """Whether the tenant's policy lets this member plan meetings."""
    allowed = policies.permissions_of(request.member, policies.policy())
    return policies.Permission.MEETING_CREATE in allowed
