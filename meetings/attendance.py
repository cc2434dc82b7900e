"""Who was there, from when to when: concluded from what each source told (presence.py).

LiveKit's word is certain. Where it is missing, the last sign that somebody was there and the first
that they were not stand in its place, and the stay says that it is uncertain.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Least

from isolation.scope import current_tenant_id
from meetings.models import Meeting, MeetingState, Participant, Presence

# Two connections of a person this close together are one stay: a reload, a change of network.
SEAM = timedelta(seconds=30)
# LiveKit's notices tell time in seconds, its lists in milliseconds.
TICK = timedelta(seconds=2)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Interval:
    """One stay; `ends_at` is None while it lasts.

    `doubt`: "" when all is certain; "departure": between `ends_at` and `ends_before`, where that
    is known; "arrival": told by the browser alone; "unconfirmed": the whole stay is.
    """

    starts_at: datetime
    ends_at: datetime | None = None
    ends_before: datetime | None = None
    doubt: str = ""


@dataclass
class Attendance:
    """One person's stays in one meeting, over all devices. `sources`: webhook, list, browser."""

    name: str
    organisation: str
    proof: str
    role: str
    intervals: list[Interval] = field(default_factory=list)
    is_present: bool = False
    sources: set[str] = field(default_factory=set)

    @property
    def is_uncertain(self) -> bool:
        return any(stay.doubt for stay in self.intervals)

    @property
    def total(self) -> timedelta:
        ended = (stay.ends_at - stay.starts_at for stay in self.intervals if stay.ends_at)
        return sum(ended, timedelta())


def attendance_of(meeting: Meeting) -> list[Attendance]:
    """Who came, in order of arrival, in one statement whatever their number; in the meeting's
    scope. People who were let in but never arrived are left out."""
    assert meeting.tenant_id == current_tenant_id()
    is_over = meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED)
    over_at = meeting.ended_at if is_over else None
    rows = Presence.objects.filter(participant__meeting=meeting).select_related("participant")
    stays: dict[Participant, list[Interval]] = {}
    sources: dict[Participant, set[str]] = {}
    for presence in _not_refuted(list(rows.order_by("id"))):
        if stay := stay_of(presence, over_at):
            person = presence.participant
            stays.setdefault(person, []).append(stay)
            sources.setdefault(person, set()).update(sources_of(presence))
    people = [_attendance(person, stays[person], sources[person]) for person in stays]
    return sorted(people, key=lambda row: row.intervals[0].starts_at)


def numbers_of_people(meeting_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many came to each of these meetings, in one statement: as many as attendance_of() names,
    without reading each connection. Meetings to which nobody came are left out."""
    vouched = Q(joined_at__isnull=False) | Q(listed_since__isnull=False) | Q(left_at__isnull=False)
    known = Presence.objects.filter(
        vouched,
        connection=OuterRef("connection"),
        participant__meeting=OuterRef("participant__meeting"),
    )
    counted = (
        Presence.objects.filter(participant__meeting__in=list(meeting_ids))
        .alias(began_at=Coalesce(Least("joined_at", "listed_since"), "heard_first_at"))
        .filter(began_at__isnull=False)
        .filter(
            Q(participant__meeting__ended_at=None)
            | Q(began_at__lt=F("participant__meeting__ended_at"))
        )
        .filter(vouched | ~Exists(known))
        .order_by()
        .values("participant__meeting")
        .annotate(people=Count("participant", distinct=True))
    )
    return dict(counted.values_list("participant__meeting", "people"))


def _attendance(person: Participant, stays: list[Interval], sources: set[str]) -> Attendance:
    intervals = merge(stays)
    return Attendance(
        name=person.name,
        organisation=person.organisation,
        proof=person.proof,
        role=person.role,
        intervals=intervals,
        is_present=any(stay.ends_at is None for stay in intervals),
        sources=sources,
    )


def _not_refuted(presences: list[Presence]) -> list[Presence]:
    """Without the connections that a browser claimed and that LiveKit knows as another person's."""
    known = {presence.connection for presence in presences if _is_vouched_for(presence)}
    return [row for row in presences if _is_vouched_for(row) or row.connection not in known]


def _is_vouched_for(presence: Presence) -> bool:
    return bool(presence.joined_at or presence.listed_since or presence.left_at)


def sources_of(presence: Presence) -> set[str]:
    """Who spoke of a connection."""
    missed = None if presence.left_at else presence.missing_at
    spoke = {
        "webhook": presence.joined_at or presence.left_at,
        "list": presence.listed_at or missed,
        "browser": presence.heard_first_at,
    }
    return {source for source, when in spoke.items() if when}


# --- One connection ----------------------------------------------------------------------------
def stay_of(presence: Presence, over_at: datetime | None) -> Interval | None:
    """What is known of one connection; `over_at`: when the meeting ended, None while it goes on.
    None where nothing tells that it ever began, or it began after the end."""
    told_at = _earliest(presence.joined_at, presence.listed_since)
    starts_at = told_at or presence.heard_first_at
    if starts_at is None or (over_at is not None and starts_at >= over_at):
        return None
    stay = _until_its_end(presence, starts_at, over_at)
    if told_at:
        return stay
    doubt = "arrival" if presence.left_at else "unconfirmed"
    return Interval(starts_at, stay.ends_at, None, doubt)


def _until_its_end(presence: Presence, starts_at: datetime, over_at: datetime | None) -> Interval:
    def until(ends_at: datetime, ends_before: datetime = NEVER) -> Interval:
        """Up to a moment, or to another after it; nothing lasts longer than the meeting."""
        ends_at = max(starts_at, min(ends_at, over_at or NEVER))
        ends_before = min(ends_before, over_at or NEVER)
        if ends_before <= ends_at:
            return Interval(starts_at, ends_at)
        return Interval(
            starts_at, ends_at, None if ends_before == NEVER else ends_before, "departure"
        )

    left_at, listed_at = presence.left_at, presence.listed_at
    # A notice of an end after which the connection still stood in the list was of an attempt to
    # connect anew that failed: the connection went on.
    if left_at and not (listed_at and listed_at > left_at + TICK):
        return until(left_at, left_at)
    gone_by = _earliest(presence.missing_at, over_at)
    signs = [starts_at, listed_at, presence.heard_first_at, presence.heard_last_at]
    goodbye = presence.said_goodbye_at
    if goodbye and all(sign <= goodbye for sign in signs if sign):
        # The browser's own word; certain once LiveKit, or the meeting's end, bears it out.
        if gone_by is None:
            return until(goodbye)
        if goodbye <= gone_by:
            return until(goodbye, goodbye)
    if gone_by is None:
        return Interval(starts_at)
    last_sign = max((sign for sign in signs if sign and sign <= gone_by), default=starts_at)
    return until(last_sign, gone_by)


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time), default=None)


