"""The API's frame: who may call it and how it says no (RFC 9457 problem documents)."""

import random

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as Impossible
from django.http import Http404, JsonResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.security import APIKeyCookie

from isolation.decorators import opens_own_scope
from meetings import visitors
from meetings.api import router as meetings_router
from meetings.api_chat import router as chat_router
from meetings.api_room import router as room_router
from meetings.gate import EntryRefused, MeetingOver
from meetings.livekit.errors import LiveKitError


class SessionOfVisitor(APIKeyCookie):
    """Whoever stands behind the browser's session: an agent at work, or a guest. Each operation
    asks what they may; checks the CSRF token as forms do."""

    def __init__(self):
        from django.conf import settings

        self.param_name = settings.SESSION_COOKIE_NAME
        super().__init__()

    def authenticate(self, request, key):
        return visitors.of_request(request)


api = NinjaAPI(
    title="Visio",
    version="1",
    urls_namespace="api",
    docs_url=None,
    auth=SessionOfVisitor(),
)
for router in (meetings_router, room_router, chat_router):
    api.add_router("/meetings", router)

# Why somebody does not get in now.
ENTRY_REFUSED = {
    "refused": _("Votre demande d’entrée a été refusée. Vous pourrez la refaire dans une minute."),
    "removed": _("Un organisateur vous a exclu de cette réunion."),
    "locked": _("Cette réunion est verrouillée : personne n’y entre plus."),
    "full": _("Cette réunion est pleine. Réessayez quand quelqu’un l’aura quittée."),
    "guests-not-admitted": _("Cette réunion n’accepte pas d’invités extérieurs."),
    "code-needed": _("Prouvez d’abord votre adresse électronique."),
    "name-needed": _("Écrivez votre nom : l’organisateur doit savoir qui demande à entrer."),
}


def problem(status: int, title, **more) -> JsonResponse:
    """A problem document: `title` is for people, `type` for programs."""
    kind = more.pop("kind")
    body = {"type": f"urn:visio:problem:{kind}", "title": str(title), "status": status}
    response = JsonResponse(body | more, status=status)
    response.headers["Content-Type"] = "application/problem+json"
    return response


@api.exception_handler(AuthenticationError)
def not_signed_in(request, error):
    return problem(401, _("Identifiez-vous pour continuer."), kind="not-signed-in")


@api.exception_handler(Http404)
def not_found(request, error):
    is_guest = getattr(request, "auth", None) is not None and request.auth.is_known
    if not request.user.is_authenticated and not is_guest:
        return not_signed_in(request, error)  # who is unknown learns nothing of any link
    title = _("Cette réunion n’existe pas ou vous n’y êtes pas invité.")
    return problem(404, title, kind="not-found")


@api.exception_handler(PermissionDenied)
def not_allowed(request, error):
    return problem(403, _("Vous n’avez pas le droit de faire cela."), kind="not-allowed")


@api.exception_handler(EntryRefused)
def entry_refused(request, error):
    more = {"retry_after": error.retry_after} if error.retry_after else {}
    return problem(403, ENTRY_REFUSED[error.kind], kind=error.kind, **more)


@api.exception_handler(visitors.NameNeeded)
def name_needed(request, error):
    return problem(403, ENTRY_REFUSED["name-needed"], kind="name-needed")


@api.exception_handler(Impossible)
def impossible(request, error):
    return problem(422, " ".join(error.messages), kind="impossible")


@api.exception_handler(Throttled)
def too_fast(request, error):
    return problem(429, _("C’est trop rapide : réessayez dans un instant."), kind="too-fast")


@api.exception_handler(HttpError)
def refused(request, error):
    return problem(error.status_code, _("La demande a été refusée."), kind="refused")


@api.exception_handler(RequestDataTooBig)
def too_long(request, error):
    return problem(413, _("La demande a été refusée."), kind="too-long")


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
    title = gettext("Le serveur de réunion ne répond pas.")
    response = problem(503, title, kind="media-unavailable", retry_after=wait)
    response.headers["Retry-After"] = str(wait)
    return response


def api_urls():
    """The API's addresses; its operations open their tenants' scopes themselves."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        opens_own_scope(pattern.callback)
    return patterns, app_name, namespace
