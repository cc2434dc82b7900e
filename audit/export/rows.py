"""Reads entries for an export, in their order and however many, and writes each as its lines.

An event is told as its row in the database has it; the leaf as it was sequenced. Where somebody
changed the row, the verifier sees that they differ.
"""

import json
from binascii import b2a_base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from json.encoder import encode_basestring as quoted
from typing import Any
from uuid import UUID

from django.db import connection

from audit.leaves import canonical
from isolation.scope import current_tenant_id

# Rows at once: each may have a payload of a megabyte.
FETCHED = 256


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
    SELECT event.id::text, event.salt, event.actor_name, event.on_behalf_of, event.subject_name,
    host(event.origin), event.payload::text, event.actor_id,
    to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    event.delivered_from::text, event.id::text, event.kind, event.meeting_id::text, event.outcome,
    event.request_id, event.subject_id, event.tenant_id::text
    FROM audit_event event WHERE event.id = ANY(%s::uuid[])
"""


def _entries(asked: Asked, size: int) -> Iterator[list[tuple]]:
    """Index, event, leaf and hash of the open scope's first `size` entries that are asked for."""
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
    events = ""
    if not asked.whole:
        conditions.append("leaf.leaf IS NOT NULL")
        events = (
            " JOIN audit_event event ON event.id = leaf.event_id"
            " AND event.tenant_id = leaf.tenant_id"
        )
        with connection.cursor() as cursor:
            # To find few among many, not to find the first soon.
            cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT leaf.index, leaf.event_id::text, leaf.leaf, leaf.leaf_hash"  # noqa: S608, our own words
            f" FROM audit_leaf leaf{events} WHERE {' AND '.join(conditions)} ORDER BY leaf.index",
            values,
        )
        while rows := cursor.fetchmany(FETCHED):
            yield rows


def _events(ids: list[str]) -> dict[str, tuple]:
    """By their ids, some at a time: a join of everything would be sorted on disk."""
    with connection.cursor() as cursor:
        cursor.execute(_EVENT, [ids])
        return {row[0]: row for row in cursor.fetchall()}


def entry_lines(
    asked: Asked, size: int, *, prove: Callable[[int], Sequence[bytes]] | None
) -> Iterator[str]:
    """entries.jsonl: with the proof of each entry, else with its hash."""
    for index, _, leaf, leaf_hash in chain.from_iterable(_entries(asked, size)):
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
    for entries in _entries(asked, size):
        events = _events([event_id for _, event_id, _, _ in entries])
        for index, event_id, leaf, _ in entries:
            yield f'{{"index":{index},{_readable(leaf, events.get(event_id))}}}\n'


def _readable(leaf: bytes | None, event: tuple | None) -> str:
    if leaf is None:
        return '"pruned":true'
    if event is None:
        return '"missing":true'
    _, salt, actor_name, on_behalf_of, subject_name, origin, payload, *columns = event
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
    return b2a_base64(raw, newline=False).decode("ascii")
