"""Reads entries for an export, in their order and however many, and writes each as its lines.

An event is told as its row in the database has it; the leaf as it was sequenced. Where somebody
changed the row, the verifier sees that they differ.
"""

import json
from binascii import b2a_base64
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from json.encoder import encode_basestring as quoted
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import ServerCursor

from audit.leaves import canonical_text
from isolation.scope import current_tenant_id

_decode = json.JSONDecoder().raw_decode  # PostgreSQL writes nothing around it

# Rows at once, and how many times as many are on their way: each may have a payload of a megabyte.
FETCHED = 128
AHEAD = 2


@dataclass(frozen=True)
class Asked:
    """What is to be exported; all of the log where nothing is said."""

    since: datetime | None = None
    until: datetime | None = None  # not included
    meeting_id: UUID | None = None

    @property
    def whole(self) -> bool:
        return not (self.since or self.until or self.meeting_id)


# What is not bytes comes as text: PostgreSQL writes it faster than Python would.
_LEAF = "leaf.index, leaf.leaf, leaf.leaf_hash"
_EVENT = """
    event.salt, event.actor_name, event.on_behalf_of, event.subject_name, host(event.origin),
    event.payload::text, event.actor_id,
    to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    event.delivered_from::text, event.id::text, event.kind, event.meeting_id::text, event.outcome,
    event.request_id, event.subject_id, event.tenant_id::text
"""


def _rows(asked: Asked, size: int, *, readable: bool) -> Iterator[list[tuple]]:
    """The open scope's first `size` entries that are asked for, in their order, some at a time; with
    the columns of their events where these are to be read."""
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
    columns = f"{_LEAF}, {_EVENT}" if readable else _LEAF
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
    elif readable:
        # Each by its id, in the leaves' order: else all of them would be sorted on disk.
        events = (
            " LEFT JOIN LATERAL (SELECT * FROM audit_event WHERE id = leaf.event_id"
            " AND tenant_id = leaf.tenant_id OFFSET 0) event ON true"
        )
    connection.ensure_connection()
    # psycopg's own: Django's reads no binary rows, and a leaf as text would be hexadecimal.
    with ServerCursor(connection.connection, "export") as cursor, ThreadPoolExecutor(1) as ahead:
        cursor.execute(
            f"SELECT {columns} FROM audit_leaf leaf{events}"  # noqa: S608, our own words
            f" WHERE {' AND '.join(conditions)} ORDER BY leaf.index",
            values,
            binary=True,
        )
        # PostgreSQL looks for the next ones while these are written: the thread asks for them without
        # waiting for us.
        coming = deque(ahead.submit(cursor.fetchmany, FETCHED) for _ in range(AHEAD))
        while rows := coming.popleft().result():
            coming.append(ahead.submit(cursor.fetchmany, FETCHED))
            yield rows


def entry_lines(
    asked: Asked, size: int, *, prove: Callable[[int], Sequence[bytes]] | None
) -> Iterator[bytes]:
    """entries.jsonl: with the proof of each entry, else with its hash."""
    for index, leaf, leaf_hash in chain.from_iterable(_rows(asked, size, readable=False)):
        if leaf is None:
            rest = b'null,"hash":"%b"' % _base64(leaf_hash)
        elif prove:
            rest = b'"%b"' % _base64(leaf)
        else:
            rest = b'"%b","hash":"%b"' % (_base64(leaf), _base64(leaf_hash))
        if prove:
            proof = [_base64(each) for each in prove(index)]
            rest += b',"proof":["%b"]' % b'","'.join(proof) if proof else b',"proof":[]'
        yield b'{"index":%d,"leaf":%b}\n' % (index, rest)


def readable_lines(asked: Asked, size: int) -> Iterator[bytes]:
    """readable.jsonl: what people read of each entry, and what opens its commitment."""
    for index, leaf, _hash, *event in chain.from_iterable(_rows(asked, size, readable=True)):
        yield f'{{"index":{index},{_readable(leaf, event)}}}\n'.encode()


def _readable(leaf: bytes | None, event: list[Any]) -> str:
    if leaf is None:
        return '"pruned":true'
    salt, actor_name, on_behalf_of, subject_name, origin, payload, *columns = event
    if actor_name is None:
        return '"missing":true'
    fields = f'{_leaf_fields(columns)},{_sequenced_at(leaf)},"v":1'
    if not salt:
        return f'"salt":null,"personal":null,"erased":true,"event":{{{fields}}}'
    # As leaves.personal writes it, without its cost.
    payload = "{}" if payload == "{}" else canonical_text(_decode(payload)[0])
    personal = (
        f'"actor_name":{quoted(actor_name)},"on_behalf_of":{quoted(on_behalf_of)},'
        f'"origin":{_text(origin)},"payload":{payload},"subject_name":{quoted(subject_name)}'
    )
    opening = f'"salt":"{_base64(salt).decode()}","personal":{quoted("{" + personal + "}")}'
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


def _base64(raw: bytes) -> bytes:
    return b2a_base64(raw, newline=False)
