"""Meetings page by page, for the portal and the API: a person's own, invited and delivered, or a
ministry's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, Length

from isolation.prepared import Prepared
from meetings.models import AgendaEntry, Invitation, Meeting, MeetingState
from meetings.slugs import part_of
from tenants.api.pages import after
from tenants.models import LONGEST_MEETING, Folded, Member

# One that goes on beyond its end is closed as soon as nobody is in it any more.
OVERTIME = timedelta(days=7)


@dataclass(frozen=True)
class Wanted:
    """Which meetings, and from where on; `place` is (starts_at, id) of the last one before."""

    starts_from: datetime | None = None
    starts_before: datetime | None = None
    states: tuple[str, ...] = ()
    title: str = ""
    # Each of them in the title, the host's name or the link.
    words: tuple[str, ...] = ()
    # What touches the span from this moment to `starts_before`.
    ends_after: datetime | None = None
    # What is over at this moment, or is not.
    over_at: datetime | None = None
    open_at: datetime | None = None
    # Whether those that one's own ministry cancelled are wanted.
    own_cancelled: bool = True
    latest_first: bool = False
    place: tuple[datetime, UUID] | None = None
    most: int = 20

    @property
    def given(self) -> dict[str, Any]:
        """What is looked for, None where it does not matter."""
        place_at, place_id = self.place or (None, None)
        return {
            "starts_from": self.starts_from,
            "starts_before": self.starts_before,
            "title": self.title or None,
            "ends_after": self.ends_after,
            "over_at": self.over_at,
            "open_at": self.open_at,
            "place_at": place_at,
            "place_id": place_id,
        }

    @property
    def shape(self) -> tuple[frozenset[str], tuple[str, ...], bool, bool, int]:
        """What the statement depends on."""
        narrowed_by = frozenset(name for name, value in self.given.items() if value is not None)
        return narrowed_by, self.states, self.own_cancelled, self.latest_first, self.most

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
        if self.ends_after:
            conditions &= Q(
                starts_at__gt=self.ends_after - LONGEST_MEETING, ends_at__gt=self.ends_after
            )
        if self.over_at:
            conditions &= Q(state=MeetingState.ENDED) | Q(
                state=MeetingState.SCHEDULED, ends_at__lte=self.over_at
            )
        if self.open_at:
            conditions &= Q(starts_at__gt=self.open_at - LONGEST_MEETING - OVERTIME) & (
                Q(state=MeetingState.LIVE)
                | Q(
                    state__in=[MeetingState.SCHEDULED, MeetingState.CANCELLED],
                    ends_at__gt=self.open_at,
                )
            )
        for word in self.words:
            holds = Q(words_key__contains=Folded(Value(word)))
            if code := part_of(word):
                holds |= Q(slug__contains=code)
            conditions &= holds
        return self.order(rows.filter(conditions))[: self.most]

    def order(self, rows: QuerySet) -> QuerySet:
        sign = "-" if self.latest_first else ""
        return rows.order_by(f"{sign}starts_at", f"{sign}id")


@dataclass(frozen=True)
class Line:
    """One meeting of a list; of another ministry's, `organisation` is that ministry's name and
    nobody here is its host."""

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
    started_at: datetime | None = None
    ended_at: datetime | None = None
    # How many came, where another ministry has told it.
    people: int | None = None

    @property
    def host_name(self) -> str:
        return f"{self.given_name} {self.usual_name}".strip() or self.email


# In the order of Line's fields; the first five are called alike in both tables.
_ALIKE = ("id", "starts_at", "ends_at", "slug", "title", "time_zone")
_LOOKED_FOR: dict[str, Any] = {
    "starts_from": DateTimeField(),
    "starts_before": DateTimeField(),
    "title": TextField(),
    "ends_after": DateTimeField(),
    "over_at": DateTimeField(),
    "open_at": DateTimeField(),
    "place_at": DateTimeField(),
    "place_id": UUIDField(),
}
# With these, a plan made for any person and any days would go through what the whole ministry has in
# them, to find the few to which one is invited.
_MOMENTS = {"ends_after", "over_at", "open_at"}
_NOTHING = Value("", output_field=CharField())
_UNTOLD = Cast(Value(None), IntegerField())
# A member's name_key ends with the address, which is nobody's name.
_HOST_KEY = Func(
    F("host__name_key"), -Length("host__email"), function="left", output_field=TextField()
)
_WORDS_KEY = Concat("title_key", Value(" "), _HOST_KEY, output_field=TextField())


def of_member(member: Member, wanted: Wanted) -> list[Line]:
    """What this person hosts, is invited to, and what other ministries delivered; in one statement."""
    rows: Any
    if wanted.words:  # as many conditions as there are words
        rows = _rows_of_member(member.id, member.email, wanted)
    else:
        statement = _statement(*wanted.shape, of_person=True)
        rows = statement(host_id=member.id, email=member.email, **wanted.given)
    return [Line(*row) for row in rows]


def of_ministry(wanted: Wanted) -> list[Line]:
    """Every meeting that the open scope's ministry hosts."""
    rows = _statement(*wanted.shape, of_person=False)(**wanted.given)
    return [Line(*row) for row in rows]


