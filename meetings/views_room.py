"""The page of the room: device check, waiting and meeting in one, for agents and for guests."""

from urllib.parse import urlencode

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from isolation.decorators import opens_own_scope
from isolation.scope import tenant_scope
from meetings import chat, gate, joining, visitors
from meetings.models import MeetingState, Proof
from meetings.room_texts import room_texts
from tenants.decorators import lead_to_sign_in
from tenants.models import AtEntry, GuestAccess, Tenant


@opens_own_scope
def room(request, slug: str):
    """404 alike for an unknown link and for one that is not this agent's; whoever is not signed in
    is led to sign in, and from there, where the meeting takes guests, further as one."""
    visitor = visitors.of_request(request)
    if visitor.member is not None:
        door = joining.find_door(slug, visitor=visitor)
    else:
        found = guest_door(request, slug, visitor)
        if not isinstance(found, joining.Door):
            return found
        door = found
    meeting = door.meeting
    ministry = Tenant.objects.get(id=meeting.tenant_id)
    context = {
        "meeting": meeting,
        "organisation": ministry.name,
        "brand": ministry,
        "host_name": meeting.host.full_name,
        "is_guest": visitor.member is None,
        "awaits_owner": gate.awaits_owner(meeting) and not gate.is_host(meeting, visitor),
    }
    if meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED):
        with tenant_scope(meeting.tenant_id):
            is_host = gate.is_host(meeting, visitor)
            context["chat"] = chat.kept(meeting, participant=door.participant, is_host=is_host)
        return render(request, "meetings/over.html", context, status=410)
    config = config_of(door, visitor, slug)
    context |= {
        "display_name": visitor.name,
        "room_config": config,
        "room_texts": room_texts(),
        "sign_in_url": sign_in_url(request),
        "code_url": reverse("meetings:guest_address", args=[slug]) if config["asks_name"] else "",
    }
    return render(request, "meetings/room.html", context)


def config_of(door: joining.Door, visitor: visitors.Visitor, slug: str) -> dict:
    """What the page's scripts must know."""
    is_guest = visitor.member is None
    access = gate.guest_access(door.meeting, door.policy)
    is_host = gate.is_host(door.meeting, visitor)
    return {
        "slug": slug,
        "api": reverse("api:join", args=[slug]).removesuffix("join"),
        "join_url": reverse("api:join", args=[slug]),
        "end_url": reverse("api:end", args=[slug]) if is_host else None,
        "leave_url": None if is_guest else reverse("meetings:agenda"),
        "host_socket_url": f"{settings.SOCKETS_URL}/ws/host/{slug}/",
        "locale": get_language(),
        "is_guest": is_guest,
        "asks_name": is_guest,
        "name": visitor.name if is_guest else "",
        "needs_code": is_guest and access == GuestAccess.CODE and visitor.proof != Proof.CODE,
        "chat_is_kept": door.policy.keep_chat,
        "zone": visitor.member.time_zone if visitor.member else "",
        "at_entry": {
            "microphone": visitor.member.microphone_at_entry if visitor.member else AtEntry.LAST,
            "camera": visitor.member.camera_at_entry if visitor.member else AtEntry.LAST,
        },
    }


def guest_door(request, slug: str, visitor: visitors.Visitor):
    """The door of a meeting that takes guests; for all others, and for a link that does not exist,
    the way to sign in."""
    if request.method == "GET" and visitor.proof != Proof.CODE and may_sign_in_silently(request):
        return lead_to_sign_in(request)
    door = joining.peek(slug, visitor=visitor)
    if door is None:
        return lead_to_sign_in(request)
    takes_guests = gate.guest_access(door.meeting, door.policy) != GuestAccess.NONE
    if not takes_guests and door.participant is None:  # one who is known here comes back
        return lead_to_sign_in(request)
    return door


def may_sign_in_silently(request) -> bool:
    """Once a session: an agent whose session at ProConnect is open goes in as who they are."""
    return not request.session.get("silent_tried")


def sign_in_url(request) -> str:
    """ProConnect, and back to this page."""
    target = urlencode({"next": request.path})
    return f"{reverse('oidc_authentication_init')}?{target}"
