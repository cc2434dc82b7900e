"""Finds in which ministry the signed-in person works, and as whom."""

from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import auth
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation

from tenants.membership import find_member
from tenants.models import Member
from tenants.proconnect.backend import already_loaded
from tenants.proconnect.tokens import MFA_LEVELS
from tenants.zones import zone_of


def has_second_factor(session) -> bool:
    """Whether the person gave one when they signed in."""
    if session.get("auth") == "breakglass":
        methods = session.get("account_authentication_methods", [])
        return any(method.get("method") == "mfa" for method in methods)
    return session.get("acr") in MFA_LEVELS


class WorkplaceMiddleware:
    """Gives requests `tenant_id`, `tenant`, `member` and `mfa`, and speaks as the member prefers. Whoever has left, or whose tenant
    was closed, is signed out at the next request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.tenant_id = request.member = request.tenant = None
        request.mfa = has_second_factor(request.session)
        chosen, user_id = request.session.get("tenant_id"), request.session.get(SESSION_KEY)
        if chosen and user_id:
            self.find_workplace(request, UUID(chosen), UUID(user_id))
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()  # the thread lives on

    def find_workplace(self, request, tenant_id: UUID, user_id: UUID) -> None:
        """The member comes with the user, whom Django then need not ask for again; it is Django
        that says whether the session is still this user's."""
        member = find_member(tenant_id, user_id)
        with already_loaded(member.user if member else None):
            if not request.user.is_authenticated:
                return
        request.tenant_id = tenant_id
        if member is not None:
            request.member, request.tenant = member, member.tenant
            self.follow_preferences(request, member)

    def follow_preferences(self, request, member: Member) -> None:
        """Their own clock, and the language that they chose, in whatever browser this is."""
        timezone.activate(zone_of(member.time_zone))
        if member.language and translation.check_for_language(member.language):
            translation.activate(member.language)
            request.LANGUAGE_CODE = member.language

    def process_view(self, request, view, args, kwargs):
        if request.tenant_id is None:
            return None
        answers_problems = getattr(view, "answers_problems", False)
        if not (request.member and request.tenant):
            if answers_problems:  # the API tells programs in its own way that nobody is signed in
                auth.logout(request)
                request.member = request.tenant = request.tenant_id = None
                return None
            request.session.flush()
            return redirect("membership_ended")
        if request.session.get("auth") == "breakglass" and not request.mfa:
            if answers_problems:
                request.member = request.tenant = request.tenant_id = None
                request.user = AnonymousUser()
                return None
            name = request.resolver_match.url_name or ""
            if not name.startswith(("mfa_", "account_", "sign_out")):
                return redirect(second_factor_url(request.user))
        return None


def second_factor_url(user) -> str:
    """Where a break-glass account gives its second factor, or sets one up."""
    return reverse("mfa_reauthenticate" if is_mfa_enabled(user) else "mfa_activate_totp")
