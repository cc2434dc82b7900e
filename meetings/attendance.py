"""Who was there, from when to when: concluded from what each source told (presence.py).

LiveKit's word is certain. Where it is missing, the last sign that somebody was there and the first
that they were not stand in its place, and the stay says that it is uncertain.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from isolation.scope import current_tenant_id
from meetings.models import Meeting, MeetingState, Presence

# Two connections of a person this close together are one stay: a reload, a change of network.
SEAM = timedelta(seconds=30)
# LiveKit's notices tell time in seconds, its lists in milliseconds.
TICK = timedelta(seconds=2)


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
    presences = Presence.objects.filter(participant__meeting=meeting).select_related("participant")
    is_over = meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED)
    over_at = meeting.ended_at if is_over else None
    found: dict[object, tuple[Attendance, list[Interval]]] = {}
    for presence in presences.order_by("id"):
        stay = stay_of(presence, over_at)
        if stay is None:
            continue
        person = presence.participant
        row, stays = found.setdefault(
            person.id,
            (Attendance(person.name, person.organisation, person.proof, person.role), []),
        )
        stays.append(stay)
        row.sources |= sources_of(presence)
    for row, stays in found.values():
        row.intervals = merge(stays)
        row.is_present = any(stay.ends_at is None for stay in row.intervals)
    rows = [row for row, _stays in found.values()]
    return sorted(rows, key=lambda row: row.intervals[0].starts_at)


def sources_of(presence: Presence) -> set[str]:
    """Who spoke of a connection."""
    spoke = {
        "webhook": presence.joined_at or presence.left_at,
        "list": presence.listed_at,
        "browser": presence.heard_first_at,
    }
    return {source for source, when in spoke.items() if when}


# --- One connection ----------------------------------------------------------------------------
def stay_of(presence: Presence, over_at: datetime | None) -> Interval | None:
    """What is known of one connection; `over_at`: when the meeting ended, None while it goes on.
    None where nothing tells that it ever began, or it began after the end."""
    starts_at = _earliest(presence.joined_at, presence.listed_since)
    doubt = ""
    if starts_at is None:
        starts_at = presence.heard_first_at
        doubt = "arrival" if presence.left_at else "unconfirmed"
    if starts_at is None or (over_at is not None and starts_at >= over_at):
        return None
    end = _end_of(presence, starts_at, over_at)
    if doubt and end.doubt != "departure":
        return Interval(starts_at, end.ends_at, None, doubt)
    return end if doubt != "unconfirmed" else Interval(starts_at, end.ends_at, None, doubt)


def _end_of(presence: Presence, starts_at: datetime, over_at: datetime | None) -> Interval:
    def ending(ends_at: datetime, ends_before: datetime | None = None, doubt: str = "") -> Interval:
        ends_at = max(starts_at, _earliest(ends_at, over_at) or ends_at)
        ends_before = _earliest(ends_before, over_at) if ends_before else None
        if ends_before is not None and ends_before <= ends_at:
            return Interval(starts_at, ends_at)
        return Interval(starts_at, ends_at, ends_before, doubt)

    left_at, listed_at = presence.left_at, presence.listed_at
    # A notice of an end after which the connection still stood in the list was of an attempt to
    # connect anew that failed: the connection went on.
    if left_at and not (listed_at and listed_at > left_at + TICK):
        return ending(left_at)
    gone_by = _earliest(presence.missing_at, over_at)
    goodbye = presence.said_goodbye_at
    heard_at = presence.heard_last_at
    if goodbye and heard_at and goodbye >= heard_at and goodbye >= (listed_at or goodbye):
        # The browser's own word; certain once LiveKit, or the meeting's end, bears it out.
        return ending(goodbye) if gone_by else ending(goodbye, None, "departure")
    if gone_by is None:
        return Interval(starts_at)
    signs = [starts_at, presence.joined_at, listed_at, heard_at]
    last_sign = max(sign for sign in signs if sign and sign <= max(gone_by, starts_at))
    return ending(last_sign, gone_by, "departure")


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time), default=None)


# --- All connections of a person ---------------------------------------------------------------
def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Joins stays that overlap or nearly touch: two devices, a reload, a reconnection. A doubt of
    one that a certain stay covers is no doubt."""
    merged: list[Interval] = []
    for interval in sorted(intervals, key=lambda stay: (stay.starts_at, bool(stay.doubt))):
        last = merged[-1] if merged else None
        if last and (last.ends_at is None or interval.starts_at <= last.ends_at + SEAM):
            merged[-1] = _join(last, interval)
        else:
            merged.append(interval)
    return merged


def _join(first: Interval, second: Interval) -> Interval:
    """One stay of two, the first of which begins no later."""
    both = (first, second)
    if all(stay.doubt == "unconfirmed" for stay in both):
        return Interval(first.starts_at, _latest_end(both), None, "unconfirmed")
    certain = [stay for stay in both if stay.doubt != "unconfirmed"]
    ends_at = _latest_end(certain)
    ends_before = None
    doubt = ""
    if ends_at is not None:
        # Up to when they may have stayed: a departure in doubt, or a browser's word alone.
        bounds = [stay.ends_before for stay in certain]
        bounds += [stay.ends_at for stay in both if stay.doubt == "unconfirmed"]
        ends_before = max((bound for bound in bounds if bound and bound > ends_at), default=None)
        unbounded = any(
            stay.doubt == "departure" and stay.ends_before is None and stay.ends_at == ends_at
            for stay in certain
        )
        doubt = "departure" if ends_before or unbounded else ""
    if not doubt and first.doubt in ("arrival", "unconfirmed"):
        covered = any(
            stay.doubt not in ("arrival", "unconfirmed") and stay.starts_at <= first.starts_at
            for stay in both
        )
        doubt = "" if covered else "arrival"
    return Interval(first.starts_at, ends_at, ends_before, doubt)


def _latest_end(stays: Iterable[Interval]) -> datetime | None:
    """None where one still lasts."""
    ends = [stay.ends_at for stay in stays]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None
