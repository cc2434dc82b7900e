"""The self-check as a page of the administrators' portal."""

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from isolation.decorators import opens_own_scope
from tenants.decorators import permission_required
from tenants.policies import Permission
from tenants.zones import activate_zone
from visio.anssi_check.answers import Result
from visio.anssi_check.table import find_all

# Long enough to read and filter one answer; whoever wants a new one has a button.
KEPT_FOR = 600  # seconds


@opens_own_scope  # it asks other systems, and no transaction waits for them
@permission_required(Permission.ADMINISTRATION_READ)
@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def security(request):
    """What holds and what does not, the failures first to be asked for; POST asks everything anew."""
    activate_zone(request)
    asked = request.GET.get("result", "")
    chosen = asked if asked in Result.values else ""
    if request.method == "POST":
        _ask(now=timezone.now())
        query = f"?{urlencode({'result': chosen})}" if chosen else ""
        return redirect(reverse("administration_security") + query)
    at, groups = cache.get(_key()) or _ask(now=timezone.now())
    counts = Counter(one["result"] for _title, findings in groups for one in findings)
    context = {
        "at": at,
        "filters": [("", None, sum(counts.values()))]
        + [(result.value, result.label, counts[result.value]) for result in Result],
        "failures": counts[Result.FAILED.value],
        "chosen": chosen,
        "groups": [
            (title, shown)
            for title, findings in groups
            if (shown := [one for one in findings if chosen in ("", one["result"])])
        ],
    }
    return render(request, "administration/security.html", context)


def _ask(*, now: datetime) -> tuple[datetime, list[tuple[str, list[dict[str, Any]]]]]:
    """Runs every check, and keeps what it found in plain values."""
    found = [(title, [_plain(asdict(one)) for one in findings]) for title, findings in find_all()]
    cache.set(_key(), (now, found), KEPT_FOR)
    return now, found


def _plain(finding: dict[str, Any]) -> dict[str, Any]:
    return finding | {"result": finding["result"].value}


def _key() -> str:
    """The answers are the installation's, in the language in which they are told."""
    return f"anssi-check:1:{get_language()}"
