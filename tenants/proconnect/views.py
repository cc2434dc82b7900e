"""The two ends of the code flow, and the logout that ends both sessions."""

import json
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string
from django.views.decorators.http import require_GET, require_POST
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
)

from audit.kinds import Kind, Outcome
from audit.log import record, record_platform
from isolation.decorators import opens_own_scope
from isolation.scope import tenant_scope
from tenants import services
from tenants.models import Tenant
from tenants.preferences.views import remember_language
from tenants.proconnect.backend import Claims
from tenants.proconnect.provider import endpoint
from tenants.proconnect.refusals import TEXTS, Reason, SignInRefused
from tenants.proconnect.tokens import MFA_LEVELS

# What prompt=none answers when the person has no session at ProConnect.
NEEDS_THE_PERSON = {"login_required", "interaction_required", "consent_required"}
MFA_CLAIMS = {"id_token": {"acr": {"essential": True, "values": list(MFA_LEVELS)}, "amr": None}}


def refuse(request, refusal: SignInRefused, **context):
    """The page that says why and what to do; the platform's log has the precise reason."""
    if refusal.reason is not Reason.LEFT:  # that one stands in the ministry's own log
        record_platform(
            Kind.SIGN_IN_REFUSED,
            outcome=Outcome.REFUSED,
            reason=refusal.reason,
            detail=refusal.detail,
        )
    title, advice = TEXTS[refusal.reason]
    context |= {"title": title, "advice": advice, "reason": refusal.reason}
    status = 400 if refusal.reason is Reason.STATE else 403
    return render(request, "tenants/sign_in_refused.html", context, status=status)


class AuthenticateView(OIDCAuthenticationRequestView):
    """Sends the person to ProConnect. `?mfa=1` asks for a second factor, `?silent=1` for a session
    that is already open and nothing else."""

    def __init__(self, *args, **kwargs):
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID

    def get(self, request):
        try:
            self.OIDC_OP_AUTH_ENDPOINT = endpoint("authorization_endpoint")
        except SignInRefused as refusal:
            return refuse(request, refusal, retry_url=request.get_full_path())
        response = super().get(request)
        # The newest state is the one just made: remember with it what was asked for.
        asked = request.session["oidc_states"][next(reversed(request.session["oidc_states"]))]
        asked |= {"mfa": "mfa" in request.GET, "silent": "silent" in request.GET}
        asked["next"] = request.session.pop("oidc_login_next", None)
        return response

    def get_extra_params(self, request):
        if "mfa" in request.GET:
            return {"claims": json.dumps(MFA_CLAIMS)}
        if "silent" in request.GET:
            return {"prompt": "none"}
        return {"claims": json.dumps({"id_token": {"acr": None, "amr": None}})}


class CallbackView(OIDCAuthenticationCallbackView):
    """Takes the person back from ProConnect and leads them to their ministry."""

    def get(self, request):
        states = request.session.get("oidc_states", {})
        self.asked = states.get(request.GET.get("state", ""))
        try:
            if self.asked is None:
                raise SignInRefused(Reason.STATE)
            if error := request.GET.get("error"):
                return self._refused_by_provider(error)
            request.mfa_asked = self.asked["mfa"]
            return super().get(request)
        except SignInRefused as refusal:
            return refuse(request, refusal, retry_url=self._retry_url(refusal))
        except SuspiciousOperation as error:
            return refuse(request, SignInRefused(Reason.STATE, type(error).__name__))

    def _refused_by_provider(self, error: str):
        states = self.request.session["oidc_states"]
        del states[self.request.GET["state"]]
        self.request.session["oidc_states"] = states
        if self.asked["silent"] and error in NEEDS_THE_PERSON:
            self.request.session["silent_tried"] = True
            return HttpResponseRedirect(self.asked["next"] or "/")
        reason = Reason.CANCELLED if error == "access_denied" else Reason.PROVIDER_REFUSED
        if self.asked["mfa"] and error == "access_denied":
            reason = Reason.LEVEL
        known = error if error.replace("_", "").isalpha() else "unknown"
        raise SignInRefused(reason, known[:40])

    def _retry_url(self, refusal: SignInRefused) -> str:
        query = {}
        if self.asked and self.asked.get("next"):
            query["next"] = self.asked["next"]
        if refusal.reason is Reason.LEVEL:
            query["mfa"] = "1"
        path = reverse("oidc_authentication_init")
        return f"{path}?{urlencode(query)}" if query else path

    def login_failure(self):
        raise SignInRefused(Reason.STATE, "no code")

    def login_success(self):
        """Every sign-in makes a new session key, and forgets what the session held before."""
        user, request = self.user, self.request
        matches = services.tenants_for(user.claims)
        if not matches:
            refusal = SignInRefused(Reason.NO_TENANT)
            return refuse(request, refusal, claims=user.claims, retry_url=self._retry_url(refusal))
        auth.logout(request)
        auth.login(request, user, backend="tenants.proconnect.backend.ProConnectBackend")
        request.session.update(
            {
                "auth": "proconnect",
                "acr": user.acr,
                "amr": user.amr,
                "oidc_id_token": user.id_token,
                "claims": user.claims.to_session(),
                "next": self.asked.get("next") or "/",
                "may_choose": len(matches) > 1,
            }
        )
        if len(matches) > 1:
            return redirect("choose_tenant")
        return enter_tenant(request, matches[0].tenant, now=timezone.now())


def enter_tenant(request, tenant: Tenant, *, now: datetime):
    """Signs the person of this session in to a tenant and leads them where they wanted to go."""
    claims = Claims(**request.session["claims"])
    has_second_factor = request.session["acr"] in MFA_LEVELS
    target = request.session.pop("next", "/")
    try:
        member = services.sign_in_member(
            user=request.user,
            claims=claims,
            tenant=tenant,
            has_second_factor=has_second_factor,
            now=now,
        )
    except services.MemberLeft:
        request.session.flush()
        return refuse(request, SignInRefused(Reason.LEFT))
    except services.SecondFactorNeeded:
        auth.logout(request)
        query = urlencode({"mfa": 1, "next": target})
        return redirect(f"{reverse('oidc_authentication_init')}?{query}")
    request.session["tenant_id"] = str(tenant.id)
    response = redirect(target)
    remember_language(response, member.language)
    return response


@opens_own_scope
@require_POST
def sign_out(request):
    """Ends the session here, then at ProConnect."""
    id_token = request.session.get("oidc_id_token")
    if request.tenant_id and request.member:
        with tenant_scope(request.tenant_id):
            record(Kind.SIGN_OUT, actor=request.member)
    auth.logout(request)
    if not id_token:
        return redirect("signed_out")
    try:
        end_session = endpoint("end_session_endpoint")
    except SignInRefused:
        return redirect("signed_out")  # ours is closed; ProConnect's ends by itself
    state = get_random_string(43)
    request.session["logout_state"] = state
    query = {
        "id_token_hint": id_token,
        "state": state,
        "post_logout_redirect_uri": request.build_absolute_uri(reverse("oidc_logout_callback")),
    }
    return HttpResponseRedirect(f"{end_session}?{urlencode(query)}")


@opens_own_scope
@require_GET
def signed_out_by_provider(request):
    """Where ProConnect sends the person afterwards; an unknown state changes nothing."""
    expected = request.session.pop("logout_state", "")
    if expected and constant_time_compare(expected, request.GET.get("state", "")):
        request.session.flush()
    return redirect("signed_out")


@opens_own_scope
@require_GET
def signed_out(request):
    """Says that it is done, and offers to come back."""
    return render(request, "tenants/signed_out.html")
