"""Time zones: which can be chosen, and the reader's clock."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

ZONES = sorted(available_timezones())
# Those in which the State works.
USUAL_ZONES = [
    "Europe/Paris", "America/Cayenne", "America/Guadeloupe", "America/Martinique",
    "America/Miquelon", "Indian/Mayotte", "Indian/Reunion", "Pacific/Noumea", "Pacific/Tahiti",
    "Pacific/Wallis", "UTC",
]  # fmt: skip
# The usual ones first, then all.
ZONE_CHOICES = [*USUAL_ZONES, *(zone for zone in ZONES if zone not in USUAL_ZONES)]


@cache
def zone_of(name: str) -> ZoneInfo:
    """A member's zone; Paris for one that time zone data has dropped since it was chosen."""
    return ZoneInfo(name if name in ZONES else "Europe/Paris")


def activate_zone(request) -> ZoneInfo:
    """Shows times in the member's own zone, as the middleware has told Django already."""
    zone = zone_of(request.member.time_zone)
    timezone.activate(zone)
    return zone
