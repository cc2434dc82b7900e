"""Meetings page by page, for the API: a person's own, invited and delivered, or a ministry's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, F, Q, QuerySet, UUIDField, Value, When
from django.db.models.functions import Cast

from meetings.models import AgendaEntry, Invitation, Meeting, MeetingState
from tenants.api.pages import after
from tenants.models import Member


@dataclass(frozen=True)
class Wanted:
    """Which meetings, and from where on; `place` is (starts_at, id) of the last one before."""

    starts_from: datetime | None = None
    starts_before: datetime | None = None
    states: tuple[str, ...] = ()
    title: str = ""
    latest_first: bool = False
    place: tuple[datetime, UUID] | None = None
    most: int = 20

    def narrow(self, rows: QuerySet) -> QuerySet:
        """The rows that are wanted, of any table with these columns; each branch of the union is
        cut by itself, so that an index serves it whatever the number of meetings."""
        conditions = after("starts_at", self.place, descending=self.latest_first)
        if self.starts_from:
            conditions &= Q(starts_at__gte=self.starts_from)
        if self.starts_before:
            conditions &= Q(starts_at__lt=self.starts_before)
        if self.states:
            conditions &= Q(state__in=self.states)
        if self.title:
            conditions &= Q(title__icontains=self.title)
        return self.order(rows.filter(conditions))[: self.most]

    def order(self, rows: QuerySet) -> QuerySet:
        sign = "-" if self.latest_first else ""
        return rows.order_by(f"{sign}starts_at", f"{sign}id")


@dataclass(frozen=True)
class Line:
    """One meeting of a list; `organisation` is the ministry's name where it is another one."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    slug: str
    title: str
    time_zone: str
    state: str
    host_id: UUID | None
    given_name: str
    usual_name: str
    email: str
    organisation: str

    @property
    def host_name(self) -> str:
        return f"{self.given_name} {self.usual_name}".strip() or self.email


# In the order of Line's fields; the first five are called alike in both tables.
_ALIKE = ("id", "starts_at", "ends_at", "slug", "title", "time_zone")
_NOTHING = Value("", output_field=CharField())


def of_member(member: Member, wanted: Wanted) -> list[Line]:
    """What this person hosts, is invited to, and what other ministries delivered; in one statement.

    Three branches, each by its own index: an OR over them would walk through the whole ministry's
    meetings to find one person's.
    """
    invited_to = Invitation.objects.filter(email=member.email, withdrawn_at=None)
    hosted = Meeting.objects.filter(host=member)
    invited = Meeting.objects.filter(id__in=invited_to.values("meeting_id")).exclude(host=member)
    delivered = AgendaEntry.objects.filter(email=member.email).annotate(
        state=Case(
            When(is_cancelled=True, then=Value(MeetingState.CANCELLED)),
            When(is_live=True, then=Value(MeetingState.LIVE)),
            default=Value(MeetingState.SCHEDULED),
            output_field=CharField(),
        )
    )
    branches = [
        _own(wanted.narrow(hosted)),
        _own(wanted.narrow(invited)),
        wanted.narrow(delivered).values_list(
            *_ALIKE,
            "state",
            Cast(Value(None), UUIDField()),
            "host_name",
            _NOTHING,
            _NOTHING,
            "organisation",
        ),
    ]
    rows = branches[0].union(*branches[1:], all=True)
    return _lines(wanted.order(rows)[: wanted.most])


def of_ministry(wanted: Wanted) -> list[Line]:
    """Every meeting that the open scope's ministry hosts."""
    return _lines(_own(wanted.narrow(Meeting.objects.all())))


def _own(meetings: QuerySet[Meeting]) -> QuerySet[Any]:
    return meetings.values_list(
        *_ALIKE,
        "state",
        F("host_id"),
        "host__given_name",
        "host__usual_name",
        "host__email",
        _NOTHING,
    )


def _lines(rows) -> list[Line]:
    return [Line(*row) for row in rows]
