"""Asks the log: who, what, how it ended, about which meeting, and when.

Every question has an index (migration 0009), so that none reads the whole of a log.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from audit.models import Event

MATCHING = (
    "SELECT visio_events_matching(%s, %s, %s::uuid[], %s, %s, %s::uuid[], %s, %s::inet[],"
    " %s, %s, %s, %s, %s, %s)"
)
# By what addresses are found: themselves, and the networks around them that have so many bits.
LEVELS = {4: (16, 24, 32), 6: (32, 48, 64, 128)}
# Bits: as many as 16 finer networks are asked for at once, and 256 where nothing else is asked.
FEW, ALONE = 4, 8
Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Criteria:
    """What is looked for; what is empty was not asked for."""

    # Parts of the name of whoever acted, or of the person to whom it happened.
    words: tuple[str, ...] = ()
    # The same by the ids under which the log knows one person; or of the person on whose behalf.
    people: tuple[UUID, ...] = ()
    kinds: tuple[str, ...] = ()
    outcome: str = ""
    # None: of any meeting, or of none; empty: no meeting fits.
    meetings: tuple[UUID, ...] | None = None
    since: datetime | None = None
    # Not included.
    until: datetime | None = None
    # Where it came from: within this network.
    network: Network | None = None
    # Whole words, all of which it says: in its payload, its names, its ids.
    text: str = ""


@dataclass(frozen=True)
class Edge:
    """The event where a page ends, and whether what is newer is asked for."""

    at: datetime
    id: UUID
    newer: bool = False


def matching(criteria: Criteria) -> QuerySet[Event]:
    """The open scope's events that fit, newest first."""
    return _fitting(criteria, edge=None, most=None).order_by("-at", "-id")


def page(criteria: Criteria, *, edge: Edge | None = None, most: int) -> QuerySet[Event]:
    """At most so many events that fit, beyond the edge; the nearest to it first."""
    order = ("at", "id") if edge and edge.newer else ("-at", "-id")
    return _fitting(criteria, edge=edge, most=most).order_by(*order)[:most]


def about(person_ids: Iterable[UUID]) -> RawSQL:
    """Ids of the open scope's events in which one of these people acts, is concerned, or is acted
    for; on whichever connection."""
    return _asked(Criteria(), people=list(person_ids), edge=None, most=None)


def settle() -> None:
    """Sorts what was written since into the index: searches find it before, and more slowly."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT visio_settle_terms()")


def story(meeting_id: UUID, *, after: Edge | None = None, most: int) -> QuerySet[Event]:
    """What the open scope's log holds of one meeting, in the order in which it happened."""
    events = Event.objects.filter(meeting_id=meeting_id)
    if after:
        events = events.filter(at__gte=after.at).exclude(at=after.at, id__lte=after.id)
    return events.order_by("at", "id")[:most]


def ends_of(people: tuple[UUID, ...]) -> list[Event]:
    """The first and the last event in which somebody acts, is concerned or is acted for; empty where
    the open scope's log knows nothing of them."""
    criteria, beginning = Criteria(people=people), datetime.min.replace(tzinfo=UTC)
    last = page(criteria, most=1)
    first = page(criteria, edge=Edge(beginning, UUID(int=0), newer=True), most=1)
    return [event for ends in (first, last) for event in ends.defer("payload", "salt")]


def kinds(criteria: Criteria, *, most: int) -> Counter[str]:
    """How many events that fit are of which kind; of more than `most`, the newest alone count."""
    return Counter(page(criteria, most=most).values_list("kind", flat=True))


def _fitting(criteria: Criteria, *, edge: Edge | None, most: int | None) -> QuerySet[Event]:
    if criteria != Criteria(since=criteria.since, until=criteria.until):
        # The function has applied everything already; to say it twice would mislead the planner.
        people = list(criteria.people) or None
        return Event.objects.filter(id__in=_asked(criteria, people=people, edge=edge, most=most))
    events = Event.objects.all()
    if criteria.since:
        events = events.filter(at__gte=criteria.since)
    if criteria.until:
        events = events.filter(at__lt=criteria.until)
    if edge and edge.newer:
        events = events.filter(at__gte=edge.at).exclude(at=edge.at, id__lte=edge.id)
    elif edge:
        events = events.filter(at__lte=edge.at).exclude(at=edge.at, id__gte=edge.id)
    return events


def _asked(
    criteria: Criteria, *, people: list[UUID] | None, edge: Edge | None, most: int | None
) -> RawSQL:
    """Ids of the events that fit, by the function that may use the index."""
    network, meetings = criteria.network, criteria.meetings
    alone = Criteria(network=network, since=criteria.since, until=criteria.until)
    few = ALONE if criteria == alone and not people else FEW
    arguments: Iterable[object] = (
        list(criteria.words) or None,
        criteria.text or None,
        None if people is None else [str(person) for person in people],
        list(criteria.kinds) or None,
        criteria.outcome or None,
        None if meetings is None else [str(meeting) for meeting in meetings],
        None if network is None else str(network),
        None if network is None else [str(part) for part in _parts(network, most=few)],
        criteria.since,
        criteria.until,
        edge.at if edge else None,
        edge.id if edge else None,
        edge.newer if edge else False,
        most,
    )
    # Everything that comes from outside is an argument.
    return RawSQL(MATCHING, tuple(arguments))  # noqa: S611


def _parts(network: Network, *, most: int) -> list[Network]:
    """Networks by which addresses are found that hold all of this one: as little more as possible.
    None for a part of the world so large that what is recent holds some of it."""
    levels, bits = LEVELS[network.version], network.prefixlen
    finer = next(level for level in levels if level >= bits)
    if finer - bits <= most:
        return list(network.subnets(new_prefix=finer))
    coarser = [level for level in levels if level < bits]
    return [network.supernet(new_prefix=coarser[-1])] if coarser else []
