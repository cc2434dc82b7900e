"""Hands over the log with its proofs, for whoever wants to verify it without us."""

from itertools import chain
from uuid import UUID

from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from audit.export.bundle import NothingSigned
from audit.export.rows import Asked
from audit.store import MissingHashes
from auditors import bundles, exports
from auditors.access import auditor_required, reason_required
from isolation.decorators import opens_own_scope


@opens_own_scope
@auditor_required
@reason_required
@require_POST
@cache_control(private=True, no_store=True)
def bundle(request, meeting_id: UUID | None = None):
    """The whole log, or what it says of one meeting. A log whose tree is not whole says so instead."""
    now = timezone.now()
    blocks = bundles.streamed(
        request.tenant_id,
        Asked(meeting_id=meeting_id),
        by=request.member,
        because=request.log_reason.told,
        now=now,
    )
    try:
        first = next(blocks)
    except NothingSigned:
        messages.warning(
            request, _("Rien n’a encore été signé : réessayez dans quelques secondes.")
        )
        return redirect("auditors:proofs")
    except MissingHashes as missing:
        messages.error(
            request, _("Le journal ne peut plus être prouvé : %(why)s.") % {"why": missing}
        )
        return redirect("auditors:proofs")
    name = exports.file_name(request.tenant.short_name, "zip", now=now)
    return StreamingHttpResponse(
        chain([first], blocks),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
