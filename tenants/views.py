"""Choosing where to work."""

from django.contrib import auth
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from audit.kinds import Kind
from audit.log import record
from isolation.decorators import opens_own_scope
from isolation.scope import tenant_scope
from tenants import services
from tenants.proconnect.backend import Claims
from tenants.proconnect.refusals import TEXTS, Reason
from tenants.proconnect.views import enter_tenant


@opens_own_scope
@require_http_methods(["GET", "POST"])
def choose_tenant(request):
    """A person whom several ministries know says in which one they work now."""
    if not request.user.is_authenticated or "claims" not in request.session:
        return redirect("oidc_authentication_init")
    matches = services.tenants_for(Claims(**request.session["claims"]))
    if request.method == "POST":
        wanted = request.POST.get("tenant", "")
        chosen = next((match.tenant for match in matches if str(match.tenant.id) == wanted), None)
        if chosen is not None:
            answer = enter_tenant(request, chosen, now=timezone.now())
            if request.session.get("tenant_id") == str(chosen.id):
                with tenant_scope(chosen.id):
                    record(Kind.WORKPLACE_CHOSEN, subject_id=request.user.id)
            return answer
    return render(request, "tenants/choose.html", {"tenants": [match.tenant for match in matches]})


@opens_own_scope
@require_GET
def membership_ended(request):
    """For who was signed in when their membership was closed."""
    auth.logout(request)
    title, advice = TEXTS[Reason.LEFT]
    context = {"title": title, "advice": advice, "reason": Reason.LEFT}
    return render(request, "tenants/sign_in_refused.html", context, status=403)
