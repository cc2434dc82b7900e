"""What a view asks of its reader before it runs."""

from functools import wraps
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse


def member_required(view):
    """The reader is signed in and works in a ministry; else they are led there and back."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        if request.user.is_authenticated and request.member:
            return view(request, *args, **kwargs)
        return lead_to_sign_in(request)

    return checked


def lead_to_sign_in(request):
    """First without a word, in case a session is open at ProConnect; then with a page that asks."""
    target = {"next": request.get_full_path()}
    if request.user.is_authenticated and "claims" in request.session:
        request.session["next"] = target["next"]
        return redirect("choose_tenant")
    if request.method == "GET" and not request.session.get("silent_tried"):
        return redirect(
            f"{reverse('oidc_authentication_init')}?{urlencode(target | {'silent': 1})}"
        )
    sign_in_url = f"{reverse('oidc_authentication_init')}?{urlencode(target)}"
    return render(request, "tenants/sign_in.html", {"sign_in_url": sign_in_url}, status=401)
