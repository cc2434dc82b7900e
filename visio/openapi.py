"""Completes the API's own document (OpenAPI 3.1): errors, examples, headers, ways to sign in."""

from copy import deepcopy
from typing import Any

from django.conf import settings

from tenants.api_tokens.models import Scope
from visio.api_texts import (
    ANYTHING_ELSE,
    DESCRIPTION,
    FIELDS,
    HEADERS,
    OPERATIONS,
    SECURITY,
    STATUSES,
    TAGS,
)
from visio.problems import MEDIA_TYPE

# What a token needs for each operation that takes one.
SCOPES = {
    "get_me": [],
    "list_meetings": [Scope.MEETINGS_READ],
    "get_meeting": [Scope.MEETINGS_READ],
    "create_meeting": [Scope.MEETINGS_WRITE],
    "change_meeting": [Scope.MEETINGS_WRITE],
    "cancel_meeting": [Scope.MEETINGS_WRITE],
    "get_attendance": [Scope.ATTENDANCE_READ],
    "list_members": [Scope.MEMBERS_READ],
}
WITH_TAGS = {"get_me", "list_meetings", "get_meeting", "get_attendance", "list_members"}
CONDITIONAL = {"change_meeting", "cancel_meeting"}
SLUG = {
    "type": "string",
    "pattern": "^[bcdfghjkmnpqrstvwxyz234679]{4}(-[bcdfghjkmnpqrstvwxyz234679]{4}){3}$",
}
EXAMPLE_SLUG = "bcdf-ghjk-mnpq-rstv"
_LINE = {
    "slug": EXAMPLE_SLUG,
    "title": "Comité budgétaire",
    "starts_at": "2026-12-01T13:00:00Z",
    "ends_at": "2026-12-01T14:00:00Z",
    "time_zone": "Europe/Paris",
    "state": "scheduled",
    "host": {"name": "Hélène Hôte", "email": "helene.hote@economie.example"},
    "organisation": "Ministère de l’Économie",
    "is_mine": True,
    "join_url": f"https://visio.example/r/{EXAMPLE_SLUG}/",
}
_MEETING = _LINE | {
    "description": "Arbitrages de fin d’année",
    "started_at": None,
    "ended_at": None,
    "invitees": ["ines.invitee@sante.example"],
    "guest_access": "code",
    "direct_entry": "ministry",
}
_ID = "0198c0de-0000-7000-8000-000000000001"
BODIES: dict[str, Any] = {
    "create_meeting": {
        "title": "Comité budgétaire",
        "starts_at": "2026-12-01T14:00:00+01:00",
        "ends_at": "2026-12-01T15:00:00+01:00",
        "invitees": ["ines.invitee@sante.example"],
        "host": "helene.hote@economie.example",
    },
    "change_meeting": {"ends_at": "2026-12-01T15:30:00+01:00"},
    "join": {"device": "device-0001"},
    "presence": {"connection": "PA_example0001"},
    "mute": {},
    "rights": {"rights": {"chat": False}},
    "lock": {"locked": True},
    "role": {"person": _ID, "role": "presenter"},
    "remove": {"person": _ID},
    "unbar": {"person": _ID},
    "lower_hands": {},
    "hand": {"raised": True},
    "reaction": {"reaction": "applause"},
    "chat_write": {"text": "Bonjour", "key": "message-0001"},
    "chat_message": {"text": "Bonjour à tous"},
}
ANSWERS: dict[str, Any] = {
    "get_me": {
        "kind": "service",
        "id": _ID,
        "name": "Réservation de salles",
        "email": None,
        "tenant": {"id": _ID, "name": "Ministère de l’Économie", "short_name": "economie"},
        "roles": [],
        "scopes": ["meetings:read", "meetings:write"],
        "expires_at": "2027-06-01T08:00:00Z",
    },
    "list_meetings": {"items": [_LINE], "next": None},
    "create_meeting": _MEETING,
    "get_meeting": _MEETING,
    "change_meeting": _MEETING | {"ends_at": "2026-12-01T14:30:00Z"},
    "get_attendance": {
        "slug": EXAMPLE_SLUG,
        "title": "Comité budgétaire",
        "people": [
            {
                "name": "Inès Invitée",
                "organisation": "Ministère de la Santé",
                "proof": "agent",
                "role": "participant",
                "is_present": False,
                "total_seconds": 3480,
                "stays": [
                    {
                        "starts_at": "2026-12-01T13:01:00Z",
                        "ends_at": "2026-12-01T13:59:00Z",
                        "ends_before": None,
                        "doubt": "",
                    }
                ],
                "sources": ["list", "webhook"],
            }
        ],
    },
    "list_members": {
        "items": [
            {
                "id": _ID,
                "name": "Hélène Hôte",
                "given_name": "Hélène",
                "usual_name": "Hôte",
                "email": "helene.hote@economie.example",
                "roles": ["organiser"],
                "state": "active",
                "created_at": "2026-09-01T08:00:00Z",
                "last_sign_in_at": "2026-11-30T07:45:00Z",
            }
        ],
        "next": None,
    },
}
PROBLEM_SCHEMA = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string"},
                    "parameter": {"type": "string"},
                },
            },
        },
        "retry_after": {"type": "integer"},
    },
}
PROBLEM_EXAMPLES: dict[int, tuple[str, dict[str, Any]]] = {
    400: ("malformed", {}),
    401: ("not-signed-in", {}),
    403: ("not-allowed", {}),
    404: ("not-found", {}),
    409: ("over", {"state": "ended"}),
    412: ("changed-meanwhile", {}),
    413: ("too-long", {}),
    415: ("media-type", {}),
    422: ("not-valid", {"errors": [{"pointer": "#/ends_at", "detail": "…"}]}),
    428: ("condition-needed", {}),
    429: ("too-fast", {"retry_after": 12}),
    503: ("media-unavailable", {"retry_after": 3}),
}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The document with everything that clients need to know; texts in the reader's language."""
    document["info"]["description"] = str(DESCRIPTION)
    document["servers"] = [{"url": settings.PUBLIC_URL}]
    document["tags"] = [{"name": name, "description": str(text)} for name, text in TAGS.items()]
    components = document["components"]
    for name in [name for name in components["schemas"] if name.endswith("Filters")]:
        del components["schemas"][name]  # they stand in the document parameter by parameter
    _describe_fields(components["schemas"])
    components["schemas"]["Problem"] = PROBLEM_SCHEMA
    components["responses"] = _problems()
    components["securitySchemes"] = _security(components["securitySchemes"])
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(operation, has_slug="{slug}" in path, reads=method == "get")
    return document


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of a document, in its order."""
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _complete(operation: dict[str, Any], *, has_slug: bool, reads: bool) -> None:
    name = operation["operationId"]
    summary, description = OPERATIONS[name]
    operation["summary"] = str(summary)
    operation["description"] = str(description)
    operation["security"] = [{"Session": []}]
    if name in SCOPES:
        scopes = [str(scope) for scope in SCOPES[name]]
        operation["security"].insert(0, {"ServiceToken": scopes})
    _describe_parameters(operation)
    if reads and name in WITH_TAGS:
        operation["parameters"].append(_header("If-None-Match"))
    if "requestBody" in operation:
        _describe_body(operation, name)
    for status, response in operation["responses"].items():
        _describe_response(response, int(status), name)
    _add_problems(operation, name, has_slug=has_slug)


def _describe_fields(schemas: dict[str, Any]) -> None:
    """Docstrings speak to who reads the code; here stands what clients need, in their language."""
    for schema_name, schema in schemas.items():
        schema.pop("description", None)
        for name, details in schema.get("properties", {}).items():
            details.pop("description", None)
            text = FIELDS.get(f"{schema_name}.{name}") or FIELDS.get(name)
            if text is not None:
                details["description"] = str(text)


def _describe_parameters(operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        name = parameter["name"]
        text = FIELDS.get(f"{operation['operationId']}.{name}") or FIELDS.get(name)
        for described in (parameter, parameter["schema"]):
            described.pop("description", None)
        if text is not None:
            parameter["description"] = str(text)
        if parameter["name"] == "slug":
            parameter["schema"] = SLUG
            parameter["example"] = EXAMPLE_SLUG
        elif parameter["in"] == "header":
            parameter["description"] = str(HEADERS[parameter["name"]])
            # Asked for by 428, which says what it is for, and not as a mistake of form.
            parameter["required"] = parameter["name"] == "If-Match"
            parameter["schema"].pop("default", None)


def _describe_body(operation: dict[str, Any], name: str) -> None:
    content = operation["requestBody"]["content"]
    content["application/json"]["example"] = BODIES[name]
    if name == "change_meeting":
        content["application/merge-patch+json"] = deepcopy(content["application/json"])


def _describe_response(response: dict[str, Any], status: int, name: str) -> None:
    response["description"] = str(STATUSES[status])
    if "content" in response and name in ANSWERS:
        response["content"]["application/json"]["example"] = ANSWERS[name]
    headers = []
    if name in WITH_TAGS | {"create_meeting", "change_meeting"}:
        headers.append("ETag")
    if name == "create_meeting":
        headers += ["Location", "Idempotent-Replayed"]
    if name.startswith("list_"):
        headers.append("Link")
    if headers:
        response["headers"] = {
            header: {"description": str(HEADERS[header]), "schema": {"type": "string"}}
            for header in headers
        }


def _add_problems(operation: dict[str, Any], name: str, *, has_slug: bool) -> None:
    statuses = [400, 401, 403, 422, 429]
    if has_slug:
        statuses.append(404)
    if "requestBody" in operation:
        statuses += [413, 415]
    if name in CONDITIONAL:
        statuses += [412, 428]
    if name == "join":
        statuses += [409, 503]
    if name in WITH_TAGS:
        operation["responses"]["304"] = {"description": str(STATUSES[304])}
    for status in sorted(statuses):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
    # ninja's keys are numbers; the document's are texts.
    operation["responses"] = {str(key): value for key, value in operation["responses"].items()}


def _problems() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    responses: dict[str, Any] = {
        "Problem": {
            "description": str(ANYTHING_ELSE),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
    }
    for status, (kind, more) in PROBLEM_EXAMPLES.items():
        title = str(STATUSES[status])
        example = {"type": f"urn:visio:problem:{kind}", "title": title, "status": status} | more
        response = {
            "description": title,
            "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
        }
        if "retry_after" in more:
            response["headers"] = {
                "Retry-After": {
                    "description": str(HEADERS["Retry-After"]),
                    "schema": {"type": "integer"},
                }
            }
        responses[f"Problem{status}"] = response
    return responses


def _security(found: dict[str, Any]) -> dict[str, Any]:
    """One entry for the session, whichever operations ask for it."""
    return {name: dict(found[name]) | {"description": str(SECURITY[name])} for name in SECURITY}


def _header(name: str) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": False,
        "description": str(HEADERS[name]),
        "schema": {"type": "string"},
    }
