"""Who calls the API, and whether they may: a person of a ministry, or a service with its token."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

from audit.middleware import origin_of
from tenants import policies
from tenants.api import throttles
from tenants.api.problems import Problem
from tenants.api_tokens import services
from tenants.api_tokens.models import Scope
from tenants.api_tokens.services import TOKEN, Service, TokenRefused
from tenants.models import Member, Policy

REFUSALS = {
    "malformed": _("Ce jeton n’a pas la forme d’un jeton de Visio."),
    "unknown": _("Ce jeton est inconnu."),
    "expired": _(
        "Ce jeton a expiré : un administrateur de votre ministère peut en créer un autre."
    ),
    "revoked": _("Ce jeton a été révoqué."),
    "closed": _("Le ministère de ce jeton est fermé."),
}
# Refused tokens from one network address in a minute, before it is not even listened to.
MOST_REFUSALS = 30


class ServiceToken(HttpBearer):
    """`Authorization: Bearer visio_…`. Goes before the session: where a token is shown, the
    session's cookie counts for nothing."""

    def __call__(self, request):
        refuse_token_in_query(request)
        return super().__call__(request)

    def authenticate(self, request, token: str) -> Service:
        origin = origin_of(request)
        try:
            return services.service_of(token, now=timezone.now())
        except TokenRefused as refusal:
            if not throttles.is_within("token", origin, MOST_REFUSALS):
                raise too_many() from refusal
            services.note_refusal(token, reason=refusal.reason)
            raise Problem(
                401,
                "token-refused",
                REFUSALS[refusal.reason],
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
                reason=refusal.reason,
            ) from refusal


def too_many() -> Problem:
    wait = throttles.WINDOW
    return Problem(
        429,
        "too-fast",
        _("C’est trop rapide : réessayez dans un instant."),
        headers={"Retry-After": str(wait)},
        retry_after=wait,
    )


def refuse_token_in_query(request) -> None:
    """Addresses are kept in histories and logs: a token that stands in one is as good as lost."""
    values = [value for _key, values in request.GET.lists() for value in values]
    shown = next((value for value in values if TOKEN.search(value)), "")
    if not (shown or "access_token" in request.GET):
        return
    if throttles.is_within("token", origin_of(request), MOST_REFUSALS):
        found = TOKEN.search(shown)
        services.note_refusal(found[0] if found else "", reason="in_query")
    raise Problem(
        400,
        "token-in-query",
        _(
            "Un jeton ne se met pas dans une adresse : envoyez-le dans l’en-tête Authorization, "
            "et révoquez celui-ci s’il est encore valable."
        ),
    )


def allow(request, scope: Scope) -> Any:
    """The caller: a service whose token has this scope, or a member, whose own rights are asked
    where the thing itself is loaded. To be called before any scope is open."""
    caller = request.auth
    if isinstance(caller, Service):
        if scope not in caller.scopes:
            services.note_missing_scope(caller, scope)
            raise Problem(
                403,
                "scope-missing",
                _("Ce jeton n’ouvre pas cela : il lui manque le droit « %(scope)s ».")
                % {"scope": str(scope)},
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
                scope=str(scope),
            )
        return caller
    if caller.member is not None:
        return caller
    if caller.is_known:
        raise Problem(403, "agents-only", _("Ceci est réservé aux agents des ministères."))
    raise AuthenticationError


def require_role(caller, permission: policies.Permission) -> None:
    """Of a member, a role that brings this permission; a service has shown its scope."""
    if not isinstance(caller, Service):
        policies.require(caller.member, permission, policy=Policy())


def acting(caller) -> Service | Member:
    """Who stands in the log: the service, or the member."""
    return caller if isinstance(caller, Service) else caller.member
