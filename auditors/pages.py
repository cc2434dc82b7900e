"""Pages of the log: from where one ends to where the next begins, however many events there are."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from audit import search
from audit.models import Event
from audit.search import Criteria, Edge

LENGTH = 50
STORY_LENGTH = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACE = re.compile(r"(\d{1,16})-([0-9a-f]{32})")


class NoSuchPlace(ValueError):
    """An address names no place in the log."""


@dataclass(frozen=True)
class Page:
    """Events in the order in which they are shown; where to go on, empty where there is no more."""

    events: list[Event]
    newer: str = ""
    older: str = ""


def page(criteria: Criteria, *, newer: str = "", older: str = "") -> Page:
    """The page beyond a place; the newest without one. Raises NoSuchPlace."""
    if newer:
        found = _ask(criteria, edge_at(newer, newer=True))
        if len(found) > LENGTH:
            events = list(reversed(found[:LENGTH]))
            return Page(events, newer=place_of(events[0]), older=place_of(events[-1]))
        # Nothing is newer than what fits: that is the first page, and a whole one.
    edge = edge_at(older) if older else None
    found = _ask(criteria, edge)
    events, has_more = found[:LENGTH], len(found) > LENGTH
    return Page(
        events,
        newer=place_of(events[0]) if edge and events else "",
        older=place_of(events[-1]) if has_more else "",
    )


def story(meeting_id: UUID, *, after: str = "") -> Page:
    """What the log holds of a meeting, in order; `older` is empty, `newer` leads on."""
    found = list(
        search.story(
            meeting_id, after=edge_at(after) if after else None, most=STORY_LENGTH + 1
        ).defer("payload")
    )
    events = found[:STORY_LENGTH]
    return Page(events, newer=place_of(events[-1]) if len(found) > STORY_LENGTH else "")


def _ask(criteria: Criteria, edge: Edge | None) -> list[Event]:
    # The payload may be long, and the table does not show it.
    return list(search.page(criteria, edge=edge, most=LENGTH + 1).defer("payload"))


def place_of(event: Event) -> str:
    """An event's place in the log, for an address."""
    return f"{(event.at - EPOCH) // timedelta(microseconds=1)}-{event.id.hex}"


def edge_at(place: str, *, newer: bool = False) -> Edge:
    """The place that an address names; raises NoSuchPlace."""
    match = PLACE.fullmatch(place)
    if not match:
        raise NoSuchPlace(place)
    return Edge(EPOCH + timedelta(microseconds=int(match[1])), UUID(match[2]), newer)
