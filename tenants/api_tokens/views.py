"""The administrators' page of API tokens: what there is, one more, one less."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from tenants.api_tokens import services
from tenants.api_tokens.forms import TokenForm
from tenants.api_tokens.models import ApiToken
from tenants.decorators import permission_required
from tenants.policies import Permission

MOST_SHOWN = 200


@permission_required(Permission.TOKEN_MANAGE)
@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def tokens(request):
    """The ministry's tokens, the newest first. A new one is shown in the answer to the form, and
    never again: no address and no session holds it."""
    form = TokenForm(request.POST or None)
    made = text = None
    if request.method == "POST" and form.is_valid():
        try:
            made, text = services.create_token(
                **form.cleaned_data, by=request.member, now=timezone.now()
            )
        except ValidationError as refusal:
            form.add_refusal(refusal)
        else:
            form = TokenForm()
    found = ApiToken.objects.select_related("made_by").order_by("-created_at")
    now = timezone.now()
    lines = [
        {"token": token, "is_over": bool(token.revoked_at) or token.is_expired(now)}
        for token in found[:MOST_SHOWN]
    ]
    context = {"form": form, "made": made, "text": text, "lines": lines}
    status = 422 if form.is_bound and not made else 200
    return render(request, "administration/tokens.html", context, status=status)


@permission_required(Permission.TOKEN_MANAGE)
@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def revoke(request, token_id):
    """Asks once, because it cannot be undone: what uses the token stops working."""
    token = ApiToken.objects.filter(id=token_id).first()
    if token is None:
        raise Http404("no such token in this ministry")
    if request.method == "POST":
        services.revoke_token(token_id=token.id, by=request.member, now=timezone.now())
        messages.success(request, _("Le jeton est révoqué : il n’ouvre plus rien."))
        return redirect("administration_tokens")
    return render(request, "administration/token_revoke.html", {"token": token})
