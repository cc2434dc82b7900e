"""A person's agenda: what they host, what they are invited to here, what others delivered."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse

from meetings import listing
from meetings.listing import Line, Wanted
from meetings.models import MeetingState, Participant, ParticipantState
from tenants.models import Member

# A day or a week with more has its place in the list, which has pages.
MOST = 500


@dataclass(frozen=True)
class Item:
    """One line of the agenda, whatever ministry it comes from."""

    # The meeting's; of another ministry's meeting, its entry's.
    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    organisation: str  # of another ministry; empty for one's own
    host_name: str
    url: str
    join_path: str
    is_live: bool
    is_mine: bool
    is_cancelled: bool
    is_over: bool = False  # ended before its planned end
    # How long it lasted and how many came, where that is known.
    lasted: timedelta | None = None
    people: int | None = None
    # Who asks to enter a meeting that the reader hosts, and where that is decided.
    waiting: tuple[Participant, ...] = ()
    lobby_url: str = ""

    @classmethod
    def of_line(
        cls,
        line: Line,
        *,
        reader: Member,
        people: int | None = None,
        waiting: Iterable[Participant] = (),
    ) -> Self:
        is_here = line.host_id is not None
        lasted = line.ended_at - line.started_at if line.ended_at and line.started_at else None
        return cls(
            id=line.id,
            title=line.title,
            starts_at=line.starts_at,
            ends_at=line.ends_at,
            organisation=line.organisation,
            host_name=line.host_name,
            # A meeting of another ministry has no page here.
            url=reverse("meetings:detail", args=[line.id]) if is_here else "",
            join_path=reverse("meetings:room", args=[line.slug]),
            is_live=line.state == MeetingState.LIVE,
            is_mine=line.host_id == reader.id,
            is_cancelled=line.state == MeetingState.CANCELLED,
            is_over=line.state == MeetingState.ENDED,
            lasted=lasted,
            people=line.people if people is None else people,
            waiting=tuple(waiting),
            lobby_url=reverse("meetings:lobby", args=[line.id]) if is_here else "",
        )


@dataclass(frozen=True)
class Day:
    date: date
    items: list[Item]
    is_today: bool


def items_between(member: Member, start: datetime, end: datetime, *, now: datetime) -> list[Item]:
    """What touches the span, by start; in two statements, whatever their number."""
    wanted = Wanted(ends_after=start, starts_before=end, own_cancelled=False, most=MOST)
    items = with_waiting(member, listing.of_member(member, wanted), now=now)
    return sorted(items, key=lambda item: (item.starts_at, item.title))


def with_waiting(member: Member, lines: list[Line], *, now: datetime) -> list[Item]:
    """The lines as the reader sees them, each with who waits for the reader's decision."""
    hosted = (line.id for line in lines if line.host_id == member.id)
    waiting = waiting_at(hosted, now=now)
    return [Item.of_line(line, reader=member, waiting=waiting[line.id]) for line in lines]


def waiting_at(meeting_ids: Iterable[UUID], *, now: datetime) -> dict[UUID, list[Participant]]:
    """Who waits to enter each of these meetings, first come first; in one statement."""
    waiting: dict[UUID, list[Participant]] = defaultdict(list)
    people = Participant.objects.filter(
        meeting__in=list(meeting_ids),
        meeting__state__in=[MeetingState.SCHEDULED, MeetingState.LIVE],
        state=ParticipantState.WAITING,
        waits_until__gt=now,
    )
    for person in people.order_by("knocked_at", "id"):
        waiting[person.meeting_id].append(person)
    return waiting


def coming_days(member: Member, *, now: datetime, zone: ZoneInfo) -> list[Day]:
    """Today and the six days after it, in the reader's zone."""
    return seven_days(member, now.astimezone(zone).date(), now=now, zone=zone)


def seven_days(member: Member, first: date, *, now: datetime, zone: ZoneInfo) -> list[Day]:
    """Seven days from this one, in the reader's zone; a meeting stands on each that it touches."""
    today = now.astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range(7)]
    start = datetime.combine(days[0], datetime.min.time(), zone)
    end = datetime.combine(days[-1] + timedelta(days=1), datetime.min.time(), zone)
    items = items_between(member, start, end, now=now)
    return [
        Day(
            day,
            [item for item in items if _touches(item, day, zone)],
            is_today=day == today,
        )
        for day in days
    ]


def by_day(items: Iterable[Item], *, now: datetime, zone: ZoneInfo) -> list[Day]:
    """The items in their order, under the days on which they begin."""
    today = now.astimezone(zone).date()
    days: list[Day] = []
    for item in items:
        day = item.starts_at.astimezone(zone).date()
        if not days or days[-1].date != day:
            days.append(Day(day, [], is_today=day == today))
        days[-1].items.append(item)
    return days


def _touches(item: Item, day: date, zone: ZoneInfo) -> bool:
    first = item.starts_at.astimezone(zone).date()
    last = (item.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    return first <= day <= last


def next_item(days: list[Day], *, now: datetime) -> Item | None:
    """What comes next, or is going on."""
    items = [item for day in days for item in day.items]
    coming = (item for item in items if item.ends_at > now)
    return next((item for item in coming if not (item.is_cancelled or item.is_over)), None)
