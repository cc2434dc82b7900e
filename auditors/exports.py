"""The log as a file, written while it is read: its size is of no matter to our memory."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import override

from audit import search
from audit.kinds import Kind, Outcome
from audit.search import Criteria
from isolation.scope import tenant_scope
from tenants.models import Tenant
from tenants.spreadsheets import safe

# Rows that are fetched at once: a payload may be large.
FETCHED = 200
# Bytes, about, that are sent at once.
SENT = 32_000
# Who does not go on receiving lets go of the database.
PATIENCE = "60s"
# As PostgreSQL writes them, which is faster than Python: times in ISO 8601 to the microsecond, an
# address without its mask.
AT = Func(
    F("at"),
    template="""to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    output_field=TextField(),
)
ORIGIN = Func(F("origin"), function="host", output_field=TextField())
IN_JSON = {
    "id": F("id"), "at": AT, "kind": F("kind"), "actor_id": F("actor_id"),
    "actor_name": F("actor_name"), "on_behalf_of": F("on_behalf_of"),
    "subject_id": F("subject_id"), "subject_name": F("subject_name"),
    "meeting_id": F("meeting_id"), "outcome": F("outcome"), "request_id": F("request_id"),
    "origin": ORIGIN, "delivered_from": F("delivered_from"),
}  # fmt: skip
HEADERS = [
    "Date (UTC)", "Événement", "Résultat", "Auteur", "Personne concernée", "Réunion (identifiant)",
    "Transmis par", "Adresse d’origine", "Détails", "Type", "Auteur (identifiant)",
    "Au nom de (identifiant)", "Objet (identifiant)", "Requête (identifiant)",
    "Événement (identifiant)",
]  # fmt: skip
# Characters that some programs take for the end of a line, and JSON allows as they are.
LINE_ENDS = {"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def as_csv(criteria: Criteria, *, tenant_id: UUID) -> Iterator[bytes]:
    """For spreadsheets set to French: semicolons, a byte order mark, one line an event."""
    writer = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n")

    def lines() -> Iterator[str]:
        ministries = dict(Tenant.objects.values_list("id", "name"))
        with override("fr"):  # whoever asks: other programs read it as well
            kinds = {kind.value: str(kind.label) for kind in Kind}
            outcomes = {outcome.value: str(outcome.label) for outcome in Outcome}
        yield "\ufeff" + writer.writerow(HEADERS)
        for row in _rows(criteria):
            yield writer.writerow(_cells(row, kinds, outcomes, ministries))

    yield from _sent(lines(), tenant_id)


def as_json_lines(criteria: Criteria, *, tenant_id: UUID) -> Iterator[bytes]:
    """For programs: one JSON object an event, under the names that the log's table has."""

    def lines() -> Iterator[str]:
        events = search.matching(criteria).annotate(line=_json_line())
        for line in events.values_list("line", flat=True).iterator(chunk_size=FETCHED):
            for mark, escape in LINE_ENDS.items():
                line = line.replace(mark, escape)
            yield line

    yield from _sent(lines(), tenant_id)


def _json_line() -> Func:
    """One event as one object and the end of its line. The payload stays as PostgreSQL writes it, on
    one line: nothing is lost on the way."""
    parts: list[Any] = []
    for name, value in IN_JSON.items():
        parts += [Value(f'{", " if parts else "{"}"{name}": '), _as_json(value)]
    parts += [Value(', "payload": '), Cast("payload", TextField()), Value("}\n")]
    return Func(*parts, function="concat", output_field=TextField())


def _as_json(value: Any) -> Coalesce:
    text = Cast(Func(value, function="to_json", output_field=TextField()), TextField())
    return Coalesce(text, Value("null"))


@dataclass(frozen=True)
class Format:
    """How a selection becomes a file."""

    to_bytes: Callable[..., Iterator[bytes]]
    content_type: str
    extension: str


FORMATS = {
    "csv": Format(as_csv, "text/csv; charset=utf-8", "csv"),
    "jsonl": Format(as_json_lines, "application/x-ndjson; charset=utf-8", "jsonl"),
}


def file_name(organisation: str, extension: str, *, now: datetime) -> str:
    """Letters, digits and hyphens: every system takes it."""
    return f"journal-{organisation}-{now.astimezone(UTC):%Y-%m-%d-%Hh%M}Z.{extension}"


@contextmanager
def reading(tenant_id: UUID) -> Iterator[None]:
    """A scope of its own for what is read while it is sent: the view's ended when it answered, before
    the first line was asked for."""
    with tenant_scope(tenant_id):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [PATIENCE]
            )
        yield


def _sent(lines: Iterator[str], tenant_id: UUID) -> Iterator[bytes]:
    """Lines gathered into larger pieces."""
    with reading(tenant_id):
        gathered, size = [], 0
        for line in lines:
            gathered.append(line)
            size += len(line)
            if size >= SENT:
                yield "".join(gathered).encode()
                gathered, size = [], 0
        yield "".join(gathered).encode()


def _rows(criteria: Criteria) -> Iterator[tuple]:
    events = search.matching(criteria).annotate(
        said_at=AT,
        said_meeting=Cast("meeting_id", TextField()),
        said_origin=ORIGIN,
        said_id=Cast("id", TextField()),
        details=Cast("payload", TextField()),
    )
    return events.values_list(
        "said_at", "kind", "outcome", "actor_name", "subject_name", "said_meeting",
        "delivered_from", "said_origin", "details", "actor_id", "on_behalf_of", "subject_id",
        "request_id", "said_id",
    ).iterator(chunk_size=FETCHED)  # fmt: skip


def _cells(row: tuple, kinds: dict, outcomes: dict, ministries: dict) -> list[str]:
    """What somebody wrote is made safe; what PostgreSQL alone wrote is."""
    at, kind, outcome, actor, subject, meeting, sender, origin, details, *ids, event_id = row
    return [
        at,
        kinds.get(kind) or safe(kind),
        outcomes.get(outcome) or safe(outcome),
        safe(actor),
        safe(subject),
        meeting or "",
        safe(ministries.get(sender, str(sender))) if sender else "",
        origin or "",
        safe(details) if details != "{}" else "",
        kind if kind in kinds else safe(kind),
        *[safe(each) if each else "" for each in ids],
        event_id,
    ]


class _Echo:
    """A file for csv.writer that answers what is written instead of keeping it."""

    def write(self, text: str) -> str:
        return text
