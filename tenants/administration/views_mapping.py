"""What leads people to the ministry: domains, SIRETs, identity providers, their order, and a box to
try where claims lead."""

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from tenants import services
from tenants.administration.forms import MappingForm, OrderForm, TrialForm
from tenants.decorators import permission_required
from tenants.mapping import TestedClaims, explain, locks_out
from tenants.models import MappingKind
from tenants.policies import Permission


@permission_required(Permission.MAPPING_MANAGE)
@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def mapping(request):
    """What leads here, and a form for each way to change or to try it."""
    if request.method == "GET":
        return _show(request)
    act = ACTS.get(request.POST.get("action", ""))
    if act is None:
        raise BadRequest("not an act of this page")
    return act(request)


def _add(request):
    form = MappingForm(request.POST)
    if form.is_valid():
        pair = (MappingKind(form.cleaned_data["kind"]), form.cleaned_data["value"])
        try:
            services.change_mapping(tenant=request.tenant, add=[pair], by=request.member)
        except ValidationError as refusal:
            form.add_error("value", refusal)
        else:
            messages.success(
                request, _("« %(value)s » mène désormais à votre ministère.") % {"value": pair[1]}
            )
            return redirect("administration_mapping")
    return _show(request, add_form=form, status=422)


def _remove(request):
    try:
        pair = (MappingKind(request.POST.get("kind", "")), request.POST.get("value", ""))
    except ValueError:
        raise BadRequest("not a kind of claim") from None
    if not pair[1].isprintable():
        raise BadRequest("not a value of this page")
    if _must_be_warned(request, remove=[pair]):
        warning = {"action": "remove", "kind": pair[0], "value": pair[1], "label": pair[0].label}
        return _warn(request, warning)
    services.change_mapping(tenant=request.tenant, remove=[pair], by=request.member)
    messages.success(
        request, _("« %(value)s » ne mène plus à votre ministère.") % {"value": pair[1]}
    )
    return redirect("administration_mapping")


def _reorder(request):
    form = OrderForm(request.POST)
    if form.is_valid():
        if _must_be_warned(request, order=form.order):
            return _warn(request, {"action": "order", **form.cleaned_data})
        try:
            services.change_mapping(tenant=request.tenant, order=form.order, by=request.member)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("L’ordre est enregistré."))
            return redirect("administration_mapping")
    return _show(request, order_form=form, status=422)


def _try(request):
    """The answer is this very page: what is tried stands in no address and in no log."""
    form = TrialForm(request.POST)
    if not form.is_valid():
        return _show(request, trial_form=form, status=422)
    explanation = explain(TestedClaims(**form.cleaned_data), tenant=request.tenant)
    return _show(request, trial_form=form, explanation=explanation)


ACTS = {"add": _add, "remove": _remove, "order": _reorder, "try": _try}


def _must_be_warned(request, **change) -> bool:
    """Whether the reader would not come in any more, and has not been told."""
    if "confirmed" in request.POST:
        return False
    return locks_out(request.member, tenant=request.tenant, **change)


def _warn(request, warning: dict):
    return render(request, "administration/mapping_warning.html", {"warning": warning})


def _show(
    request, *, add_form=None, order_form=None, trial_form=None, explanation=None, status=200
):
    leads = services.mapping_of(request.tenant)
    order = leads["order"]
    context = {
        "lists": [(kind, kind.label, leads[kind], kind in order) for kind in MappingKind],
        "order": [MappingKind(kind).label for kind in order],
        "add_form": add_form or MappingForm(initial={"kind": MappingKind.DOMAIN}),
        "order_form": order_form or OrderForm(initial=OrderForm.initial_of(order)),
        "trial_form": trial_form or TrialForm(),
        "explanation": explanation,
    }
    return render(request, "administration/mapping.html", context, status=status)
