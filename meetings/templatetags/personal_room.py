"""One's own room on the agenda."""

from django import template

from meetings.personal_room.services import find_room

register = template.Library()


@register.inclusion_tag("meetings/personal_room/card.html", takes_context=True)
def personal_room(context):
    """The room's link, or how to get one; in one statement."""
    request = context["request"]
    room = find_room(request.member)
    url = request.build_absolute_uri(room.join_path) if room else ""
    return {"room_url": url, "request": request, "csrf_token": context.get("csrf_token")}
