"""Lists, page by page: where the last page ended is told to the client as a signed cursor."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.api.problems import at_parameter, not_valid

LIMIT, MOST = 20, 100
_SALT = "visio.api.cursor"


def read_cursor(cursor: str, *, about: Iterable[Any], parse: Callable[[Any], Any]) -> tuple | None:
    """The place after which a page begins, as (value, id); None for the first page.

    The cursor holds for the caller and the filters (`about`) for which it was given, and no other:
    it cannot be made, changed, or carried into another list.
    """
    if not cursor:
        return None
    try:
        told, value, last_id = signing.loads(cursor, salt=_SALT)
        if told == _digest(about):
            return parse(value), UUID(last_id)
    except (signing.BadSignature, ValueError, TypeError):
        pass
    why = _("Ce curseur n’est pas de cette liste : reprenez-la au début, avec les mêmes filtres.")
    raise not_valid([at_parameter("cursor", why)])


def write_cursor(value: Any, last_id: UUID, *, about: Iterable[Any]) -> str:
    """The cursor of what follows this last line."""
    text = value.isoformat() if isinstance(value, datetime) else value
    return signing.dumps([_digest(about), text, last_id.hex], salt=_SALT, compress=False)


def _digest(about: Iterable[Any]) -> str:
    return hashlib.sha256(repr([str(part) for part in about]).encode()).hexdigest()[:16]


def after(field: str, place: tuple | None, *, descending: bool = False) -> Q:
    """The lines that follow a place in the order (field, id); an index on the field serves it."""
    if place is None:
        return Q()
    value, last_id = place
    beyond = "lt" if descending else "gt"
    return Q(**{f"{field}__{beyond}e": value}) & (
        Q(**{f"{field}__{beyond}": value}) | Q(**{f"id__{beyond}": last_id})
    )


def link_to_next(request, cursor: str | None) -> dict[str, str]:
    """RFC 8288: where the list goes on."""
    if cursor is None:
        return {}
    query = request.GET.copy()
    query["cursor"] = cursor
    return {"Link": f'<{request.build_absolute_uri(request.path)}?{query.urlencode()}>; rel="next"'}
