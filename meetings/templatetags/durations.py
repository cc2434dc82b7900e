"""Durations as people say them."""

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def duration(value: timedelta) -> str:
    """« 1 h 05 », « 12 min », « moins d’une minute »."""
    minutes = int(value.total_seconds() // 60)
    if minutes < 1:
        return _("moins d’une minute")
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02}" if hours else _("%(minutes)s min") % {"minutes": minutes}
