"""Reads what is sent to the API, strictly: what two programs could read differently is refused."""

import json
from typing import Any

from django.utils.translation import gettext_lazy as _
from ninja.parser import Parser

from tenants.api.problems import Problem, at_parameter, not_valid

MEDIA_TYPES = ("application/json", "application/merge-patch+json")
DEEPEST = 16


def _malformed(why: Any) -> Problem:
    return Problem(400, "malformed", _("La demande n’est pas du JSON lisible."), detail=str(why))


class StrictParser(Parser):
    """Bodies are JSON objects in UTF-8; a parameter stands once."""

    def parse_body(self, request):
        if request.content_type not in MEDIA_TYPES:
            raise Problem(
                415,
                "media-type",
                _("Envoyez du JSON, et dites-le dans l’en-tête Content-Type."),
                headers={"Accept": ", ".join(MEDIA_TYPES)},
            )
        try:
            text = request.body.decode("utf-8")
            body = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:  # a wrong encoding is a ValueError
            raise _malformed(_("Ce n’est pas du JSON (RFC 8259) en UTF-8.")) from error
        _measure(body)
        return body

    def parse_querydict(self, data, list_fields, request):
        for name, values in data.lists():
            if "\0" in name or any("\0" in value for value in values):
                raise not_valid([at_parameter("", _("Le signe NUL n’est pas accepté."))])
            if len(values) > 1 and name not in list_fields:
                raise not_valid([at_parameter(name[:100], _("Ce paramètre est donné deux fois."))])
        return super().parse_querydict(data, list_fields, request)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that stands twice, programs take the first or the last: it is refused."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed(_("Un nom est donné deux fois dans un objet."))
    return found


def _no_constant(name: str):
    raise ValueError(name)  # NaN and Infinity are no JSON


def _measure(body: Any) -> None:
    """What is nested too deeply is refused before anything walks through it."""
    waiting = [(body, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise _malformed(_("Les objets sont emboîtés trop profondément."))
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]
