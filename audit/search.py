"""Asks the log: who, what, how it ended, about which meeting, and when.

Every question has an index (migrations 0003 and 0004), so that none reads the whole of a log.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from audit.models import Event

NAMING = "SELECT visio_events_naming(%s, %s, %s, %s::uuid[], %s, %s, %s, %s, %s, %s)"


@dataclass(frozen=True)
class Criteria:
    """What is looked for; what is empty was not asked for."""

    # Parts of the name of whoever acted, or of the person to whom it happened.
    words: tuple[str, ...] = ()
    # The same, or of the person on whose behalf it was done, by the id under which the log knows them.
    person_id: UUID | None = None
    kinds: tuple[str, ...] = ()
    outcome: str = ""
    # None: of any meeting, or of none; empty: no meeting fits.
    meetings: tuple[UUID, ...] | None = None
    since: datetime | None = None
    # Not included.
    until: datetime | None = None


@dataclass(frozen=True)
class Edge:
    """The event where a page ends, and whether what is newer is asked for."""

    at: datetime
    id: UUID
    newer: bool = False


def matching(criteria: Criteria) -> QuerySet[Event]:
    """The open scope's events that fit, newest first."""
    events = _plainly(criteria)
    if criteria.words:
        events = events.filter(id__in=_naming(criteria, edge=None, most=None))
    return events.order_by("-at", "-id")


def page(criteria: Criteria, *, edge: Edge | None = None, most: int) -> QuerySet[Event]:
    """At most so many events that fit, beyond the edge; the nearest to it first."""
    order = ("at", "id") if edge and edge.newer else ("-at", "-id")
    if criteria.words:
        # The function has applied everything already; to say it twice would mislead the planner.
        return Event.objects.filter(id__in=_naming(criteria, edge=edge, most=most)).order_by(*order)
    events = _plainly(criteria)
    if edge and edge.newer:
        events = events.filter(at__gte=edge.at).exclude(at=edge.at, id__lte=edge.id)
    elif edge:
        events = events.filter(at__lte=edge.at).exclude(at=edge.at, id__gte=edge.id)
    return events.order_by(*order)[:most]


def story(meeting_id: UUID, *, after: Edge | None = None, most: int) -> QuerySet[Event]:
    """What the open scope's log holds of one meeting, in the order in which it happened."""
    events = Event.objects.filter(meeting_id=meeting_id)
    if after:
        events = events.filter(at__gte=after.at).exclude(at=after.at, id__lte=after.id)
    return events.order_by("at", "id")[:most]


def ends_of(person_id: UUID) -> list[Event]:
    """The first and the last event in which somebody acts, is concerned or is acted for; empty where
    the open scope's log knows nothing of them. In one statement, by the indexes of these columns."""
    found = []
    for column in ("actor_id", "subject_id", "on_behalf_of"):
        events = Event.objects.filter(**{column: str(person_id)}).defer("payload", "salt")
        found += [events.order_by("at", "id")[:1], events.order_by("-at", "-id")[:1]]
    ends = sorted(found[0].union(*found[1:]), key=lambda event: (event.at, event.id))
    return [ends[0], ends[-1]] if ends else []


def kinds(criteria: Criteria, *, most: int) -> Counter[str]:
    """How many events that fit are of which kind; of more than `most`, the newest alone count."""
    return Counter(matching(criteria).values_list("kind", flat=True)[:most])


def _plainly(criteria: Criteria) -> QuerySet[Event]:
    """Everything but names."""
    conditions = Q()
    if criteria.person_id:
        person_id = str(criteria.person_id)
        conditions &= Q(actor_id=person_id) | Q(subject_id=person_id) | Q(on_behalf_of=person_id)
    if criteria.kinds:
        conditions &= Q(kind__in=criteria.kinds)
    if criteria.outcome:
        conditions &= Q(outcome=criteria.outcome)
    if criteria.meetings is not None:
        conditions &= Q(meeting_id__in=criteria.meetings)
    if criteria.since:
        conditions &= Q(at__gte=criteria.since)
    if criteria.until:
        conditions &= Q(at__lt=criteria.until)
    return Event.objects.filter(conditions)


def _naming(criteria: Criteria, *, edge: Edge | None, most: int | None) -> RawSQL:
    """Ids of the events that name somebody, by the function that may use the names' index."""
    meetings = criteria.meetings
    arguments: Iterable[object] = (
        list(criteria.words),
        list(criteria.kinds) or None,
        criteria.outcome or None,
        None if meetings is None else [str(meeting) for meeting in meetings],
        criteria.since,
        criteria.until,
        edge.at if edge else None,
        edge.id if edge else None,
        edge.newer if edge else False,
        most,
    )
    # Everything that comes from outside is an argument.
    return RawSQL(NAMING, tuple(arguments))  # noqa: S611
