"""Meetings through the API: listed, planned, read, changed, cancelled. A meeting's address is the
slug of its link, as everywhere in the API."""

from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from ninja import Header, Query, Router

from isolation.scope import current_tenant_id, tenant_scope
from meetings import listing, scheduling
from meetings.api_shapes import (
    MeetingChange,
    MeetingFilters,
    MeetingOut,
    MeetingPage,
    NewMeeting,
    line_of,
    of_entry,
    of_meeting,
)
from meetings.forms import MomentsForm
from meetings.links import resolve
from meetings.models import AgendaEntry, Invitation, Meeting
from meetings.policies import Permission, get_meeting_for
from tenants import policies
from tenants.api import callers, idempotency, pages
from tenants.api.answers import answer, answer_if_changed, require_match
from tenants.api.inputs import refuse_unknown_parameters
from tenants.api.problems import at_field, not_valid, of_validation
from tenants.api.throttles import READS, WRITES, Pace
from tenants.api_tokens.models import Scope
from tenants.api_tokens.services import Service
from tenants.models import Member, MemberState, Policy

router = Router(tags=["meetings"])
read_pace, write_pace = Pace("read", READS), Pace("write", WRITES)


@router.get(
    "",
    response=MeetingPage,
    operation_id="list_meetings",
    url_name="meetings",
    throttle=[read_pace],
)
def list_meetings(request, filters: Query[MeetingFilters]):
    """A person's meetings, those of other ministries among them; to a service, the ministry's."""
    refuse_unknown_parameters(request, MeetingFilters)
    caller = callers.allow(request, Scope.MEETINGS_READ)
    about = ("meetings", caller.id, *filters.about)
    place = pages.read_cursor(filters.cursor, about=about, parse=_moment)
    wanted = filters.wanted(place)
    with tenant_scope(caller.tenant_id):
        if isinstance(caller, Service):
            found = listing.of_ministry(wanted)
        else:
            found = listing.of_member(caller.member, wanted)
    more = len(found) > filters.limit
    found = found[: filters.limit]
    cursor = pages.write_cursor(found[-1].starts_at, found[-1].id, about=about) if more else None
    me = caller.member.id if caller.member else None
    items = [line_of(line, me=me, own=caller.organisation) for line in found]
    page = MeetingPage(items=items, next=cursor)
    return answer_if_changed(request, page, headers=pages.link_to_next(request, cursor))


def _moment(text):
    moment = parse_datetime(text)
    if moment is None:
        raise ValueError("no moment")
    return moment


@router.post(
    "",
    response={201: MeetingOut},
    operation_id="create_meeting",
    url_name="meetings_create",
    throttle=[write_pace],
)
def create_meeting(
    request,
    body: NewMeeting,
    idempotency_key: str = Header("", alias="Idempotency-Key", pattern=idempotency.KEY),
):
    """Plans a meeting and sends its invitations."""
    caller, now = callers.allow(request, Scope.MEETINGS_WRITE), timezone.now()

    def plan() -> HttpResponse:
        policy = policies.policy()
        host = _host_for(caller, body, policy)
        policies.require(host, policies.Permission.MEETING_CREATE, policy=policy)
        sent = body.model_dump(exclude_unset=True, exclude={"host"})
        values = _form_data({"time_zone": host.time_zone} | sent)
        form = MomentsForm(values, member=host, policy=policy)
        try:
            meeting = scheduling.schedule_meeting(
                plan=_plan_of(form), by=callers.acting(caller), host=host, policy=policy
            )
        except ValidationError as refusal:
            raise of_validation(refusal) from refusal
        address = reverse("api:meeting", args=[meeting.slug])
        shown = _out(meeting, caller) if body.invitees else _out(meeting, caller, invitees=[])
        return answer(shown, status=201, headers={"Location": address})

    with tenant_scope(caller.tenant_id):
        return idempotency.once(request, caller, plan, key=idempotency_key, now=now)


@router.get(
    "/{slug}",
    response=MeetingOut,
    operation_id="get_meeting",
    url_name="meeting",
    throttle=[read_pace],
)
def get_meeting(request, slug: str):
    """One meeting; of another ministry's, what that ministry delivered."""
    caller = callers.allow(request, Scope.MEETINGS_READ)
    with tenant_scope(caller.tenant_id):
        entry = None
        try:
            meeting = find(slug, caller, Permission.MEETING_READ)
        except Delivered as delivered:
            entry = delivered.entry
        shown = of_entry(entry) if entry else _out(meeting, caller)
    return answer_if_changed(request, shown)


