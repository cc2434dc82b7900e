"""The certificate of attendance of a meeting, for the auditors of the ministry that hosts it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from auditors import certificates
from auditors.access import auditor_required, reason_required
from isolation.decorators import opens_own_scope
from isolation.scope import tenant_scope
from meetings.models import Meeting, MeetingState


def _on_paper(certificate: bytes) -> bytes:
    from auditors.documents import attendance  # documents/contents.py says why here

    return attendance.as_pdf(certificate)


# How the JSON certificate is handed over: itself, or on paper that carries it.
FORMATS = {
    "json": (bytes, "application/json; charset=utf-8"),
    "pdf": (_on_paper, "application/pdf"),
}


@opens_own_scope
@auditor_required
@reason_required
@require_POST
@cache_control(private=True, no_store=True)
def certificate(request, meeting_id, extension):
    """Certifies, waits until the log has sealed it, and hands it over."""
    written, content_type = FORMATS[extension]
    now = timezone.now()
    with tenant_scope(request.tenant_id):
        meeting = Meeting.objects.select_related("host").filter(id=meeting_id).first()
        if meeting is None:
            raise Http404("this ministry hosts no such meeting")
        if meeting.state != MeetingState.ENDED:
            messages.warning(request, _("Une réunion est attestée une fois qu’elle est terminée."))
            return redirect("auditors:story", meeting_id)
        asked = certificates.ask(
            meeting, by=request.member, because=request.log_reason.told, now=now
        )
    try:
        certificates.wait_until_sealed(request.tenant_id, asked.event_id)
        with tenant_scope(request.tenant_id):
            body = certificates.sealed(asked, meeting_id, now=timezone.now())
    except certificates.NotSealed:
        messages.error(
            request,
            _(
                "L’attestation n’a pas pu être scellée : le journal ne donne pas de place en ce "
                "moment. Réessayez, puis prévenez l’exploitant."
            ),
        )
        return redirect("auditors:story", meeting_id)
    except certificates.NotProven as why:
        messages.error(
            request,
            _("L’attestation ne peut pas être prouvée : le journal a été altéré. %(why)s")
            % {"why": why},
        )
        return redirect("auditors:story", meeting_id)
    return HttpResponse(
        written(body),
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="attestation-{meeting_id}.{extension}"'
        },
    )
