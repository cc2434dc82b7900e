"""How the API says no: problem documents (RFC 9457), whatever was raised and wherever."""

import random
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as Impossible
from django.http import Http404, JsonResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from meetings import visitors
from meetings.gate import EntryRefused, MeetingOver
from meetings.livekit.errors import LiveKitError
from tenants.api.callers import too_many
from tenants.api.problems import Problem

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50  # of one document: who sends ten thousand mistakes needs not read them all

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

_MOMENT = _("Une date, une heure et leur décalage sont attendus : 2026-12-01T14:00:00+01:00.")
_WHOLE_NUMBER = _("Un nombre entier est attendu.")
_YES_OR_NO = _("Vrai ou faux est attendu (true, false).")
_OBJECT = _("Un objet est attendu.")
# pydantic's kinds of errors, in words; %(…)s are what it says of the limit.
WHY = {
    "missing": _("Ceci est nécessaire."),
    "extra_forbidden": _("Ce champ n’existe pas."),
    "string_type": _("Un texte est attendu."),
    "string_too_long": _("%(max_length)s signes au plus."),
    "string_too_short": _("%(min_length)s signes au moins."),
    "string_pattern_mismatch": _("Ce texte n’a pas la forme attendue."),
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "greater_than_equal": _("%(ge)s au moins."),
    "less_than_equal": _("%(le)s au plus."),
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "literal_error": _("Les choix sont : %(expected)s."),
    "list_type": _("Une liste est attendue."),
    "too_long": _("%(max_length)s éléments au plus."),
    "too_short": _("%(min_length)s éléments au moins."),
    "uuid_type": _("Un UUID est attendu."),
    "uuid_parsing": _("Un UUID est attendu."),
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "moment": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "timezone_aware": _MOMENT,
    "moment_far": _("Cette année est hors du calendrier."),
}


def problem(status: int, title: Any, **more: Any) -> JsonResponse:
    """A problem document: `title` is for people, `type` for programs."""
    kind = more.pop("kind")
    body = {"type": f"urn:visio:problem:{kind}", "title": str(title), "status": status}
    response = JsonResponse(body | more, status=status)
    response.headers["Content-Type"] = MEDIA_TYPE
    response.headers["Cache-Control"] = "no-store"
    return response


def raised(request, error: Problem) -> JsonResponse:
    response = problem(error.status, error.title, kind=error.kind, **error.more)
    for name, value in error.headers.items():
        response.headers[name] = value
    return response


def not_signed_in(request, error):
    response = problem(401, _("Identifiez-vous pour continuer."), kind="not-signed-in")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def not_found(request, error):
    is_known = getattr(request, "auth", None) is not None and request.auth.is_known
    if not request.user.is_authenticated and not is_known:
        return not_signed_in(request, error)  # who is unknown learns nothing of any link
    title = _("Cette réunion n’existe pas ou vous n’y êtes pas invité.")
    return problem(404, title, kind="not-found")


def not_allowed(request, error):
    return problem(403, _("Vous n’avez pas le droit de faire cela."), kind="not-allowed")


def entry_refused(request, error):
    more = {"retry_after": error.retry_after} if error.retry_after else {}
    return problem(403, ENTRY_REFUSED[error.kind], kind=error.kind, **more)


def name_needed(request, error):
    return problem(403, ENTRY_REFUSED["name-needed"], kind="name-needed")


def impossible(request, error):
    return problem(422, " ".join(error.messages), kind="impossible")


def too_fast(request, error):
    return raised(request, too_many())


def refused(request, error):
    if isinstance(error.__cause__, Problem):  # what the parser found
        return raised(request, error.__cause__)
    kind = "form-token" if error.status_code == 403 else "refused"
    return problem(error.status_code, _("La demande a été refusée."), kind=kind)


def too_long(request, error):
    return problem(413, _("La demande est trop longue."), kind="too-long")


def not_valid(request, error):
    """Says where and why, without repeating what was sent."""
    errors = [_described(found) for found in error.errors[:MOST_ERRORS]]
    return problem(422, _("La demande contient des erreurs."), kind="not-valid", errors=errors)


def _described(error: dict) -> dict[str, str]:
    """Where it is (a JSON pointer into the body, or a parameter's name) and why it is wrong."""
    source, *where = error["loc"]
    why = WHY.get(error["type"], _("Cette valeur n’est pas acceptée."))
    detail = str(why) % {k: str(v).replace(" or ", ", ") for k, v in error.get("ctx", {}).items()}
    if source == "body":
        steps = [str(step).replace("~", "~0").replace("/", "~1")[:100] for step in where[1:]]
        return {"pointer": "/".join(["#", *steps]), "detail": detail}
    return {"parameter": str(where[-1])[:100] if where else "", "detail": detail}


def over(request, error):
    return problem(409, _("Cette réunion est terminée ou annulée."), kind="over", state=error.state)


def media_unavailable(request, error):
    """The browser tries again by itself; jitter keeps a whole meeting from coming at once."""
    wait = random.randint(2, 5)
    title = gettext("Le serveur de réunion ne répond pas.")
    response = problem(503, title, kind="media-unavailable", retry_after=wait)
    response.headers["Retry-After"] = str(wait)
    return response


HANDLERS: dict[type[Exception], Any] = {
    Problem: raised,
    AuthenticationError: not_signed_in,
    Http404: not_found,
    PermissionDenied: not_allowed,
    EntryRefused: entry_refused,
    visitors.NameNeeded: name_needed,
    Impossible: impossible,
    Throttled: too_fast,
    HttpError: refused,
    RequestDataTooBig: too_long,
    ValidationError: not_valid,
    MeetingOver: over,
    LiveKitError: media_unavailable,
}


def speak_for(api: NinjaAPI) -> None:
    """From now on this API answers errors so."""
    for error, handler in HANDLERS.items():
        api.add_exception_handler(error, handler)


def with_problems(view):
    """A view of the API whose wrong methods are told in the same way."""

    @wraps(view)
    def answered(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        told = problem(405, _("Cette adresse ne se demande pas ainsi."), kind="method")
        told.headers["Allow"] = ", ".join(sorted(response.headers["Allow"].split(", ")))
        return told

    return answered


# --- Outside of any operation: an address that does not exist, a failure -------------------------
def is_for_api(request) -> bool:
    return request.path.startswith("/api/v1/")


def no_such_address(request) -> JsonResponse:
    return problem(404, _("Cette adresse de l’API n’existe pas."), kind="no-such-address")


def bad_request(request) -> JsonResponse:
    return problem(400, _("La demande n’est pas lisible."), kind="malformed")


def failed(request) -> JsonResponse:
    """500: the log has the trace under the id that the answer carries (X-Request-Id)."""
    title = _("Une erreur inattendue s’est produite ; elle est notée.")
    return problem(500, title, kind="failed")


def unavailable(request, *, retry_after: int) -> JsonResponse:
    title = _("La base de données ne répond pas. Réessayez dans un instant.")
    response = problem(503, title, kind="unavailable", retry_after=retry_after)
    response.headers["Retry-After"] = str(retry_after)
    return response
