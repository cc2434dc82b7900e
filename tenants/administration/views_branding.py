"""The name and logo that the ministry's pages show."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from isolation.decorators import opens_own_scope
from isolation.scope import tenant_scope
from tenants import branding
from tenants.administration.forms import BrandingForm
from tenants.decorators import permission_required
from tenants.models import Logo
from tenants.policies import Permission

A_YEAR = 31_536_000


@permission_required(Permission.BRANDING_MANAGE)
@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def identity(request):
    """What is shown now, and the form that changes it."""
    if request.method == "GET":
        form = BrandingForm(initial={"shown_name": request.tenant.shown_name})
        return render(request, "administration/branding.html", {"form": form})
    form = BrandingForm(request.POST, request.FILES)
    if "logo" in getattr(request, "too_large", ()):  # set where the file was thrown away
        form.add_error("logo", branding.too_large())
    if form.is_valid() and _save(request, form):
        return redirect("administration_branding")
    return render(request, "administration/branding.html", {"form": form}, status=422)


def _save(request, form: BrandingForm) -> bool:
    uploaded = form.cleaned_data["logo"]
    try:
        picture = branding.read_logo(uploaded.read()) if uploaded is not None else None
    except ValidationError as refusal:
        form.add_error("logo", refusal)
        return False
    try:
        changed = branding.change_branding(
            tenant=request.tenant,
            by=request.member,
            shown_name=form.cleaned_data["shown_name"],
            logo=picture,
            remove_logo=form.cleaned_data["remove_logo"],
        )
    except ValidationError as refusal:
        form.add_error("shown_name", refusal)
        return False
    text = _("L’identité visuelle est enregistrée.") if changed else _("Rien n’a changé.")
    messages.success(request, text)
    return True


@opens_own_scope
@require_GET
def logo(request, tenant_id, digest):
    """For everybody who has the address: guests see it too. It names its content, and so it never
    changes; opened by itself it is nothing but a picture."""
    with tenant_scope(tenant_id):
        data = Logo.objects.filter(digest=digest).values_list("data", flat=True).first()
    if data is None:
        raise Http404("no such logo")
    return HttpResponse(
        bytes(data),
        content_type="image/png",
        headers={
            "Cache-Control": f"public, max-age={A_YEAR}, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": 'inline; filename="logo.png"',
        },
    )
