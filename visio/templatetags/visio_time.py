"""Times and durations as people say them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

register = template.Library()

# The zones in which the State works, by the names that its agents give them.
ZONE_NAMES = {
    "Europe/Paris": lambda: _("heure de Paris"),
    "America/Guadeloupe": lambda: _("heure de Guadeloupe"),
    "America/Martinique": lambda: _("heure de Martinique"),
    "America/Cayenne": lambda: _("heure de Guyane"),
    "America/Miquelon": lambda: _("heure de Saint-Pierre-et-Miquelon"),
    "Indian/Reunion": lambda: _("heure de La Réunion"),
    "Indian/Mayotte": lambda: _("heure de Mayotte"),
    "Pacific/Noumea": lambda: _("heure de Nouvelle-Calédonie"),
    "Pacific/Tahiti": lambda: _("heure de Tahiti"),
    "Pacific/Wallis": lambda: _("heure de Wallis-et-Futuna"),
    "Europe/Brussels": lambda: _("heure de Bruxelles"),
    "UTC": lambda: _("temps universel"),
}


@register.filter
def zone_name(name: str) -> str:
    """« heure de Paris »; another zone by its city."""
    if known := ZONE_NAMES.get(str(name)):
        return known()
    return _("heure de %(city)s") % {"city": str(name).rsplit("/", 1)[-1].replace("_", " ")}


@register.simple_tag
def current_zone() -> str:
    """The IANA name of the zone in which this page tells times."""
    return timezone.get_current_timezone_name()


@register.filter
def elsewhere(moment: datetime, zone: str) -> bool:
    """Whether clocks in this zone differ from the reader's at this moment."""
    if not zone:
        return False
    return moment.astimezone(ZoneInfo(zone)).utcoffset() != timezone.localtime(moment).utcoffset()


@register.filter
def is_after(moment: datetime, other: datetime) -> bool:
    """For {% ifchanged %}, which takes no comparison."""
    return moment > other


@register.filter
def minus(later: datetime, earlier: datetime) -> timedelta:
    """The time between two moments."""
    return later - earlier


@register.filter
def duration(span: timedelta) -> str:
    """« 1 h 05 », « 45 min »; under a minute it says so."""
    minutes = int(span.total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": rest}
    if minutes:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("moins d’une minute")


@register.simple_tag
def clocks_there(meeting) -> dict[str, str]:
    """Start and end of a meeting by the clocks of its own zone."""
    zone = ZoneInfo(meeting.time_zone)
    return {
        "starts": meeting.starts_at.astimezone(zone).strftime("%H:%M"),
        "ends": meeting.ends_at.astimezone(zone).strftime("%H:%M"),
    }
