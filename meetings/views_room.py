"""The page of the room: device check and meeting in one."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from isolation.decorators import opens_own_scope
from meetings import joining
from meetings.models import MeetingState
from meetings.room_texts import room_texts
from tenants.decorators import member_required
from tenants.models import Tenant


@opens_own_scope
@member_required
def room(request, slug: str):
    """404 alike for an unknown link and for one that is not this person's."""
    meeting = joining.find_meeting(slug, member=request.member)
    organisation = Tenant.objects.values_list("name", flat=True).get(id=meeting.tenant_id)
    if meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED):
        context = {"meeting": meeting, "organisation": organisation}
        return render(request, "meetings/over.html", context, status=410)
    is_host = joining.is_host(meeting, request.member)
    config = {
        "slug": slug,
        "join_url": reverse("api:join", args=[slug]),
        "end_url": reverse("api:end", args=[slug]) if is_host else None,
        "leave_url": reverse("meetings:agenda"),
        "locale": get_language(),
    }
    context = {
        "meeting": meeting,
        "organisation": organisation,
        "host_name": meeting.host.full_name,
        "display_name": request.member.full_name,
        "room_config": config,
        "room_texts": room_texts(),
    }
    return render(request, "meetings/room.html", context)
