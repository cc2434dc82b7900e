"""Finds in which ministry the signed-in person works, and as whom."""

from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, cached_property

from isolation.scope import tenant_scope
from tenants.models import Member, MemberState, Tenant
from tenants.proconnect.tokens import MFA_LEVELS


class Workplace:
    """The session's tenant and the person's membership of it, each loaded when first asked for."""

    def __init__(self, request):
        self.request = request

    @cached_property
    def tenant_id(self) -> UUID | None:
        chosen = self.request.session.get("tenant_id")
        return UUID(chosen) if chosen and self.request.user.is_authenticated else None

    @cached_property
    def member(self) -> Member | None:
        if self.tenant_id is None:
            return None
        with tenant_scope(self.tenant_id):
            return Member.objects.filter(user=self.request.user, state=MemberState.ACTIVE).first()

    @cached_property
    def tenant(self) -> Tenant | None:
        if self.tenant_id is None:
            return None
        return Tenant.objects.filter(id=self.tenant_id, is_active=True).first()

    @cached_property
    def mfa(self) -> bool:
        session = self.request.session
        if session.get("auth") == "breakglass":
            methods = session.get("account_authentication_methods", [])
            return any(method.get("method") == "mfa" for method in methods)
        return session.get("acr") in MFA_LEVELS


class WorkplaceMiddleware:
    """Gives requests `tenant_id`, `tenant`, `member` and `mfa`. Whoever has left, or whose tenant
    was closed, is signed out at the next request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        workplace = Workplace(request)
        request.tenant_id = workplace.tenant_id
        request.member = SimpleLazyObject(lambda: workplace.member)
        request.tenant = SimpleLazyObject(lambda: workplace.tenant)
        request.mfa = workplace.mfa
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()  # a view may have set its reader's zone; the thread lives on

    def process_view(self, request, view, args, kwargs):
        if request.tenant_id is None:
            return None
        if not (request.member and request.tenant):
            request.session.flush()
            return redirect("membership_ended")
        if request.session.get("auth") == "breakglass" and not request.mfa:
            name = request.resolver_match.url_name or ""
            if not name.startswith(("mfa_", "account_", "sign_out")):
                return redirect(second_factor_url(request.user))
        return None


def second_factor_url(user) -> str:
    """Where a break-glass account gives its second factor, or sets one up."""
    return reverse("mfa_reauthenticate" if is_mfa_enabled(user) else "mfa_activate_totp")