# --- All connections of a person ---------------------------------------------------------------
def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Joins stays that overlap or nearly touch: two devices, a reload, a reconnection. A doubt of
    one that a certain stay covers is no doubt; what browsers alone tell counts only beyond that."""
    told, claimed = [], []
    for stay in intervals:
        (claimed if stay.doubt in ("arrival", "unconfirmed") else told).append(stay)
    told = _chain(told)
    beyond = [part for stay in _chain(claimed) for part in _outside(stay, told)]
    return sorted(told + beyond, key=lambda stay: stay.starts_at)


def _chain(stays: Iterable[Interval]) -> list[Interval]:
    """Stays of one kind, joined where they meet."""
    chain: list[Interval] = []
    for stay in sorted(stays, key=lambda stay: stay.starts_at):
        last = chain[-1] if chain else None
        if last is None:
            chain.append(stay)
        elif last.ends_at is None or stay.starts_at <= last.ends_at + SEAM:
            chain[-1] = _join(last, stay)
        else:
            # Who may still have been there by the one may also have been after the other's end.
            possible_end = _possible_end(last)
            if possible_end > stay.starts_at:
                chain[-1] = replace(last, ends_before=stay.starts_at)
            chain.append(_join(stay, replace(stay, ends_before=possible_end)))
    return chain


def _join(first: Interval, second: Interval) -> Interval:
    """One stay of two of one kind, the first of which begins no later."""
    told_by = {first.doubt, second.doubt} - {"", "departure"}
    doubt = max(told_by, default="")  # "unconfirmed" outweighs "arrival"
    if first.ends_at is None or second.ends_at is None:
        return Interval(first.starts_at, None, None, doubt)
    ends_at = max(first.ends_at, second.ends_at)
    possible_end = max(_possible_end(first), _possible_end(second))
    if doubt or possible_end <= ends_at:
        return Interval(first.starts_at, ends_at, None, doubt)
    ends_before = None if possible_end == NEVER else possible_end
    return Interval(first.starts_at, ends_at, ends_before, "departure")


def _possible_end(stay: Interval) -> datetime:
    """Until when somebody may have been there."""
    if stay.doubt == "departure" and stay.ends_before is None:
        return NEVER
    return stay.ends_before or stay.ends_at or NEVER


def _outside(stay: Interval, told: list[Interval]) -> list[Interval]:
    """The parts of a claimed stay that no told one covers."""
    parts: list[Interval] = []
    for other in told:
        if other.ends_at is not None and other.ends_at < stay.starts_at:
            continue
        if other.starts_at > (stay.ends_at or NEVER):
            break
        if other.starts_at > stay.starts_at:
            parts.append(replace(stay, ends_at=other.starts_at))
        if other.ends_at is None or other.ends_at >= (stay.ends_at or NEVER):
            return parts
        stay = replace(stay, starts_at=other.ends_at)
    return [*parts, stay]
