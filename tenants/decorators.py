"""What a view asks of its reader before it runs."""

from functools import wraps
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse

from tenants import policies
from tenants.models import Policy


def member_required(view):
    """The reader is signed in and works in a ministry; else they are led there and back."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        if request.user.is_authenticated and request.member:
            return view(request, *args, **kwargs)
        return lead_to_sign_in(request)

    return checked


def permission_required(permission: policies.Permission):
    """The reader's roles allow it (403), and this very session proved a second factor: the role may
    have been given since it began. Who has not is led to ProConnect and back."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            policies.require(request.member, permission, policy=Policy())
            if not request.mfa:
                return lead_to_second_factor(request)
            return view(request, *args, **kwargs)

        return member_required(checked)

    return decorate


def lead_to_second_factor(request):
    """What a form held is not kept: the page on which it stood is shown anew."""
    target = request.get_full_path() if request.method == "GET" else request.path
    query = urlencode({"mfa": 1, "next": target})
    return redirect(f"{reverse('oidc_authentication_init')}?{query}")


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
