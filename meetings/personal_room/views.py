"""The page of one's own room: its link, who comes in, a new link."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from meetings.models import Meeting, MeetingState, PersonalRoom
from meetings.personal_room import services
from meetings.personal_room.forms import AccessForm
from tenants import policies
from tenants.decorators import member_required


@member_required
@require_http_methods(["GET", "POST"])
def room(request):
    """Shows the room, or offers to make it; keeps who comes in."""
    policy = policies.policy()
    policies.require(request.member, policies.Permission.MEETING_CREATE, policy=policy)
    mine = services.find_room(request.member)
    if mine is None:
        if request.method == "POST":
            raise Http404("the room was not made yet")
        return render(request, "meetings/personal_room/none.html")
    data = request.POST if request.method == "POST" else None
    form = AccessForm(data, room=mine, policy=policy)
    if request.method == "POST" and form.is_valid():
        services.change_access(by=request.member, **form.cleaned_data)
        messages.success(request, _("L’accès à votre salle est enregistré."))
        return redirect("meetings:personal_room")
    live = Meeting.objects.filter(personal_room=mine, state=MeetingState.LIVE).first()
    context = {
        "form": form,
        "room": mine,
        "room_url": request.build_absolute_uri(mine.join_path),
        "live_meeting": live,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "meetings/personal_room/room.html", context, status=status)


@member_required
@require_POST
def make(request):
    """Makes the room, to give its link before one ever enters."""
    services.make_room(by=request.member, now=timezone.now())
    return redirect("meetings:personal_room")


@member_required
@require_POST
def enter(request):
    """To the room's door; the room is made on the way, if it never was used."""
    return redirect(services.make_room(by=request.member, now=timezone.now()).join_path)


@member_required
@require_POST
def renew(request):
    """A new link; the old one dies."""
    try:
        services.renew_room(by=request.member, now=timezone.now())
    except PersonalRoom.DoesNotExist:
        raise Http404("the room was not made yet") from None
    except services.RoomInUse:
        text = _("Une réunion se tient dans votre salle : terminez-la avant de changer de lien.")
        messages.error(request, text)
    else:
        messages.success(
            request, _("Votre salle a un nouveau lien. L’ancien ne mène plus nulle part.")
        )
    return redirect("meetings:personal_room")
