"""How the API answers what is read: once as bytes, with their entity tag (RFC 9110)."""

import hashlib

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel

from tenants.api.problems import Problem

JSON = "application/json; charset=utf-8"


def body_of(content: BaseModel) -> bytes:
    return content.model_dump_json(by_alias=True).encode()


def etag_of(body: bytes) -> str:
    """A strong tag: whatever of it changes, for this reader, changes the tag."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def answer(
    content: BaseModel, *, status: int = 200, headers: dict[str, str] | None = None
) -> HttpResponse:
    """The content as JSON, which only its reader may keep, and not without asking again."""
    body = body_of(content)
    response = HttpResponse(body, status=status, content_type=JSON)
    response.headers["ETag"] = etag_of(body)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization, Cookie"
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def told(content: BaseModel) -> HttpResponse:
    """What holds for this moment and this reader alone: nobody keeps it."""
    response = HttpResponse(body_of(content), content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def answer_if_changed(
    request, content: BaseModel, *, headers: dict[str, str] | None = None
) -> HttpResponse:
    """The same to a reader who may have it already: 304 without a body when nothing changed."""
    response = answer(content, headers=headers)
    known = request.headers.get("If-None-Match", "")
    if known and matches(known, response.headers["ETag"], weakly=True):
        response.status_code = 304
        response.content = b""
        del response.headers["Content-Type"]
    return response


def require_match(request, content: BaseModel) -> None:
    """Nothing is changed by who has not seen how it stands: 428 without If-Match, 412 when it
    stands otherwise. To be called while the row is held."""
    known = request.headers.get("If-Match", "")
    if not known:
        raise Problem(
            428,
            "condition-needed",
            _("Dites dans l’en-tête If-Match quelle version vous changez (son ETag)."),
        )
    tag = etag_of(body_of(content))
    if not matches(known, tag, weakly=False):
        raise Problem(
            412,
            "changed-meanwhile",
            _("Ceci a changé entre-temps : relisez, puis recommencez."),
            headers={"ETag": tag},
        )


def matches(header: str, tag: str, *, weakly: bool) -> bool:
    """Whether a list of tags, or `*`, holds this one; a weak tag is none where it has to be strong."""
    known = [part.strip() for part in header.split(",")]
    if weakly:
        known = [part.removeprefix("W/") for part in known]
    return known == ["*"] or tag in known
