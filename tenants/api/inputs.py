"""What comes in through the API, as types that say in the document what they take."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from tenants.api.problems import at_parameter, not_valid

# Left out of a body or a query, which is something else than null.
UNSET: Any = None
# Years that every calendar and every zone can count with.
FIRST_YEAR, LAST_YEAR = 1970, 2999


def _text_only(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or "T" not in value.upper():
        raise PydanticCustomError("moment", "a date and a time")
    return value


def _within_calendars(value: datetime) -> datetime:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PydanticCustomError("moment_far", "a year that calendars know")
    return value.astimezone(UTC)  # as the database gives it back, so that it reads alike


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_text_only),
    AfterValidator(_within_calendars),
    Field(json_schema_extra={"examples": ["2026-12-01T14:00:00+01:00"]}),
]


def one_of(values: Iterable[str]) -> dict[str, Any]:
    """Of an output, which words it can be; nothing has to check what is our own."""
    return {"enum": list(values)}


class Filters(Schema):
    """The parameters of a list; one that does not exist is an error, and not ignored: a misspelt
    filter would otherwise answer everything."""

    limit: int = Field(20, ge=1, le=100)
    cursor: str = Field("", max_length=400)


def refuse_unknown_parameters(request, filters: type[Filters]) -> None:
    known = {field.alias or name for name, field in filters.model_fields.items()}
    unknown = sorted(set(request.GET) - known)
    if unknown:
        why = _("Ce paramètre n’existe pas.")
        raise not_valid(at_parameter(name[:100], why) for name in unknown[:10])
