"""What proves the log: its checkpoints, the keys that sign them, a check of the whole."""

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from audit import checkpoints, departures, holds, notes, witness
from audit.kinds import Kind
from audit.log import record
from audit.models import Checkpoint, Cosignature, Event, Outside
from auditors import proofs
from auditors.access import auditor_required
from meetings.views import activate_zone

LENGTH = 50  # checkpoints a page
MOST_REFUSALS = 50
SIZE = re.compile(r"[1-9][0-9]{0,17}")

no_store = cache_control(private=True, no_store=True)


@auditor_required
@require_GET
@no_store
def overview(request):
    """How the log stands, what it signed, newest first, and what to keep of it."""
    activate_zone(request)
    before = request.GET.get("before", "")
    if before and not SIZE.fullmatch(before):
        raise Http404("no such place among the checkpoints")
    found = Checkpoint.objects.order_by("-size")
    if before:
        found = found.filter(size__lt=int(before))
    shown = list(found[: LENGTH + 1])
    context = {
        "standing": proofs.standing_of([], now=timezone.now()),
        "checkpoints": shown[:LENGTH],
        "older": shown[LENGTH - 1].size if len(shown) > LENGTH else None,
        "is_further": bool(before),
        "witnesses": _witnesses(),
        "holds": holds.in_force(),
        "keys": checkpoints.verifiers_of(request.tenant_id),
        "organisation": request.tenant.name,
        "most_checked": proofs.MOST_CHECKED,
    }
    return render(request, "auditors/proofs.html", context)


@auditor_required
@require_POST
@no_store
def check(request):
    """Compares the log with what was signed, and leads back to where the result stands."""
    try:
        report = proofs.check_log(by=request.member, now=timezone.now())
    except proofs.CheckedJustNow:
        messages.info(request, _("Le journal vient d’être vérifié : voici ce qui a été trouvé."))
        return redirect("auditors:proofs")
    count = report.end - report.start
    if report.first:
        messages.error(request, _("Le journal ne concorde plus avec ce qui a été signé."))
    else:
        words = ngettext(
            "%(count)s entrée vérifiée : rien à signaler.",
            "%(count)s entrées vérifiées : rien à signaler.",
            count,
        )
        messages.success(request, words % {"count": count})
    return redirect("auditors:proofs")


@auditor_required
@require_GET
@no_store
def checkpoint(request, size):
    """One signed note with its cosignatures, for somebody to keep outside. That it left stands in the
    log, and every later export proves that it goes on from there."""
    found = Checkpoint.objects.filter(size=size).first()
    if found is None:
        raise Http404("this log signed no such size")
    departures.leaves(found, to=Outside.AUDITORS, now=timezone.now())
    told = request.log_reason.told if request.log_reason else {}
    record(Kind.LOG_EXPORTED, actor=request.member, format="checkpoint", size=found.size, **told)
    return _text(
        checkpoints.published([found])[found.size],
        f"point-de-controle-{request.tenant.short_name}-{found.size}.txt",
    )


@auditor_required
@require_GET
@no_store
def keys(request):
    """The keys with which the log was ever signed, as verifiers take them."""
    lines = "".join(f"{key}\n" for key in checkpoints.verifiers_of(request.tenant_id))
    return _text(lines, f"cles-{request.tenant.short_name}.txt")


def _witnesses() -> list[dict[str, Any]]:
    """Who cosigns this log: what each saw last, and since when it has refused to go on."""
    cosigned = Cosignature.objects.order_by("witness", "-size").distinct("witness")
    last = {each.witness: each for each in cosigned}
    told = Event.objects.filter(kind=Kind.COSIGNATURE_REFUSED).order_by("-at", "-id")
    refusals = {event.payload["witness"]: event for event in reversed(told[:MOST_REFUSALS])}
    keys = sorted(last.keys() | {str(each.verifier) for each in witness.witnesses()})
    found = []
    for key in keys:
        name = notes.parse_verifier(key).name
        seen, refusal = last.get(key), refusals.get(name)
        refuses = refusal if refusal and not (seen and seen.at > refusal.at) else None
        found.append({"name": name, "key": key, "seen": seen, "refusal": refuses})
    return found


def _text(text: str, name: str) -> HttpResponse:
    return HttpResponse(
        text,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
