"""The API's documentation page, written from its own document: no script, no third party."""

import json
import shlex
from dataclasses import dataclass, field
from typing import Any

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from isolation.decorators import opens_own_scope
from tenants.api.throttles import READS, WRITES
from tenants.api_tokens.models import Scope
from visio.api import api
from visio.openapi import EXAMPLE_SLUG, operations


@dataclass
class FieldLine:
    """One field or parameter, in words."""

    name: str
    kind: str
    description: str
    is_required: bool


@dataclass
class OperationEntry:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    takes_token: bool
    curl: str
    example: str
    parameters: list[FieldLine] = field(default_factory=list)
    body: list[FieldLine] = field(default_factory=list)
    answer: list[FieldLine] = field(default_factory=list)
    statuses: list[tuple[str, str]] = field(default_factory=list)


@opens_own_scope
@require_GET
def reference(request):
    """For everybody: what the API can do is no secret."""
    document = api.get_openapi_schema()
    context = {
        "sections": sections(document),
        "scopes": Scope.choices,
        "server": document["servers"][0]["url"],
        "reads": READS,
        "writes": WRITES,
    }
    return render(request, "api/reference.html", context)


def sections(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations under their tags, in the document's order."""
    by_tag: dict[str, list[OperationEntry]] = {tag["name"]: [] for tag in document["tags"]}
    for method, path, operation in operations(document):
        by_tag[operation["tags"][0]].append(_entry(document, method, path, operation))
    return [
        {"name": tag["name"], "title": tag["description"], "operations": by_tag[tag["name"]]}
        for tag in document["tags"]
    ]


def _entry(document: dict, method: str, path: str, operation: dict) -> OperationEntry:
    takes_token = "ServiceToken" in operation["security"][0]
    scopes = operation["security"][0].get("ServiceToken") or [""]
    success = next(iter(sorted(operation["responses"])))
    content = operation["responses"][success].get("content", {}).get("application/json", {})
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return OperationEntry(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation["description"],
        scope=scopes[0],
        takes_token=takes_token,
        curl=_curl(document, method.upper(), path, operation, sent) if takes_token else "",
        example=_json(content["example"]) if "example" in content else "",
        parameters=[_parameter(document, each) for each in operation["parameters"]],
        body=fields_of(document, sent.get("schema", {})),
        answer=fields_of(document, content.get("schema", {})),
        statuses=[
            (status, _resolved(document, response)["description"])
            for status, response in operation["responses"].items()
            if status != "default"
        ],
    )


def _curl(document: dict, method: str, path: str, operation: dict, sent: dict) -> str:
    """A command that can be copied; the token comes from the environment, not from the history."""
    headers = ['"Authorization: Bearer $VISIO_TOKEN"']
    needed = {parameter["name"] for parameter in operation["parameters"]}
    if "If-Match" in needed:
        headers.append(shlex.quote('If-Match: "7a0b0ce64c21f8b84eb6616e9f9fdd64"'))
    if "Idempotency-Key" in needed:
        headers.append(shlex.quote("Idempotency-Key: 6f1c2b9e-demande-42"))
    if sent:
        headers.append(shlex.quote("Content-Type: application/json"))
    address = document["servers"][0]["url"] + path.replace("{slug}", EXAMPLE_SLUG)
    lines = [f"curl {address}" if method == "GET" else f"curl -X {method} {address}"]
    lines += [f"-H {header}" for header in headers]
    if sent:
        lines.append(f"-d {shlex.quote(_json(sent['example']))}")
    return " \\\n  ".join(lines)


def _parameter(document: dict, parameter: dict) -> FieldLine:
    return FieldLine(
        parameter["name"],
        kind_of(document, parameter["schema"]),
        parameter.get("description", ""),
        parameter["required"],
    )


def fields_of(document: dict, schema: dict, prefix: str = "") -> list[FieldLine]:
    """The fields of an object, those of the objects in it among them, by their path."""
    schema = _resolved(document, schema)
    lines: list[FieldLine] = []
    for alternative in schema.get("anyOf", []):
        lines += fields_of(document, alternative, prefix)
    for name, details in schema.get("properties", {}).items():
        is_required = name in schema.get("required", [])
        path = f"{prefix}{name}"
        description = details.get("description", "")
        lines.append(FieldLine(path, kind_of(document, details), description, is_required))
        lines += fields_of(document, details, f"{path}.")
        lines += fields_of(document, details.get("items", {}), f"{path}[].")
    return lines


def kind_of(document: dict, schema: dict) -> str:
    """The type of a value in a few words."""
    schema = _resolved(document, schema)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " | ".join(kind_of(document, each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return _("liste de %(kind)s") % {"kind": kind_of(document, schema.get("items", {}))}
    words = {
        "string": _("texte"),
        "integer": _("entier"),
        "boolean": _("vrai ou faux"),
        "object": _("objet"),
        "null": "null",
    }
    formats = {"date-time": _("date et heure (RFC 3339)"), "uuid": "UUID"}
    kind = formats.get(schema.get("format", "")) or words.get(schema.get("type", ""), "")
    if "maxLength" in schema:
        kind = _("%(kind)s, %(most)s signes au plus") % {"kind": kind, "most": schema["maxLength"]}
    if "maximum" in schema:
        kind = _("%(kind)s de %(least)s à %(most)s") % {
            "kind": kind,
            "least": schema.get("minimum", 0),
            "most": schema["maximum"],
        }
    return kind


def _resolved(document: dict, schema: dict) -> dict:
    """What a reference leads to; the words beside a reference stay."""
    if "allOf" in schema and len(schema["allOf"]) == 1:
        schema = schema | schema["allOf"][0]
    if "$ref" not in schema:
        return schema
    found: Any = document
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
