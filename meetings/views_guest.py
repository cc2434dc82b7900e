"""A guest proves an address: it is written to, and the code comes back."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from isolation.decorators import opens_own_scope
from meetings import joining, visitors
from meetings.forms_guest import AddressForm, CodeForm
from meetings.views_room import guest_door
from tenants import guests
from tenants.models import Tenant


@opens_own_scope
@require_http_methods(["GET", "POST"])
def address(request, slug: str):
    """Asks for the address, and writes to it."""
    door = guest_door(request, slug, visitors.of_request(request))
    if not isinstance(door, joining.Door):
        return door
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            guests.send_code(request, form.cleaned_data["email"])
        except guests.TooManyCodes:
            form.add_error("email", _("Trop de codes ont été demandés. Réessayez plus tard."))
        except guests.NotSent:
            form.add_error("email", _("Le code n’a pas pu être envoyé. Réessayez."))
        else:
            return redirect("meetings:guest_code", slug)
    status = 422 if form.is_bound else 200
    return render(
        request, "meetings/guest_address.html", about(door, slug) | {"form": form}, status=status
    )


@opens_own_scope
@require_http_methods(["GET", "POST"])
def code(request, slug: str):
    """Asks for the code that was sent; with it, the guest is who that address is."""
    door = guest_door(request, slug, visitors.of_request(request))
    if not isinstance(door, joining.Door):
        return door
    pending = guests.pending_code(request)
    if pending is None:
        return redirect("meetings:guest_address", slug)
    if request.POST.get("action") == "resend":
        return resend(request, slug, pending)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            pending.confirm(form.cleaned_data["code"])
        except guests.WrongCode as wrong:
            if wrong.is_last:
                text = _("Ce code a été essayé trop souvent : demandez-en un autre.")
                messages.error(request, text)
                return redirect("meetings:guest_address", slug)
            form.add_error("code", _("Ce n’est pas le code qui a été envoyé."))
        else:
            return redirect("meetings:room", slug)
    context = about(door, slug) | {"form": form, "email": pending.email}
    return render(
        request, "meetings/guest_code.html", context, status=422 if form.is_bound else 200
    )


def resend(request, slug: str, pending: guests.PendingCode):
    """Another code, to the same address."""
    try:
        pending.resend()
    except guests.TooManyCodes:
        messages.error(request, _("Trop de codes ont été demandés. Réessayez plus tard."))
    except guests.NotSent:
        messages.error(request, _("Le code n’a pas pu être envoyé. Réessayez."))
    else:
        messages.success(request, _("Un autre code est parti."))
    return redirect("meetings:guest_code", slug)


def about(door: joining.Door, slug: str) -> dict:
    """What a guest may see of the ministry: this meeting."""
    meeting = door.meeting
    ministry = Tenant.objects.get(id=meeting.tenant_id)
    return {
        "meeting": meeting,
        "organisation": ministry.name,
        "brand": ministry,
        "host_name": meeting.host.full_name,
        "room_url": meeting.join_path,
        "address_url": f"{meeting.join_path}adresse/",
    }
