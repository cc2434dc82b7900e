"""A log to try things on: what happened in it, what was placed, and what only a superuser can do."""

from datetime import UTC, datetime, timedelta

from django.db import connections, transaction

from audit import leaves, sequencer, tree
from audit.kinds import Kind
from audit.log import record
from audit.models import Checkpoint, Event, Leaf
from audit.store import latest_checkpoint
from isolation.scope import tenant_scope

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


class Somebody:
    id, audit_name = "0190-somebody", "Hélène D’Œuvre"


def happen(tenant, count: int = 1, *, at: datetime = NOW, kind=Kind.SIGN_IN) -> list[Event]:
    """So many events, a second apart, each in a transaction of its own."""
    events = []
    for number in range(count):
        with tenant_scope(tenant.id):
            events.append(record(kind, actor=Somebody, at=at + timedelta(seconds=number)))
    return events


def sequence(tenant, *, now: datetime = NOW, most: int = sequencer.BATCH) -> int:
    """Places what waits, batch by batch."""
    placed = 0
    while count := sequencer.sequence(tenant.id, now=now, most=most):
        placed += count
    return placed


def checkpoint(tenant) -> Checkpoint:
    with tenant_scope(tenant.id):
        return latest_checkpoint()


def places(tenant) -> list[tuple[int, str]]:
    """Each entry's place and event, in the tree's order."""
    with tenant_scope(tenant.id):
        return [
            (index, str(event_id))
            for index, event_id in Leaf.objects.order_by("index").values_list("index", "event_id")
        ]


def assert_whole(tenant) -> None:
    """No gap, no fork: every event has one place, and the signed root is that of the leaves."""
    with tenant_scope(tenant.id):
        entries = list(Leaf.objects.order_by("index"))
        events = {event.id: event for event in Event.objects.all()}
        assert [entry.index for entry in entries] == list(range(len(entries)))
        assert {entry.event_id for entry in entries} == set(events)
        assert len(events) == len(entries)
        for entry in entries:
            at = datetime.fromisoformat(leaves.read(entry.leaf)["sequenced_at"])
            assert leaves.leaf(events[entry.event_id], sequenced_at=at) == entry.leaf
            assert tree.leaf_hash(entry.leaf) == entry.leaf_hash
        hashes = [bytes(entry.leaf_hash) for entry in entries]
        for each in Checkpoint.objects.all():
            assert tree.root(hashes[: each.size]) == each.root
        assert latest_checkpoint().size == len(entries)


def as_owner(*statements: str, params=()) -> None:
    """What somebody with the database in their hands can do, without leaving a trace of it."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, params or None)