@router.patch(
    "/{slug}",
    response=MeetingOut,
    operation_id="change_meeting",
    url_name="meeting_change",
    throttle=[write_pace],
)
def change_meeting(
    request, slug: str, body: MeetingChange, if_match: str = Header("", alias="If-Match")
):
    """Changes what the body names (RFC 7396) and tells the invitees."""
    caller, now = callers.allow(request, Scope.MEETINGS_WRITE), timezone.now()
    with tenant_scope(caller.tenant_id):
        meeting = _held(slug, caller, Permission.MEETING_CHANGE)
        stands = _out(meeting, caller)
        require_match(request, stands)
        kept = stands.model_dump(
            include={"title", "description", "starts_at", "ends_at", "time_zone", "invitees"}
        )
        form = MomentsForm(
            _form_data(kept | body.model_dump(exclude_unset=True)),
            member=meeting.host,
            policy=policies.policy(),
            meeting=meeting,
        )
        try:
            scheduling.change_meeting(
                meeting=meeting, plan=_plan_of(form), by=callers.acting(caller), now=now
            )
        except ValidationError as refusal:
            raise of_validation(refusal) from refusal
        meeting.refresh_from_db()
        return answer(_out(meeting, caller))


@router.delete(
    "/{slug}",
    response={204: None},
    operation_id="cancel_meeting",
    url_name="meeting_cancel",
    throttle=[write_pace],
)
def cancel_meeting(request, slug: str, if_match: str = Header("", alias="If-Match")):
    """Cancels a meeting that has not ended, and tells the invitees. It stays readable."""
    caller, now = callers.allow(request, Scope.MEETINGS_WRITE), timezone.now()
    with tenant_scope(caller.tenant_id):
        meeting = _held(slug, caller, Permission.MEETING_CANCEL)
        require_match(request, _out(meeting, caller))
        try:
            scheduling.cancel_meeting(meeting=meeting, by=callers.acting(caller), now=now)
        except ValidationError as refusal:
            raise of_validation(refusal) from refusal
    return HttpResponse(status=204)


# --- Finding a meeting -----------------------------------------------------------------------------
class Delivered(Exception):
    """The slug leads to another ministry's meeting, of which the caller has what was delivered."""

    def __init__(self, entry: AgendaEntry):
        super().__init__()
        self.entry = entry


def find(slug: str, caller, permission: Permission) -> Meeting:
    """The meeting behind a slug, if the caller may do this; in the scope of the caller's ministry.

    Raises Http404 alike for an unknown slug and for another ministry's meeting, PermissionDenied,
    Delivered.
    """
    tenant_id, meeting_id = resolve(slug)
    if tenant_id == current_tenant_id():
        if isinstance(caller, Service):
            return _of_ministry(meeting_id)
        return get_meeting_for(caller.member, meeting_id, permission)
    email = None if isinstance(caller, Service) else caller.member.email
    entry = AgendaEntry.objects.filter(meeting_id=meeting_id, email=email).first()
    if entry is not None:
        raise Delivered(entry)
    raise Http404("no such meeting for this caller")


def _of_ministry(meeting_id: UUID) -> Meeting:
    """A service reaches every meeting of its ministry; its scopes say for what."""
    meeting = Meeting.objects.select_related("host").filter(id=meeting_id).first()
    if meeting is None:
        raise Http404("no such meeting")
    return meeting


def _held(slug: str, caller, permission: Permission) -> Meeting:
    """The same to change it: nobody else changes it meanwhile."""
    try:
        meeting = find(slug, caller, permission)
    except Delivered as delivered:
        raise PermissionDenied(permission) from delivered
    held = Meeting.objects.select_for_update(of=("self",)).select_related("host")
    return held.get(id=meeting.id)


def _host_for(caller, body: NewMeeting, policy: Policy) -> Member:
    """In whose name a meeting is planned: one's own; a service names an active member."""
    if not isinstance(caller, Service):
        if body.host and body.host.lower() != caller.member.email:
            why = _("Vous planifiez vos propres réunions : laissez ce champ vide.")
            raise not_valid([at_field("host", why)])
        return caller.member
    if not body.host:
        why = _("Dites pour quel agent de votre ministère cette réunion est planifiée.")
        raise not_valid([at_field("host", why)])
    host = (
        Member.objects.filter(email=body.host.lower(), state=MemberState.ACTIVE)
        .order_by("created_at")
        .first()
    )
    allowed = policies.permissions_of(host, policy) if host else frozenset()
    if host is None or policies.Permission.MEETING_CREATE not in allowed:
        why = _("Aucun agent de votre ministère qui puisse organiser n’a cette adresse.")
        raise not_valid([at_field("host", why)])
    return host


# --- Shapes ------------------------------------------------------------------------------------------
def _form_data(values: dict) -> dict:
    """The body as the form reads it."""
    return values | {"invitees": "\n".join(values.get("invitees") or [])}


def _plan_of(form: MomentsForm) -> scheduling.Plan:
    if not form.is_valid():
        raise of_validation(ValidationError(form.errors.as_data()))
    return form.plan()


def _out(meeting: Meeting, caller, *, invitees: list[str] | None = None) -> MeetingOut:
    """The meeting as its caller reads it; its invitees are asked for unless they are known."""
    if invitees is None:
        invited = Invitation.objects.filter(meeting=meeting, withdrawn_at=None).order_by("email")
        invitees = list(invited.values_list("email", flat=True))
    return of_meeting(
        meeting,
        invitees=invitees,
        organisation=caller.organisation,
        me=caller.member.id if caller.member else None,
    )
