"""The invitation as an iCalendar object (RFC 5545, 5546, 7986)."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from django.conf import settings
from icalendar import (
    Alarm,
    Calendar,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vCalAddress,
    vText,
)

from meetings.models import Invitation

PRODID = "-//Visio//Visio//FR"


def join_url(meeting) -> str:
    """The absolute address of the room."""
    return f"{settings.PUBLIC_URL}{meeting.join_path}"


def invitation_calendar(
    invitation: Invitation,
    *,
    organisation: str,
    cancelled: bool,
    organiser_address: str,
    reminder_minutes: int = 0,
) -> bytes:
    """The REQUEST or CANCEL for one invitee; UID is stable, SEQUENCE counts the versions.

    `reminder_minutes`: when this very invitee wishes to be reminded; 0 leaves it to their calendar.
    """
    meeting = invitation.meeting
    url = join_url(meeting)
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "REQUEST")
    calendar.add_component(time_zone(meeting.time_zone, meeting.starts_at))
    event = Event()
    event.add("uid", f"{meeting.id}@visio")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", datetime.now(UTC))
    zone = ZoneInfo(meeting.time_zone)
    event.add("dtstart", meeting.starts_at.astimezone(zone))
    event.add("dtend", meeting.ends_at.astimezone(zone))
    event.add("summary", meeting.title)
    event.add("description", "\n\n".join(filter(None, [meeting.description, url])))
    event.add("location", url)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    organizer = vCalAddress(f"mailto:{organiser_address}")
    organizer.params["CN"] = vText(f"{meeting.host.full_name} ({organisation})")
    event.add("organizer", organizer)
    attendee = vCalAddress(f"mailto:{invitation.email}")
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
    attendee.params["RSVP"] = vText("FALSE")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    event.add("attendee", attendee)
    event.add("conference", url, parameters={"VALUE": "URI", "FEATURE": "AUDIO,VIDEO"})
    if reminder_minutes and not cancelled:
        event.add_component(_alarm(meeting.title, reminder_minutes))
    calendar.add_component(event)
    return calendar.to_ical()


def _alarm(title: str, minutes: int) -> Alarm:
    """Shown on the screen: the mail is ours to send."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", timedelta(minutes=-minutes))
    return alarm


def time_zone(name: str, around: datetime) -> Timezone:
    """A VTIMEZONE by yearly rules, from the two changes of the meeting's year.

    icalendar's own writes the changes as a list of dates, which several clients read one hour
    late in summer; rules of the form "last Sunday of March" are read alike by all.
    """
    zone = ZoneInfo(name)
    component = Timezone()
    component.add("tzid", name)
    changes = _changes(zone, around.year)
    if len(changes) != 2:  # no daylight saving (or an exceptional year): one fixed offset
        offset = zone.utcoffset(around.astimezone(zone).replace(tzinfo=None))
        standard = TimezoneStandard()
        standard.add("dtstart", datetime(1970, 1, 1))
        standard.add("tzoffsetfrom", offset)
        standard.add("tzoffsetto", offset)
        component.add_component(standard)
        return component
    for before, after in changes:
        local = before.replace(tzinfo=None)
        kind = TimezoneDaylight if after.dst() else TimezoneStandard
        change = kind()
        week = (local.day - 1) // 7 + 1
        is_last = local.day + 7 > _days_in_month(local)
        day = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[local.weekday()]
        start = _first_occurrence(local, week, is_last)
        change.add("dtstart", start)
        change.add(
            "rrule",
            {"freq": "yearly", "bymonth": local.month, "byday": f"{-1 if is_last else week}{day}"},
        )
        change.add("tzoffsetfrom", before.utcoffset())
        change.add("tzoffsetto", after.utcoffset())
        change.add("tzname", after.tzname())
        component.add_component(change)
    return component


def _changes(zone: ZoneInfo, year: int) -> list[tuple[datetime, datetime]]:
    """The year's changes of offset: the same instant in the old offset and in the new one."""
    changes = []
    instant, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while instant < end:
        following = instant + timedelta(days=1)
        old = instant.astimezone(zone).utcoffset()
        if old != following.astimezone(zone).utcoffset():
            low, high = instant, following
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                if middle.astimezone(zone).utcoffset() == old:
                    low = middle
                else:
                    high = middle
            high = high.replace(second=0, microsecond=0)
            changes.append((high.astimezone(timezone(old or timedelta())), high.astimezone(zone)))
        instant = following
    return changes


def _days_in_month(moment: datetime) -> int:
    return monthrange(moment.year, moment.month)[1]


def _first_occurrence(local: datetime, week: int, is_last: bool) -> datetime:
    """The rule's change in 1970, from which it repeats."""
    days = [
        day
        for day in range(1, monthrange(1970, local.month)[1] + 1)
        if datetime(1970, local.month, day).weekday() == local.weekday()
    ]
    day = days[-1] if is_last else days[week - 1]
    return datetime(1970, local.month, day, local.hour, local.minute)
