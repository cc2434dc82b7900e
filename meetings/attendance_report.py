"""Who was there, as the report page and the CSV file say it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import override

from meetings.attendance import Attendance, Interval
from meetings.models import Meeting, MeetingRole, Proof
from tenants.spreadsheets import BYTE_ORDER_MARK, lines

SOURCES = ("webhook", "list", "browser")


@dataclass(frozen=True)
class Line:
    """One person of the report, in words; times are still times."""

    name: str
    # The ministry; of a guest, that they are one.
    organisation: str
    is_guest: bool
    proof: str
    role: str
    is_host: bool
    stays: list[tuple[Interval, str]]
    total: timedelta
    is_uncertain: bool
    is_present: bool


@dataclass(frozen=True)
class Report:
    """A meeting's attendance: what is said of all, then of each."""

    lines: list[Line]
    starts_at: datetime | None
    # None while somebody is there.
    ends_at: datetime | None
    most_at_once: int
    is_uncertain: bool
    # Which sources speak for whom: "LiveKit's notices and its list" → names.
    sources: dict[str, list[str]]


def report_of(people: list[Attendance]) -> Report:
    """The report of a meeting's attendance."""
    stays = [stay for person in people for stay in person.intervals]
    ends = [stay.ends_before or stay.ends_at for stay in stays]
    lines = [_line(person) for person in people]
    sources: dict[str, list[str]] = {}
    for person in people:
        sources.setdefault(sources_in_words(person.sources), []).append(person.name)
    return Report(
        lines=lines,
        starts_at=min((stay.starts_at for stay in stays), default=None),
        ends_at=max((end for end in ends if end), default=None) if all(ends) else None,
        most_at_once=most_at_once(stays),
        is_uncertain=any(line.is_uncertain for line in lines),
        sources=sources,
    )


def _line(person: Attendance) -> Line:
    is_guest = person.proof != Proof.AGENT
    return Line(
        name=person.name,
        organisation=_("Invité") if is_guest else person.organisation,
        is_guest=is_guest,
        proof=str(Proof(person.proof).label),
        role=str(MeetingRole(person.role).label),
        is_host=person.role == MeetingRole.HOST,
        stays=[(stay, doubt_in_words(stay)) for stay in person.intervals],
        total=person.total,
        is_uncertain=any(stay.doubt for stay in person.intervals),
        is_present=person.is_present,
    )


def doubt_in_words(stay: Interval) -> str:
    """What is not certain of one stay; empty when everything is."""
    if stay.doubt == "departure" and stay.ends_at and stay.ends_before:
        span = {"after": _clock(stay.ends_at), "before": _clock(stay.ends_before)}
        if span["after"] == span["before"]:
            return _("départ vers %(after)s") % span
        return _("départ entre %(after)s et %(before)s") % span
    return {
        "": "",
        "departure": _("départ non constaté"),
        "arrival": _("arrivée indiquée par son seul navigateur"),
        "unconfirmed": _("présence indiquée par son seul navigateur"),
    }[stay.doubt]


def sources_in_words(sources: set[str]) -> str:
    """« notifications du serveur, relevés du serveur »."""
    words = {
        "webhook": _("notifications du serveur"),
        "list": _("relevés du serveur"),
        "browser": _("signaux du navigateur"),
    }
    return ", ".join(words[source] for source in SOURCES if source in sources)


def most_at_once(stays: list[Interval]) -> int:
    """How many people were there in the fullest moment; somebody who leaves makes room first."""
    never = datetime.max.replace(tzinfo=timezone.get_default_timezone())
    changes = [(stay.starts_at, 1) for stay in stays]
    changes += [(stay.ends_at or never, -1) for stay in stays]
    most = here = 0
    for _moment, change in sorted(changes):
        here += change
        most = max(most, here)
    return most


def _clock(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%H:%M")


# --- The file ----------------------------------------------------------------------------------
HEADERS = [
    "Nom", "Ministère", "Identité", "Rôle", "Arrivée", "Départ", "Départ au plus tard",
    "Durée (minutes)", "Incertitude", "Sources",
]  # fmt: skip


def csv_of(meeting: Meeting, people: list[Attendance]) -> bytes:
    """One line per stay, for spreadsheets set to French: semicolons, a byte order mark, times of
    the meeting's zone in ISO 8601. It is French whoever asks, because other programs read it."""
    zone = ZoneInfo(meeting.time_zone)
    with override("fr"), timezone.override(zone):
        rows = [HEADERS, *(row for person in people for row in _rows(person, zone))]
        return (BYTE_ORDER_MARK + lines(rows)).encode()


def _rows(person: Attendance, zone: ZoneInfo) -> Iterator[list[str]]:
    line = _line(person)

    def iso(moment: datetime | None) -> str:
        return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""

    for stay, doubt in line.stays:
        length = stay.ends_at - stay.starts_at if stay.ends_at else None
        yield [
            line.name,
            line.organisation,
            line.proof,
            line.role,
            iso(stay.starts_at),
            iso(stay.ends_at),
            iso(stay.ends_before),
            str(round(length.total_seconds() / 60)) if length is not None else "",
            doubt or ("" if stay.ends_at else "encore présent"),
            sources_in_words(person.sources),
        ]


def file_name(meeting: Meeting) -> str:
    """Letters, digits and hyphens: every system and every mail takes it."""
    day = meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone)).date()
    title = slugify(meeting.title)[:60].strip("-")
    return "-".join(filter(None, ["presence", title, day.isoformat()])) + ".csv"
