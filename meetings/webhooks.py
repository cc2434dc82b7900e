"""Where LiveKit tells what happened in its rooms."""

import structlog
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from isolation.decorators import opens_own_scope
from isolation.scope import tenant_scope
from meetings import presence
from meetings.livekit import webhooks
from meetings.livekit.errors import WebhookRefused

log = structlog.get_logger(__name__)


@opens_own_scope
@csrf_exempt  # another machine calls, and signs what it sends
@require_POST
def livekit(request):
    """200 when stored, or stored before; 401 when not LiveKit's own. Any other answer, and LiveKit
    sends it again."""
    try:
        event = webhooks.verify(request.body, request.headers.get("Authorization", ""))
    except WebhookRefused as refusal:
        log.warning("webhook_refused", reason=str(refusal))
        return HttpResponse(status=401)
    with tenant_scope(event.tenant_id):
        presence.receive(event, now=timezone.now())
    return HttpResponse(status=200)
