"""An answer that is no success, raised where it is known (RFC 9457; visio.api writes it out)."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class Problem(Exception):
    """`kind` is the program's word, `title` the people's sentence; `more` goes into the document."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: Any,
        *,
        headers: dict[str, str] | None = None,
        **more: Any,
    ):
        super().__init__(kind)
        self.status, self.kind, self.title = status, kind, title
        self.headers = headers or {}
        self.more = more


def not_valid(errors: Iterable[dict[str, str]]) -> Problem:
    """What was sent is wrong; each error says where (`pointer` or `parameter`) and why."""
    return Problem(422, "not-valid", _("La demande contient des erreurs."), errors=list(errors))


def at_field(field: str, why: Any) -> dict[str, str]:
    """An error of one field of the body, by its JSON pointer (RFC 6901)."""
    return {"pointer": f"#/{field}" if field else "#", "detail": str(why)}


def at_parameter(name: str, why: Any) -> dict[str, str]:
    return {"parameter": name, "detail": str(why)}


def of_validation(error: ValidationError, *, names: dict[str, str] | None = None) -> Problem:
    """A service's or a form's refusal, field by field; `names` are the fields' names in the API."""
    if not hasattr(error, "error_dict"):
        return Problem(422, "impossible", " ".join(error.messages))
    names = names or {}
    return not_valid(
        at_field(names.get(field, "" if field == "__all__" else field), message)
        for field, messages in error.message_dict.items()
        for message in messages
    )
