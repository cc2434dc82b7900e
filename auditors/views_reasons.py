"""Why the log is read: the form on which a reader says it, and changes it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from auditors import reasons
from auditors.access import auditor_required
from auditors.reasons import ReasonForm
from meetings.views import activate_zone
from tenants import reading_reasons


@auditor_required
@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def reason(request):
    """States a reason, or another one, and leads on to where the reader wanted to go."""
    activate_zone(request)
    now = timezone.now()
    sent = request.POST if request.method == "POST" else request.GET
    target = reasons.safe_target(sent.get("next", ""))
    if request.method == "POST":
        form = ReasonForm(request.POST)
        if form.is_valid():
            reasons.state(request, now=now, **form.cleaned_data)
            messages.success(request, _("Motif enregistré et inscrit au journal."))
            return redirect(target)
    else:
        before = reading_reasons.in_force(request.session, request.tenant_id, now=now)
        form = ReasonForm(initial=before.told if before else None)
    context = {
        "form": form,
        "next": target,
        "hours": int(reading_reasons.LIFETIME.total_seconds() // 3600),
    }
    return render(request, "auditors/reason_form.html", context, status=422 if form.errors else 200)
