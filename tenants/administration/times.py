"""The reader's clock."""

from zoneinfo import ZoneInfo

from django.utils import timezone


def activate_zone(request) -> None:
    """Shows times in the member's own zone."""
    timezone.activate(ZoneInfo(request.member.time_zone))
