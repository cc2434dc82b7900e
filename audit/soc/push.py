"""Pushes what happened to the receiver, in the order of each tenant's tree, from where it stands.

At least once: how far a receiver is moves on after it has confirmed. The platform never waits for it:
what is behind is a number, and the events themselves are in the log.
"""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from random import shuffle
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit import leaves, sent
from audit.sequencer import tenants_with_log
from audit.soc import syslog
from audit.soc.ocsf import Entry
from audit.soc.receiver import Receiver, ReceiverUnavailable, Stream, receiver
from audit.store import latest_checkpoint
from isolation.scope import tenant_scope

log = structlog.get_logger(__name__)

FETCHED = 500  # entries at once, each without a payload that would not fit a frame
# Over one connection: then it is confirmed, so that little is sent again where it is not.
MOST = 5_000
SECONDS = 20
# One call; what is left has its turn in the next.
LONGEST = 60
LONGEST_DELAY = timedelta(minutes=1)


def push_due() -> int:
    """Pushes until the receiver has everything or time is up; answers how many entries it took."""
    to = receiver()
    if to is None:
        return 0
    ends, pushed = time.monotonic() + LONGEST, 0
    while time.monotonic() < ends:
        count = _round(to)
        pushed += count
        if not count:
            break
    return pushed


def _round(to: Receiver) -> int:
    """One connection, for what is behind of whichever logs."""
    turns = _turns(to)
    if not turns:
        return 0
    ends, reached = time.monotonic() + SECONDS, dict(turns)
    try:
        with to.confirmed() as stream:
            for tenant_id, start in turns.items():
                share = MOST - sum(reached[each] - turns[each] for each in turns)
                reached[tenant_id] = _send(stream, tenant_id, start, share, ends)
    except ReceiverUnavailable as error:
        log.warning("soc_push_failed", receiver=to.peer, reason=str(error))
        for tenant_id in turns:
            with tenant_scope(tenant_id):
                sent.failed(to.peer, now=timezone.now(), longest=LONGEST_DELAY)
        return 0
    for tenant_id, size in reached.items():
        with tenant_scope(tenant_id):
            sent.has(to.peer, size, now=timezone.now(), again_after=timedelta())
    return sum(reached[each] - turns[each] for each in turns)


def _turns(to: Receiver) -> dict[UUID, int]:
    """The logs of which something is to be sent and nobody is at it, and from which entry on."""
    logs = tenants_with_log()
    shuffle(logs)  # a busy log does not always come before the same others
    turns = {}
    for tenant_id in logs:
        with tenant_scope(tenant_id):
            latest = latest_checkpoint()
            if latest is None or sent.size_at(to.peer) >= latest.size:
                continue
            start = sent.take_turn(to.peer, now=timezone.now())
            if start is not None:
                turns[tenant_id] = start
    return turns


def _send(stream: Stream, tenant_id: UUID, start: int, most: int, ends: float) -> int:
    """At most so many entries from `start` on; answers the index after the last."""
    hostname = urlsplit(settings.PUBLIC_URL).hostname or ""
    place, most = start, start + most
    while place < most and time.monotonic() < ends:
        with tenant_scope(tenant_id):
            entries = list(_entries(tenant_id, place, min(place + FETCHED, most)))
        if not entries:
            break
        for entry in entries:
            if time.monotonic() > ends:  # a slow receiver: what it has read counts
                return place
            stream.send(syslog.frame(entry, hostname=hostname))
            place = entry.place + 1
    return place


def _entries(tenant_id: UUID, start: int, end: int) -> Iterator[Entry]:
    """In the tree's order. A payload that fits no frame stays in the database, but for its size."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT leaf.index, leaf.leaf, leaf.leaf_hash, event.id, event.salt,
                   event.actor_name, event.on_behalf_of, host(event.origin), event.subject_name,
                   CASE WHEN octet_length(event.payload::text) <= %s THEN event.payload::text END,
                   octet_length(event.payload::text)
            FROM audit_leaf leaf LEFT JOIN audit_event event
              ON event.tenant_id = leaf.tenant_id AND event.id = leaf.event_id
            WHERE leaf.tenant_id = %s AND leaf.index >= %s AND leaf.index < %s
            ORDER BY leaf.index
            """,
            [syslog.LONGEST, tenant_id, start, end],
        )
        for index, leaf, leaf_hash, event_id, salt, *personal in cursor:
            yield Entry(
                tenant=str(tenant_id),
                place=index,
                leaf=None if leaf is None else _read(leaf),
                leaf_hash=bytes(leaf_hash),
                personal=_personal(*personal) if event_id and salt else None,
                missing=leaf is not None and event_id is None,
            )


def _read(leaf: bytes) -> Any:
    """Its fields; whatever a superuser made of it."""
    try:
        return leaves.read(leaf)
    except ValueError:
        return {}


def _personal(
    actor_name: str,
    on_behalf_of: str,
    origin: str | None,
    subject_name: str,
    payload: str | None,
    size: int,
) -> dict:
    return {
        "actor_name": actor_name,
        "on_behalf_of": on_behalf_of,
        "origin": origin,
        "subject_name": subject_name,
        "payload": {"left_out": size} if payload is None else json.loads(payload),
    }
