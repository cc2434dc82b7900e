"""What a view asks of its reader before it runs."""

from functools import wraps
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse

from tenants import policies
from tenants.middleware import second_factor_url
from tenants.policies import Permission


def member_required(view):
    """The reader is signed in and works in a ministry; else they are led there and back."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        if request.user.is_authenticated and request.member:
            return view(request, *args, **kwargs)
        return lead_to_sign_in(request)

    return checked


def permission_required(permission: Permission):
    """The reader may; roles that reach other people's data count only with a second factor."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            if not request.mfa and policies.needs_mfa(request.member, permission):
                return step_up(request)
            policies.require(request.member, permission, policy=policies.policy())
            return view(request, *args, **kwargs)

        return member_required(checked)

    return decorate


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


def step_up(request):
    """Asks for a second factor, where the person signed in."""
    target = {"next": request.get_full_path()}
    if request.session.get("auth") == "breakglass":
        return redirect(f"{second_factor_url(request.user)}?{urlencode(target)}")
    return redirect(f"{reverse('oidc_authentication_init')}?{urlencode(target | {'mfa': 1})}")
