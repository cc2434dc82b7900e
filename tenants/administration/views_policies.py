"""The ministry's rules, each changed by itself and at once."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from tenants import policies, services
from tenants.administration import rules
from tenants.decorators import permission_required
from tenants.policies import Permission
from tenants.zones import activate_zone

SWITCHED = {"true": True, "false": False}


@permission_required(Permission.POLICY_MANAGE)
@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def rule_book(request):
    """Every rule as a sentence; a form changes one of them."""
    activate_zone(request)
    if request.method == "GET":
        return _show(request, saved=request.GET.get("saved", ""))
    rule = rules.RULES.get(request.POST.get("rule", ""))
    if rule is None:
        raise Http404("no such rule")
    typed = request.POST.get("value", "")
    value = SWITCHED.get(typed, typed) if rule.kind == "switch" else typed
    try:
        services.change_policy(tenant=request.tenant, by=request.member, **{rule.name: value})
    except ValidationError as refusal:
        messages.error(request, _("Rien n’a été enregistré : corrigez la règle signalée."))
        return _show(request, refused=rule.name, problems=refusal.messages, typed=typed)
    return redirect(f"{reverse('administration_policies')}?saved={rule.name}#{rule.name}")


def _show(request, *, saved="", refused="", problems=(), typed=""):
    context = {
        "groups": rules.standings(policies.policy()),
        "saved": saved if saved in rules.RULES else "",
        "refused": refused,
        "problems": problems,
        "typed": typed,
    }
    status = 422 if refused else 200
    return render(request, "administration/policies.html", context, status=status)
