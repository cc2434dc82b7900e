"""Work to be done: put in the transaction that causes it, done after commit, sent again if late.

A handler is called as `handler(tenant_id=..., **payload)`, with no scope and no transaction open,
so that it may talk to other systems. It is called again after a failure or a crash: it must be
idempotent.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from celery import current_app
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from isolation.models import Work
from isolation.scope import current_tenant_id, tenant_scope

log = structlog.get_logger(__name__)
Handler = Callable[..., None]
_handlers: dict[str, Handler] = {}

PATIENCE = timedelta(seconds=10)  # how long a nudge may be under way before beat sends another
LEASE = timedelta(minutes=2)
SOON = timedelta(minutes=1)  # what is due later is left to beat
GIVE_UP_AFTER = 20  # attempts: a little under two days with the delays below
LONGEST_DELAY = timedelta(hours=4)


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Registers the function that does the work of this kind."""

    def register(function: Handler) -> Handler:
        if kind in _handlers:
            raise ValueError(f"two handlers for {kind}")
        _handlers[kind] = function
        return function

    return register


def put(kind: str, *, key: str | None = None, due_at: datetime | None = None, **payload) -> None:
    """Writes one piece of work in the open scope; a key that was put before changes nothing."""
    tenant_id, now = current_tenant_id(), timezone.now()
    work = Work(kind=kind, payload=payload, key=key, due_at=due_at or now)
    Work.objects.bulk_create([work], ignore_conflicts=key is not None)
    if work.due_at <= now + SOON:
        seconds = (work.due_at - now).total_seconds()
        transaction.on_commit(lambda: nudge(tenant_id, work.id, seconds), robust=True)


@dataclass(frozen=True)
class Order:
    """One of many pieces of work that are put at once."""

    kind: str
    key: str
    payload: dict[str, Any]


def put_all(orders: Iterable[Order]) -> None:
    """The same for many pieces that are due now: in few statements, and one nudge for all."""
    tenant_id, now = current_tenant_id(), timezone.now()
    works = [Work(kind=o.kind, payload=o.payload, key=o.key, due_at=now) for o in orders]
    if not works:
        return
    Work.objects.bulk_create(works, ignore_conflicts=True, batch_size=1_000)
    ids = [work.id for work in works]
    transaction.on_commit(lambda: nudge_all(tenant_id, ids), robust=True)


def nudge_all(tenant_id: UUID, work_ids: list[UUID]) -> None:
    """One message, from which a worker makes the nudge of each: who plans a meeting for thousands
    does not wait for thousands of messages."""
    _send("isolation.tasks.nudge_each", [str(tenant_id), [str(work_id) for work_id in work_ids]])


def nudge(tenant_id: UUID, work_id: UUID, seconds: float = 0) -> None:
    """Tells Celery, to do it after so many seconds; a lost nudge only delays, because beat sends
    late work again."""
    countdown = seconds if seconds > 0 else None
    _send("isolation.tasks.do_work", [str(tenant_id), str(work_id)], countdown=countdown)


def _send(task: str, arguments: list[Any], **options: Any) -> None:
    try:
        current_app.send_task(task, arguments, **options)
    except Exception as error:  # the broker is away: the row stays
        log.warning("nudge_failed", error=type(error).__name__)


def late_work(*, now: datetime, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """(tenant, work) of rows that are due and not leased, of every tenant, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, id FROM visio_late_work(%s, %s)", [now, limit])
        return cursor.fetchall()


def do(tenant_id: UUID, work_id: UUID) -> bool:
    """Leases one row, does its work and marks it; False when there was nothing to do."""
    now = timezone.now()
    with tenant_scope(tenant_id):
        leased = Work.objects.filter(
            Q(leased_until=None) | Q(leased_until__lt=now),
            id=work_id,
            done_at=None,
            given_up_at=None,
        ).update(leased_until=now + LEASE, attempts=F("attempts") + 1)
        work = Work.objects.get(id=work_id) if leased else None
    if work is None:
        return False
    try:
        _handlers[work.kind](tenant_id=tenant_id, **work.payload)
    except Exception as error:
        _failed(tenant_id, work, error)
        return True
    with tenant_scope(tenant_id):
        Work.objects.filter(id=work_id).update(done_at=timezone.now(), leased_until=None)
    return True


def _failed(tenant_id: UUID, work: Work, error: Exception) -> None:
    delay = min(timedelta(seconds=2**work.attempts), LONGEST_DELAY) * random.uniform(0.5, 1.5)
    gives_up = work.attempts >= GIVE_UP_AFTER
    log.warning(
        "work_failed",
        kind=work.kind,
        work_id=str(work.id),
        attempts=work.attempts,
        gives_up=gives_up,
        exc_info=error,
    )
    now = timezone.now()
    with tenant_scope(tenant_id):
        Work.objects.filter(id=work.id).update(
            leased_until=None,
            due_at=now + delay,
            last_error=type(error).__name__,
            given_up_at=now if gives_up else None,
        )
