"""The log as its auditors read it: the table, one event, one meeting's story, the file."""

from base64 import b64encode
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from audit.kinds import Kind
from audit.log import record
from audit.models import Event
from audit.search import Criteria
from auditors import (
    exports,
    known_meetings,
    pages,
    proofs,
    readings,
    saved_searches,
    telling,
    volumes,
)
from auditors.access import auditor_required, reason_required
from auditors.documents.contents import About
from auditors.forms import as_searched, id_in
from auditors.pages import NoSuchPlace, Page
from auditors.searches import FILTERING, Search
from isolation.decorators import opens_own_scope
from isolation.scope import tenant_scope
from meetings.views import activate_zone
from tenants.words import with_marks_shown

no_store = cache_control(private=True, no_store=True)


@auditor_required
@reason_required
@require_GET
@no_store
def journal(request):
    """The log, newest first, as far as the filter fits."""
    activate_zone(request)
    now = timezone.now()
    search = Search.of_address(request.GET, request.session, now=now)
    if not search.is_valid:
        return render_journal(request, search, Page([]), status=422)
    page = asked_page(request, search)
    answer = render_journal(request, search, page, now=now)  # before its own reading waits
    readings.note_search(request, search.asked, meeting_id=_one_meeting(search), now=now)
    return answer


@auditor_required
@require_POST
@no_store
def look_for(request):
    """Takes a filter as it was typed and leads to its address, in which no name stands."""
    activate_zone(request)
    search = Search.of_form(request.POST, request.session, now=timezone.now())
    if not search.is_valid:
        return render_journal(request, search, Page([]), status=422)
    return redirect(journal_at(search))


@auditor_required
@reason_required
@require_GET
@no_store
def event(request, event_id):
    """One event with everything that was written of it."""
    activate_zone(request)
    found = Event.objects.filter(id=event_id).first()
    if found is None:
        raise Http404("no such event in this log")
    now = timezone.now()
    standing = proofs.standing_of([found], now=now)
    readings.note_event(request, found.id, now=now)
    [line] = telling.lines_of([found], standing.proofs)
    proof = standing.proofs.each[found.id]
    context = {
        "line": line,
        "event": found,
        "standing": standing,
        "proof": proof,
        "differ": proofs.fields_in_words(proof),
        "leaf": proof.leaf.decode(),
        "path": [b64encode(each).decode() for each in proof.path],
        "details": telling.details_of(found.payload),
        "author": as_searched(found.actor_name),
        "back": _with_query(reverse("auditors:journal"), _way_back(request.GET)),
    }
    return render(request, "auditors/event.html", context)


@auditor_required
@reason_required
@require_GET
@no_store
def story(request, meeting_id):
    """What the log holds of one meeting, in the order in which it happened."""
    activate_zone(request)
    try:
        page = pages.story(meeting_id, after=request.GET.get("after", ""))
    except NoSuchPlace:
        raise Http404("no such place in this story") from None
    meeting = known_meetings.named([meeting_id]).get(meeting_id)
    if meeting is None and not page.events:
        raise Http404("this log knows nothing of such a meeting")
    now = timezone.now()
    standing = proofs.standing_of(page.events, now=now)
    lines = telling.lines_of(page.events, standing.proofs)
    readings.note_story(request, meeting_id, now=now)
    context = {
        "meeting_id": meeting_id,
        "meeting": meeting,
        "title": telling.title_of(meeting),
        "is_over": meeting is not None and meeting.is_over,
        "delivered_by": next((line.delivered_by for line in lines if line.delivered_by), ""),
        "lines": lines,
        "standing": standing,
        "further": page.newer,
        "is_further": "after" in request.GET,
    }
    return render(request, "auditors/story.html", context)


@opens_own_scope
@auditor_required
@reason_required
@require_GET
@no_store
def export(request, extension):
    """Everything that fits, as a file. That it leaves is written before its first line does."""
    now = timezone.now()
    with tenant_scope(request.tenant_id):
        activate_zone(request)
        search = Search.of_address(request.GET, request.session, now=now)
        if not search.is_valid:
            return render_journal(request, search, Page([]), status=422)
        criteria = _criteria_until(search, now)
        record(
            Kind.LOG_EXPORTED,
            actor=request.member,
            meeting_id=_one_meeting(search),
            at=now,
            format=extension,
            filter=search.asked,
            **request.log_reason.told,
        )
        chosen = (
            volumes.format_of(criteria, about=_about(request, search))
            if extension == "pdf"
            else exports.FORMATS[extension]
        )
    name = exports.file_name(request.tenant.short_name, chosen.extension, now=now)
    return StreamingHttpResponse(
        chosen.to_bytes(criteria, tenant_id=request.tenant_id),
        content_type=chosen.content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _about(request, search: Search) -> About:
    """What an export on paper says of itself, in French whoever asks."""
    with override("fr"):
        filtered = [
            (str(search.form.fields[name].label), words)
            for name, words in search.form.in_words().items()
        ]
    reason = request.log_reason
    return About(
        ministry=request.tenant.name,
        filtered=filtered,
        by=request.member.audit_name,
        reason=reason.reason,
        reference=reason.reference,
        asked_at=search.now,
    )


def asked_page(request, search: Search) -> Page:
    """The page of a search that an address names; the newest where it names none."""
    criteria = search.form.criteria(now=search.now)
    try:
        return pages.page(
            criteria, newer=request.GET.get("newer", ""), older=request.GET.get("older", "")
        )
    except NoSuchPlace:
        messages.warning(
            request, _("Cette page du journal n’existe pas. Voici les événements les plus récents.")
        )
        return pages.page(criteria)


def _criteria_until(search: Search, now: datetime) -> Criteria:
    """What stood in the log when it was asked for: a file is not longer for being slow."""
    criteria = search.form.criteria(now=now)
    return replace(criteria, until=min(criteria.until or now, now))


def journal_at(search: Search) -> str:
    """The address at which the journal shows a search."""
    return _with_query(reverse("auditors:journal"), search.address())


def _one_meeting(search: Search) -> UUID | None:
    """The meeting about which a search is, where it is about one."""
    return id_in(search.asked.get("meeting", ""))


def render_journal(
    request,
    search: Search,
    page: Page,
    *,
    status: int = 200,
    now: datetime | None = None,
    name_form: Form | None = None,
):
    """The journal with these events; `name_form`: the name under which a search was to be kept."""
    address = search.address() if search.is_valid else ""
    standing = proofs.standing_of(page.events, now=now or timezone.now())
    kept = list(saved_searches.of(request.member))
    context = {
        "form": search.form,
        "name_form": name_form,
        "saved": [
            (each.id, with_marks_shown(each.name), each.asked == search.asked) for each in kept
        ],
        "is_valid": search.is_valid,
        "chosen_kinds": search.form["kind"].value(),
        "chips": search.chips() if search.is_valid else [],
        "lines": telling.lines_of(page.events, standing.proofs),
        "standing": standing,
        "page": page,
        "address": address,
        "is_first": not page.newer,
        "organisation": request.tenant.name,
    }
    return render(request, "auditors/journal.html", context, status=status)


def _way_back(query: QueryDict) -> str:
    """The filter from which somebody came, as their address carries it."""
    known = QueryDict(mutable=True)
    for name in FILTERING:
        if name in query:
            known.setlist(name, query.getlist(name))
    return known.urlencode()


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
