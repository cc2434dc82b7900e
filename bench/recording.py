"""Which statements one request makes, in which transactions, with holes where each request differs.

What the caller and the meeting bring has a name; what is made anew for each request (ids, moments,
slugs, keys) is known by its form, and numbered: the same value is the same hole.
"""

import re
from datetime import UTC, datetime
from unittest import mock

import jwt
from django.conf import settings
from django.db import connection
from django.test import Client
from psycopg import ClientCursor

MADE = re.compile(
    r"(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"
    r"|(?P<moment>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00:00)"
    r"|(?P<slug>[b-z2-9]{4}-[b-z2-9]{4}-[b-z2-9]{4}-[b-z2-9]{4})"
    r"|(?P<key>(?<=')[0-9a-z]{32}(?='))"  # a session's, a request's; psycopg's way to write a UUID
)
CLIENT = Client(
    enforce_csrf_checks=True
)  # one: each loads the middleware, and WhiteNoise all files


def record(request) -> list[dict]:
    """Sends the request to the application in this process; its steps, and the token's claims."""
    began = datetime.now(UTC)
    sent: list[tuple[str, bool]] = []
    CLIENT.cookies.clear()
    for part in request.caller.cookie.split("; "):
        name, _, value = part.partition("=")
        CLIENT.cookies[name] = value
    headers = {name: value for name, value in request.headers.items() if name != "Cookie"}

    def note(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        # With its values in it, also where PostgreSQL binds them (isolation/prepared.py).
        text = ClientCursor(connection.connection).mogrify(sql, params)
        sent.append((text, connection.in_atomic_block))
        return answer

    committed = connection._commit

    def commit():
        sent.append(("COMMIT", False))
        committed()

    with connection.execute_wrapper(note), mock.patch.object(connection, "_commit", commit):
        answer = CLIENT.generic(
            request.method, request.path, request.content, content_type="application/json",
            headers=headers | {"Host": settings.PUBLIC_URL.partition("//")[2]},
        )  # fmt: skip
    if answer.status_code not in (200, 201):
        raise SystemExit(f"{request.path}: {answer.status_code} {answer.content.decode()[:500]}")
    steps = _framed(sent)
    for step in steps:
        step["parts"] = _holes(step.pop("sql"), request.values, began)
    if request.path.endswith("/join"):
        told = answer.json()
        if told["state"] != "joined":
            raise SystemExit(f"{request.path}: {told['state']}")
        steps.append({"claims": jwt.decode(told["token"], options={"verify_signature": False})})
    return steps


def _framed(sent: list[tuple[str, bool]]) -> list[dict]:
    """With BEGIN before the first statement of each transaction, as psycopg sends it."""
    steps, inside = [], False
    for sql, atomic in sent:
        if sql == "COMMIT":
            if inside:
                steps.append({"sql": sql})
            inside = False
            continue
        if atomic and not inside:
            steps.append({"sql": "BEGIN"})
            inside = True
        steps.append({"sql": sql})
    return steps


def _holes(sql: str, values: dict[str, str], began: datetime) -> list:
    """Texts, and between them [name] or [kind, which, seconds from now]."""
    names = {value: name for name, value in values.items() if value}
    known = "|".join(re.escape(value) for value in sorted(names, key=len, reverse=True))
    pattern = re.compile(f"(?P<known>{known})|{MADE.pattern}" if known else MADE.pattern)
    parts: list = []
    end = 0
    for found in pattern.finditer(sql):
        kind, text = found.lastgroup or "", found[0]
        bare = text.replace("-", "")
        if kind == "known":
            hole = [names[text]]
        elif kind == "moment" and abs(_seconds_from(began, text)) < 300:
            hole = [kind, "", _seconds_from(began, text)]
        elif kind == "slug" or (kind in ("uuid", "key") and not _stood_before(bare, began)):
            hole = [kind, bare, 0]
        else:
            continue
        parts += [sql[end : found.start()], hole]
        end = found.end()
    return [*parts, sql[end:]]


def _stood_before(bare: str, began: datetime) -> bool:
    """An identifier tells when it was made (isolation.ids); what is older than the request stays."""
    is_id = re.fullmatch(r"[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}", bare)
    return bool(is_id) and int(bare[:12], 16) < began.timestamp() * 1000 - 1


def _seconds_from(began: datetime, text: str) -> float:
    return (datetime.fromisoformat(text) - began).total_seconds()
