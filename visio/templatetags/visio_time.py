"""Times and durations as people say them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

register = template.Library()

# The zones in which the State works, by the names that its agents give them.
ZONE_NAMES = {
    "Europe/Paris": _("heure de Paris"),
    "America/Guadeloupe": _("heure de Guadeloupe"),
    "America/Martinique": _("heure de Martinique"),
    "America/Cayenne": _("heure de Guyane"),
    "America/Miquelon": _("heure de Saint-Pierre-et-Miquelon"),
    "Indian/Reunion": _("heure de La Réunion"),
    "Indian/Mayotte": _("heure de Mayotte"),
    "Pacific/Noumea": _("heure de Nouvelle-Calédonie"),
    "Pacific/Tahiti": _("heure de Tahiti"),
    "Pacific/Wallis": _("heure de Wallis-et-Futuna"),
    "Europe/Brussels": _("heure de Bruxelles"),
    "UTC": _("temps universel"),
}


@register.filter
def zone_name(name: str) -> str:
    """« heure de Paris »; another zone by its city."""
    if known := ZONE_NAMES.get(str(name)):
        return str(known)
    return gettext("heure de %(city)s") % {"city": str(name).rsplit("/", 1)[-1].replace("_", " ")}


@register.filter
def zone_choice(name: str) -> str:
    """A zone in a list to choose from: its usual name if it has one, and where it is."""
    place = str(name).replace("_", " ").replace("/", " / ")
    known = ZONE_NAMES.get(str(name))
    return f"{capfirst(str(known))} ({place})" if known else place


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


@register.simple_tag
def clocks_there(meeting) -> dict[str, str]:
    """Start and end of a meeting by the clocks of its own zone."""
    zone = ZoneInfo(meeting.time_zone)
    return {
        "starts": meeting.starts_at.astimezone(zone).strftime("%H:%M"),
        "ends": meeting.ends_at.astimezone(zone).strftime("%H:%M"),
    }
