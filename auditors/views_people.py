"""All that the log says of one person."""

from django.http import Http404, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from auditors import people, proofs, readings, telling
from auditors.access import auditor_required, reason_required
from auditors.forms import as_searched
from auditors.pages import Page
from auditors.people import Counts
from auditors.searches import Search
from auditors.views import asked_page
from meetings.views import activate_zone


@auditor_required
@reason_required
@require_GET
@cache_control(private=True, no_store=True)
def person(request, person_id):
    """What somebody did, what was done to them and on their behalf, newest first."""
    activate_zone(request)
    now = timezone.now()
    try:
        known = people.known(person_id)
    except people.UnknownPerson:
        raise Http404("this log knows nothing of such a person") from None
    search = Search.of_person(person_id, request.GET, request.session, now=now)
    page, counts = Page([]), Counts([])
    if search.is_valid:
        page = asked_page(request, search)
        counts = people.counts(search.form.criteria(now=now))
    address = search.address(without="person") if search.is_valid else ""
    standing = proofs.standing_of(page.events, now=now)
    context = {
        "person": known,
        "person_id": person_id,
        "searched_name": as_searched(known.log_name),
        "form": search.form,
        "is_valid": search.is_valid,
        "is_filtered": len(search.asked) > 1,  # the person themselves always is
        "chosen_kinds": search.form["kind"].value(),
        "counts": counts,
        "page": page,
        "is_first": not page.newer,
        "address": address,
        "without_kinds": _without_kinds(address),
        "export_address": search.address() if search.is_valid else "",
        "lines": telling.lines_of(page.events, standing.proofs),
        "standing": standing,
    }
    answer = render(
        request, "auditors/person.html", context, status=200 if search.is_valid else 422
    )
    if search.is_valid:
        readings.note_person(request, person_id, search.asked, now=now)
    return answer


def _without_kinds(address: str) -> str:
    """The query of an address, but for the kinds in it."""
    query = QueryDict(address, mutable=True)
    query.pop("kind", None)
    return query.urlencode()
