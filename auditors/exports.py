"""The log as a file, written while it is read: its size is of no matter to our memory."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast
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
COLUMNS = (
    "id", "at", "kind", "actor_id", "actor_name", "on_behalf_of", "subject_id", "subject_name",
    "meeting_id", "outcome", "request_id", "origin", "delivered_from",
)  # fmt: skip
HEADERS = [
    "Date (UTC)", "Événement", "Résultat", "Auteur", "Personne concernée", "Réunion (identifiant)",
    "Transmis par", "Adresse d’origine", "Détails", "Type", "Auteur (identifiant)",
    "Au nom de (identifiant)", "Objet (identifiant)", "Requête (identifiant)",
    "Événement (identifiant)",
]  # fmt: skip
# Characters that some programs take for the end of a line, and JSON allows as they are.
LINE_ENDS = str.maketrans({"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def as_csv(criteria: Criteria, *, tenant_id: UUID) -> Iterator[bytes]:
    """For spreadsheets set to French: semicolons, a byte order mark, one line an event."""
    writer = csv.writer(_Echo(), delimiter=";", lineterminator="\r\n")

    def lines() -> Iterator[str]:
        ministries = dict(Tenant.objects.values_list("id", "name"))
        with override("fr"):  # whoever asks: other programs read it as well
            kinds = {kind.value: str(kind.label) for kind in Kind}
            outcomes = {outcome.value: str(outcome.label) for outcome in Outcome}
        yield "\ufeff" + writer.writerow(HEADERS)
        for event in _events(criteria):
            cells = _cells(event, kinds, outcomes, ministries)
            yield writer.writerow([safe(cell) for cell in cells])

    yield from _sent(lines(), tenant_id)


def as_json_lines(criteria: Criteria, *, tenant_id: UUID) -> Iterator[bytes]:
    """For programs: one JSON object an event, under the names that the log's table has."""

    def lines() -> Iterator[str]:
        for event in _events(criteria):
            payload = event.pop("details")
            event |= {
                name: str(event[name]) if event[name] else None
                for name in ("id", "meeting_id", "delivered_from")
            }
            event["at"] = utc(event["at"])
            # The payload stays as PostgreSQL writes it, on one line: nothing is lost on the way.
            start = json.dumps(event, ensure_ascii=False)[:-1]
            yield f'{start}, "payload": {payload}}}\n'.translate(LINE_ENDS)

    yield from _sent(lines(), tenant_id)


FORMATS = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "jsonl": (as_json_lines, "application/x-ndjson; charset=utf-8"),
}


def utc(moment: datetime) -> str:
    """ISO 8601 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def file_name(organisation: str, extension: str, *, now: datetime) -> str:
    """Letters, digits and hyphens: every system takes it."""
    return f"journal-{organisation}-{now.astimezone(UTC):%Y-%m-%d-%Hh%M}Z.{extension}"


def _sent(lines: Iterator[str], tenant_id: UUID) -> Iterator[bytes]:
    """Lines gathered into larger pieces. They are read in a scope of their own: the view's ended
    when it answered, before the first line was asked for."""
    with tenant_scope(tenant_id):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [PATIENCE]
            )
        gathered, size = [], 0
        for line in lines:
            gathered.append(line)
            size += len(line)
            if size >= SENT:
                yield "".join(gathered).encode()
                gathered, size = [], 0
        yield "".join(gathered).encode()


def _events(criteria: Criteria) -> Iterator[dict]:
    events = search.matching(criteria).annotate(details=Cast("payload", TextField()))
    return events.values(*COLUMNS, "details").iterator(chunk_size=FETCHED)


def _cells(event: dict, kinds: dict, outcomes: dict, ministries: dict) -> list[str]:
    sender = event["delivered_from"]
    return [
        utc(event["at"]),
        kinds.get(event["kind"], event["kind"]),
        outcomes.get(event["outcome"], event["outcome"]),
        event["actor_name"],
        event["subject_name"],
        str(event["meeting_id"] or ""),
        ministries.get(sender, str(sender)) if sender else "",
        event["origin"] or "",
        event["details"] if event["details"] != "{}" else "",
        event["kind"],
        event["actor_id"],
        event["on_behalf_of"],
        event["subject_id"],
        event["request_id"],
        str(event["id"]),
    ]


class _Echo:
    """A file for csv.writer that answers what is written instead of keeping it."""

    def write(self, text: str) -> str:
        return text