@lru_cache(maxsize=100)
def _statement(
    narrowed_by: frozenset[str],
    states: tuple[str, ...],
    own_cancelled: bool,
    latest_first: bool,
    most: int,
    *,
    of_person: bool,
) -> Prepared:
    """One for each set of filters that is in use; what is looked for is given when it runs."""

    def build(host_id=None, email=None, **looked_for):
        given = {name: looked_for[name] for name in narrowed_by}
        place = given.pop("place_at", None), given.pop("place_id", None)
        wanted = Wanted(
            **given,
            states=states,
            own_cancelled=own_cancelled,
            latest_first=latest_first,
            most=most,
            place=place if "place_at" in narrowed_by else None,
        )
        if of_person:
            return _rows_of_member(host_id, email, wanted)
        return _own(wanted.narrow(Meeting.objects.all()))

    person: dict[str, Any] = {"host_id": UUIDField(), "email": TextField()} if of_person else {}
    return Prepared(build, keeps_plan=narrowed_by.isdisjoint(_MOMENTS), **person, **_LOOKED_FOR)


def _rows_of_member(host_id, email, wanted: Wanted) -> QuerySet[Any]:
    """Three branches, each by its own index: an OR over them would walk through the whole ministry's
    meetings to find one person's. Words are looked for in what these indexes find."""
    invited_to = Invitation.objects.filter(email=email, withdrawn_at=None)
    hosted = Meeting.objects.filter(host_id=host_id).alias(words_key=_WORDS_KEY)
    invited = (
        Meeting.objects.filter(_is_one_of(invited_to.values("meeting_id")))
        .exclude(host_id=host_id)
        .alias(words_key=_WORDS_KEY)
    )
    if not wanted.own_cancelled:
        hosted = hosted.exclude(state=MeetingState.CANCELLED)
        invited = invited.exclude(state=MeetingState.CANCELLED)
    delivered = AgendaEntry.objects.filter(email=email).annotate(
        state=Case(
            When(is_cancelled=True, then=Value(MeetingState.CANCELLED)),
            When(is_live=True, then=Value(MeetingState.LIVE)),
            When(ended_at__isnull=False, then=Value(MeetingState.ENDED)),
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
            "started_at",
            "ended_at",
            "people",
        ),
    ]
    rows = branches[0].union(*branches[1:], all=True)
    return wanted.order(rows)[: wanted.most]


def _is_one_of(ids: QuerySet) -> Func:
    """`= ANY (ARRAY (…))` where `IN (…)` would do: of an array PostgreSQL supposes that it is short,
    and goes by the primary key. Knowing that somebody is invited ten thousand times, it would
    rather read every ministry's meetings."""
    return Func(
        F("id"),
        ArraySubquery(ids),
        template="%(expressions)s)",
        arg_joiner=" = ANY (",
        output_field=BooleanField(),
    )


def _own(meetings: QuerySet[Meeting]) -> QuerySet[Any]:
    return meetings.values_list(
        *_ALIKE,
        "state",
        F("host_id"),
        "host__given_name",
        "host__usual_name",
        "host__email",
        _NOTHING,
        "started_at",
        "ended_at",
        _UNTOLD,
    )
