"""Reads entries for an export, in their order and however many, and writes each as its lines.

An event is told as its row in the database has it; the leaf as it was sequenced. Where somebody
changed the row, the verifier sees that they differ.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring as quoted
from typing import Any
from uuid import UUID

from django.db import connection

from audit.leaves import canonical
from isolation.scope import current_tenant_id

FETCHED = 1_000


@dataclass(frozen=True)
class Asked:
    """What is to be exported; all of the log where nothing is said."""

    since: datetime | None = None
    until: datetime | None = None  # not included
    meeting_id: UUID | None = None

    @property
    def whole(self) -> bool:
        return not (self.since or self.until or self.meeting_id)


# Everything as text: PostgreSQL writes it faster than Python would.
_EVENT = """
    event.id IS NOT NULL, event.salt, event.actor_name, event.on_behalf_of, event.subject_name,
    host(event.origin), event.payload::text, event.actor_id,
    to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    event.delivered_from::text, event.id::text, event.kind, event.meeting_id::text, event.outcome,
    event.request_id, event.subject_id, event.tenant_id::text
"""


def _rows(columns: str, asked: Asked, size: int, *, with_events: bool) -> Iterator[tuple]:
    """Rows of the open scope's first `size` entries that are asked for."""
    conditions = ["leaf.tenant_id = %s", "leaf.index < %s"]
    values: list[Any] = [current_tenant_id(), size]
    for condition, value in (
        ("event.at >= %s", asked.since),
        ("event.at < %s", asked.until),
        ("event.meeting_id = %s", asked.meeting_id),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if not asked.whole:
        conditions.append("leaf.leaf IS NOT NULL")
    joined = "LEFT JOIN" if asked.whole else "JOIN"
    events = (
        f"{joined} audit_event event ON event.id = leaf.event_id"
        " AND event.tenant_id = leaf.tenant_id"
    )
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM audit_leaf leaf"  # noqa: S608, our own words
            f" {events if with_events or not asked.whole else ''}"
            f" WHERE {' AND '.join(conditions)} ORDER BY leaf.index",
            values,
        )
        while rows := cursor.fetchmany(FETCHED):
            yield from rows


def entry_lines(
    asked: Asked, size: int, *, prove: Callable[[int], Sequence[bytes]] | None
) -> Iterator[str]:
    """entries.jsonl: with the proof of each entry, else with its hash."""
    columns = "leaf.index, leaf.leaf, leaf.leaf_hash"
    for index, leaf, leaf_hash in _rows(columns, asked, size, with_events=False):
        rest = ""
        if leaf is None or not prove:
            rest = f',"hash":"{_base64(leaf_hash)}"'
        if prove:
            proof = '","'.join([_base64(each) for each in prove(index)])
            rest += f',"proof":["{proof}"]' if proof else ',"proof":[]'
        written = "null" if leaf is None else f'"{_base64(leaf)}"'
        yield f'{{"index":{index},"leaf":{written}{rest}}}\n'


def readable_lines(asked: Asked, size: int) -> Iterator[str]:
    """readable.jsonl: what people read of each entry, and what opens its commitment."""
    columns = f"leaf.index, leaf.leaf, {_EVENT}"
    for index, leaf, is_there, *event in _rows(columns, asked, size, with_events=True):
        yield f'{{"index":{index},{_readable(leaf, is_there, event)}}}\n'


def _readable(leaf: bytes | None, is_there: bool, event: list) -> str:
    if leaf is None:
        return '"pruned":true'
    if not is_there:
        return '"missing":true'
    salt, actor_name, on_behalf_of, subject_name, origin, payload, *columns = event
    fields = ",".join([_leaf_fields(columns), _sequenced_at(leaf), '"v":1'])
    if not salt:
        return f'"salt":null,"personal":null,"erased":true,"event":{{{fields}}}'
    # As leaves.personal writes it, without its cost.
    payload = "{}" if payload == "{}" else canonical(json.loads(payload)).decode()
    personal = (
        f'"actor_name":{quoted(actor_name)},"on_behalf_of":{quoted(on_behalf_of)},'
        f'"origin":{_text(origin)},"payload":{payload},"subject_name":{quoted(subject_name)}'
    )
    opening = f'"salt":"{_base64(salt)}","personal":{quoted("{" + personal + "}")}'
    return f'{opening},"event":{{{fields},{personal}}}'


def _leaf_fields(columns: list[Any]) -> str:
    actor, at, delivered_from, id_, kind, meeting, outcome, request, subject, tenant = columns
    return (
        f'"actor":{quoted(actor)},"at":"{at}","delivered_from":{_text(delivered_from)},'
        f'"id":"{id_}","kind":{quoted(kind)},"meeting":{_text(meeting)},'
        f'"outcome":{quoted(outcome)},"request":{quoted(request)},"subject":{quoted(subject)},'
        f'"tenant":"{tenant}"'
    )


def _sequenced_at(leaf: bytes) -> str:
    """As the leaf says it, which alone knows; no text in it can hold these quotes unescaped."""
    start = leaf.find(b',"sequenced_at":"')
    end = leaf.find(b'"', start + 17)
    moment = leaf[start + 17 : end].decode("ascii", "replace") if start >= 0 else ""
    return f'"sequenced_at":{quoted(moment)}'


def _text(value: str | None) -> str:
    return "null" if value is None else quoted(value)


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()
