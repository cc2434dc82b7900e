"""Delivers events to the log of the ministry whose agent they concern; gives events their places."""

import time
from uuid import UUID, uuid5

import structlog
from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from audit import cosigning, search, sequencer
from audit.models import Event
from audit.soc import push
from audit.store import MissingHashes
from isolation import outbox
from isolation.scope import tenant_scope

log = structlog.get_logger(__name__)

COPIED = [
    "kind",
    "at",
    "actor_id",
    "actor_name",
    "on_behalf_of",
    "subject_id",
    "subject_name",
    "meeting_id",
    "outcome",
    "request_id",
    "payload",
]


@outbox.handler("audit.deliver")
def deliver(*, tenant_id: UUID, event_id: str, to_tenant_id: str) -> None:
    """Copies the event under an id that follows from its own, so that a second delivery changes
    nothing."""
    with tenant_scope(tenant_id):
        event = Event.objects.get(id=event_id)
    copied = {name: getattr(event, name) for name in COPIED}
    copy_id = uuid5(event.id, to_tenant_id)
    with tenant_scope(UUID(to_tenant_id)):
        if not Event.objects.filter(id=copy_id).exists():
            Event.objects.create(id=copy_id, delivered_from=tenant_id, **copied)


# Then other work has its turn: what is left is taken up a second later.
LONGEST = 10  # seconds


@shared_task
def sequence() -> int:
    """Beat's call, each second: places what was committed since, and makes it quick to find; answers
    how many events."""
    placed, ends = 0, time.monotonic() + LONGEST
    for tenant_id in sequencer.tenants_with_pending():
        try:
            placed += _sequence(tenant_id, ends)
        except (DatabaseError, MissingHashes) as error:
            # Its events go on waiting, which probes tell; the other logs go on.
            log.error("sequencing_failed", tenant_id=str(tenant_id), exc_info=error)
    search.settle()
    return placed


def _sequence(tenant_id: UUID, ends: float) -> int:
    placed = 0
    while time.monotonic() < ends:
        count = sequencer.sequence(tenant_id, now=timezone.now())
        placed += count
        if count < sequencer.BATCH:
            break
    return placed


@shared_task
def cosign() -> int:
    """Beat's call: shows the logs' checkpoints to the witnesses; answers how many cosignatures came."""
    return cosigning.cosign_due()


@shared_task
def push_to_soc() -> int:
    """Beat's call: what happened since goes to the security operations centre; answers how many
    entries."""
    return push.push_due()
