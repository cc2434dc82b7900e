"""The reader's clock."""

from zoneinfo import ZoneInfo

from django.utils import timezone


def activate_zone(request) -> ZoneInfo:
    """Shows times in the member's own zone."""
    zone = ZoneInfo(request.member.time_zone)
    timezone.activate(zone)
    return zone
