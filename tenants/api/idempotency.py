"""A request that is sent twice is carried out once (the header Idempotency-Key)."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from isolation.scope import tenant_scope
from tenants.api.answers import JSON
from tenants.api.models import IdempotentAnswer
from tenants.api.problems import Problem
from tenants.models import Tenant

KEY = r"^[!-~]{0,255}$"  # visible signs
REMEMBERED = timedelta(hours=24)
KEPT_HEADERS = ("ETag", "Location", "Cache-Control", "Vary")


def once(
    request, caller, act: Callable[[], HttpResponse], *, key: str, now: datetime
) -> HttpResponse:
    """What `act` answers, or what it answered when this caller sent this key before.

    To be called in the transaction that acts: of two requests at once the second waits in the
    database until the first has committed, and then reads its answer. A request that fails leaves
    no key behind. Without a key, it simply acts.
    """
    if not key:
        return act()
    mine = IdempotentAnswer(
        caller_id=caller.id,
        key=key,
        fingerprint=_fingerprint(request),
        created_at=now,
        expires_at=now + REMEMBERED,
    )
    known = IdempotentAnswer.objects.filter(caller_id=caller.id, key=key)
    known.filter(expires_at__lte=now).delete()
    IdempotentAnswer.objects.bulk_create([mine], ignore_conflicts=True)
    kept = known.get()
    if kept.id != mine.id:
        return _again(kept, mine.fingerprint)
    response = act()
    kept.status = response.status_code
    kept.headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response}
    kept.body = response.content.decode()
    kept.save(update_fields=["status", "headers", "body"])
    return response


def _again(kept: IdempotentAnswer, fingerprint: str) -> HttpResponse:
    if kept.fingerprint != fingerprint:
        raise Problem(
            422,
            "key-reused",
            _("Cette clé d’idempotence a déjà servi pour une autre demande."),
        )
    response = HttpResponse(kept.body, status=kept.status, content_type=JSON)
    for name, value in kept.headers.items():
        response.headers[name] = value
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _fingerprint(request) -> str:
    content = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    content.update(request.body)
    return content.hexdigest()


def forget_old_answers(*, now: datetime) -> int:
    """Removes the answers whose keys are no longer remembered, in every ministry."""
    forgotten = 0
    for tenant_id in Tenant.objects.values_list("id", flat=True):
        with tenant_scope(tenant_id):
            forgotten += IdempotentAnswer.objects.filter(expires_at__lte=now).delete()[0]
    return forgotten
