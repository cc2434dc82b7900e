"""Meetings as the API takes and gives them.

What is given are pydantic's own models: ninja's Schema asks each value whether it is a queryset, a
file or a callable, which costs a list more than its statement.
"""

from datetime import datetime
from functools import cache
from typing import Annotated, Literal
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from ninja import Field, Schema
from pydantic import BaseModel, ConfigDict

from meetings.calendars import join_url
from meetings.listing import Line, Wanted
from meetings.models import AgendaEntry, DirectEntry, Meeting, MeetingState
from tenants.api.inputs import UNSET, Filters, Moment, one_of
from tenants.models import GuestAccess

StateName = Annotated[str, Field(json_schema_extra=one_of(MeetingState.values))]
GuestAccessName = Annotated[str, Field(json_schema_extra=one_of(GuestAccess.values))]
DirectEntryName = Annotated[str, Field(json_schema_extra=one_of(DirectEntry.values))]
MOST_ADDRESSES = 5000

Title = Annotated[str, Field(min_length=1, max_length=200, examples=["Comité budgétaire"])]
Description = Annotated[str, Field(max_length=5000)]
ZoneName = Annotated[
    str,
    Field(
        max_length=64,
        examples=["Europe/Paris"],
    ),
]
Address = Annotated[
    str, Field(min_length=3, max_length=254, pattern=r"^[^\s,;\x00-\x1f]+@[^\s,;\x00-\x1f]+$")
]
Addresses = Annotated[
    list[Address],
    Field(max_length=MOST_ADDRESSES, examples=[["ines.invitee@sante.example"]]),
]
GuestAccessIn = Literal["none", "code", "name"]
DirectEntryIn = Literal["everyone", "agents", "ministry", "invitees", "hosts"]


class NewMeeting(Schema):
    """What is decided of a meeting. What is left out is as the planning page would have it."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    description: Description = ""
    starts_at: Moment
    ends_at: Moment
    time_zone: ZoneName = UNSET
    invitees: Addresses = Field([])
    guest_access: GuestAccessIn = UNSET
    direct_entry: DirectEntryIn = UNSET
    host: Address = UNSET  # of a service, which has to name it


class MeetingChange(Schema):
    """What changes (RFC 7396); what is left out stays. `invitees` replaces the whole list."""

    model_config = ConfigDict(extra="forbid")

    title: Title = UNSET
    description: Description = UNSET
    starts_at: Moment = UNSET
    ends_at: Moment = UNSET
    time_zone: ZoneName = UNSET
    invitees: Addresses = UNSET
    guest_access: GuestAccessIn = UNSET
    direct_entry: DirectEntryIn = UNSET


class HostOut(BaseModel):
    name: str
    email: str | None  # null for another ministry's


class MeetingLine(BaseModel):
    """A meeting in a list."""

    slug: str = Field(examples=["bcdf-ghjk-mnpq-rstv"])
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    state: StateName
    host: HostOut
    organisation: str
    is_mine: bool
    join_url: str


class MeetingPage(BaseModel):
    items: list[MeetingLine]
    next: str | None


class MeetingOut(BaseModel):
    """A meeting. Of another ministry's, what was delivered; the rest is null."""

    slug: str = Field(examples=["bcdf-ghjk-mnpq-rstv"])
    title: str
    description: str | None
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    state: StateName
    started_at: datetime | None
    ended_at: datetime | None
    host: HostOut
    organisation: str
    is_mine: bool
    invitees: list[str] | None
    guest_access: GuestAccessName | None
    direct_entry: DirectEntryName | None
    join_url: str


class MeetingFilters(Filters):
    """`from` and `to` bound the beginning of a meeting."""

    from_: Moment = Field(UNSET, alias="from")
    to: Moment = UNSET
    state: Literal["scheduled", "live", "ended", "cancelled"] = UNSET
    q: str = Field("", max_length=100)
    sort: Literal["starts_at", "-starts_at"] = "starts_at"

    @property
    def about(self) -> tuple:
        return (self.from_, self.to, self.state, self.q, self.sort)

    def wanted(self, place) -> Wanted:
        """One line more than the page has: whether there is a next one."""
        return Wanted(
            starts_from=self.from_,
            starts_before=self.to,
            states=(self.state,) if self.state else (),
            title=self.q,
            latest_first=self.sort.startswith("-"),
            place=place,
            most=self.limit + 1,
        )


def line_of(line: Line, *, me: UUID | None, own: str) -> MeetingLine:
    """`me` is the member who reads, None for a service; `own` is the name of their ministry."""
    return MeetingLine(
        slug=line.slug,
        title=line.title,
        starts_at=line.starts_at,
        ends_at=line.ends_at,
        time_zone=line.time_zone,
        state=line.state,
        host=HostOut(name=line.host_name, email=line.email or None),
        organisation=line.organisation or own,
        is_mine=me is not None and line.host_id == me,
        join_url=_join_url(line.slug),
    )


def of_meeting(
    meeting: Meeting, *, invitees: list[str], organisation: str, me: UUID | None
) -> MeetingOut:
    return MeetingOut(
        slug=meeting.slug,
        title=meeting.title,
        description=meeting.description,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        time_zone=meeting.time_zone,
        state=meeting.state,
        started_at=meeting.started_at,
        ended_at=meeting.ended_at,
        host=HostOut(name=meeting.host.full_name, email=meeting.host.email),
        organisation=organisation,
        is_mine=meeting.host_id == me,
        invitees=invitees,
        guest_access=meeting.guest_access,
        direct_entry=meeting.direct_entry,
        join_url=join_url(meeting),
    )


def of_entry(entry: AgendaEntry) -> MeetingOut:
    state = MeetingState.SCHEDULED
    if entry.is_cancelled:
        state = MeetingState.CANCELLED
    elif entry.is_live:
        state = MeetingState.LIVE
    elif entry.ended_at:
        state = MeetingState.ENDED
    return MeetingOut(
        slug=entry.slug,
        title=entry.title,
        description=None,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        time_zone=entry.time_zone,
        state=state.value,
        started_at=entry.started_at,
        ended_at=entry.ended_at,
        host=HostOut(name=entry.host_name, email=None),
        organisation=entry.organisation,
        is_mine=False,
        invitees=None,
        guest_access=None,
        direct_entry=None,
        join_url=_join_url(entry.slug),
    )


def _join_url(slug: str) -> str:
    return _join_url_of_slug().replace("SLUG", slug)


@cache
def _join_url_of_slug() -> str:
    """Looked up once, and not for each line of a list."""
    return f"{settings.PUBLIC_URL}{reverse('meetings:room', args=['SLUG'])}"
