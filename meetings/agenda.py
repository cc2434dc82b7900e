"""A person's agenda: what they host, what they are invited to here, what others delivered."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse

from meetings.models import AgendaEntry, MeetingState, Participant, ParticipantState
from meetings.policies import visible_meetings
from tenants.models import Member


@dataclass(frozen=True)
class Item:
    """One line of the agenda, whatever ministry it comes from."""

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
    # Who asks to enter a meeting that the reader hosts, and where that is decided.
    waiting: tuple[Participant, ...] = ()
    lobby_url: str = ""


@dataclass(frozen=True)
class Day:
    date: date
    items: list[Item]
    is_today: bool


def items_between(member: Member, start: datetime, end: datetime, *, now: datetime) -> list[Item]:
    """What touches the span, by start; in three statements, whatever their number."""
    touches = Q(starts_at__lt=end, ends_at__gt=start)
    meetings = list(visible_meetings(member).filter(touches).exclude(state=MeetingState.CANCELLED))
    hosted = (meeting.id for meeting in meetings if meeting.host_id == member.id)
    waiting = waiting_at(hosted, now=now)
    own = [
        Item(
            title=meeting.title,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            organisation="",
            host_name=meeting.host.full_name,
            url=meeting.get_absolute_url(),
            join_path=meeting.join_path,
            is_live=meeting.state == MeetingState.LIVE,
            is_mine=meeting.host_id == member.id,
            is_cancelled=False,
            is_over=meeting.state == MeetingState.ENDED,
            waiting=tuple(waiting[meeting.id]),
            lobby_url=reverse("meetings:lobby", args=[meeting.id]),
        )
        for meeting in meetings
    ]
    delivered = [
        Item(
            title=entry.title,
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
            organisation=entry.organisation,
            host_name=entry.host_name,
            url="",
            join_path=entry.join_path,
            is_live=entry.is_live and not entry.is_cancelled,
            is_mine=False,
            is_cancelled=entry.is_cancelled,
        )
        for entry in AgendaEntry.objects.filter(touches, email=member.email)
    ]
    return sorted([*own, *delivered], key=lambda item: (item.starts_at, item.title))


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


def week(member: Member, *, now: datetime, zone: ZoneInfo) -> list[Day]:
    """Today and the six days after it, in the reader's zone."""
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=n) for n in range(7)]
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


def _touches(item: Item, day: date, zone: ZoneInfo) -> bool:
    first = item.starts_at.astimezone(zone).date()
    last = (item.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    return first <= day <= last


def next_item(days: list[Day], *, now: datetime) -> Item | None:
    """What comes next, or is going on."""
    items = [item for day in days for item in day.items]
    coming = (item for item in items if item.ends_at > now)
    return next((item for item in coming if not (item.is_cancelled or item.is_over)), None)
