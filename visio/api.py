"""The API's frame: who may call it and how it says no (RFC 9457 problem documents)."""

import random

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import APIKeyCookie

from isolation.decorators import opens_own_scope
from meetings.api import router as meetings_router
from meetings.joining import MeetingOver
from meetings.livekit.errors import LiveKitError


class SessionOfMember(APIKeyCookie):
    """A signed-in person who works in a ministry; checks the CSRF token as forms do."""

    def __init__(self):
        from django.conf import settings

        self.param_name = settings.SESSION_COOKIE_NAME
        super().__init__()

    def authenticate(self, request, key):
        return request.member if request.user.is_authenticated and request.member else None


api = NinjaAPI(
    title="Visio",
    version="1",
    urls_namespace="api",
    docs_url=None,
    auth=SessionOfMember(),
)
api.add_router("/meetings", meetings_router)


def problem(status: int, title: str, **more) -> JsonResponse:
    """A problem document: `title` is for people, `type` for programs."""
    body = {"type": f"urn:visio:problem:{more.pop('kind')}", "title": title, "status": status}
    response = JsonResponse(body | more, status=status)
    response.headers["Content-Type"] = "application/problem+json"
    return response


@api.exception_handler(AuthenticationError)
def not_signed_in(request, error):
    return problem(401, _("Identifiez-vous pour continuer."), kind="not-signed-in")


@api.exception_handler(Http404)
def not_found(request, error):
    title = _("Cette réunion n’existe pas ou vous n’y êtes pas invité.")
    return problem(404, title, kind="not-found")


@api.exception_handler(PermissionDenied)
def not_allowed(request, error):
    return problem(403, _("Vous n’avez pas le droit de faire cela."), kind="not-allowed")


@api.exception_handler(HttpError)
def refused(request, error):
    return problem(error.status_code, _("La demande a été refusée."), kind="refused")


@api.exception_handler(ValidationError)
def not_valid(request, error):
    """Says where and why, without repeating what was sent."""
    details = [{"where": list(e["loc"]), "why": e["msg"]} for e in error.errors]
    return problem(422, _("La demande est mal formée."), kind="not-valid", details=details)


@api.exception_handler(MeetingOver)
def over(request, error):
    return problem(409, _("Cette réunion est terminée ou annulée."), kind="over", state=error.state)


@api.exception_handler(LiveKitError)
def media_unavailable(request, error):
    """The browser tries again by itself; jitter keeps a whole meeting from coming at once."""
    wait = random.randint(2, 5)
    title = _("Le serveur de réunion ne répond pas.")
    response = problem(503, title, kind="media-unavailable", retry_after=wait)
    response.headers["Retry-After"] = str(wait)
    return response


def api_urls():
    """The API's addresses; its operations open their tenants' scopes themselves."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        opens_own_scope(pattern.callback)
    return patterns, app_name, namespace
