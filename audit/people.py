"""What a log holds of one person: handed over to them, or erased (RGPD, articles 15 and 17).

Of an event, erasing empties everything that its leaf only commits to, and the salt: nobody can guess
it back, and the leaf still verifies. Ids stay: they are in the leaf, and lead to nobody once the
person's own row is gone.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import CharField, Q
from django.db.models.functions import Cast

from audit import holds, search
from audit.keeper import KEEPER, keeping
from audit.kinds import Kind
from audit.leaves import moment
from audit.log import record
from audit.models import Event, LegalHold
from audit.signals import person_erased
from isolation.scope import tenant_scope

# What tells that the law was kept says so after the person is forgotten; it names nobody.
KEPT = (
    Kind.HOLD_PUT,
    Kind.HOLD_LIFTED,
    Kind.PERSON_EXPORTED,
    Kind.PERSON_ERASED,
)


class Held(Exception):
    """Something of what would be erased is under a legal hold."""

    def __init__(self, held_by: list[LegalHold]):
        super().__init__()
        self.holds = held_by


# --- Access ---------------------------------------------------------------------------------
def export(*, tenant_id: UUID, person_id: UUID, path: Path, now: datetime) -> int:
    """Writes a line of JSON for each event in which the person acts, is concerned, is acted for or
    is mentioned by id; answers how many. That it was asked for stands in the log first.

    Raises FileExistsError, OSError.
    """
    with open(path, "x", encoding="utf-8", opener=_private) as file:
        try:
            with tenant_scope(tenant_id):
                record(Kind.PERSON_EXPORTED, subject_id=person_id, at=now)
            count = 0
            with tenant_scope(tenant_id):
                for line in _lines(person_id):
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
                    count += 1
        except BaseException:
            path.unlink()
            raise
    return count


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _lines(person_id: UUID) -> Iterator[dict[str, Any]]:
    person = str(person_id)
    events = (
        Event.objects.annotate(written=Cast("payload", CharField()))
        .filter(holds.about(person_id) | Q(written__contains=person))
        .defer("salt")
        .order_by("at", "id")
    )
    for event in events.iterator(chunk_size=500):
        roles = {
            "actor": event.actor_id,
            "subject": event.subject_id,
            "on_behalf_of": event.on_behalf_of,
        }
        yield {
            "id": str(event.id),
            "at": moment(event.at),
            "kind": event.kind,
            "outcome": event.outcome,
            "person_is": [role for role, who in roles.items() if who == person] or ["mentioned"],
            "actor": event.actor_id,
            "actor_name": event.actor_name,
            "on_behalf_of": event.on_behalf_of,
            "subject": event.subject_id,
            "subject_name": event.subject_name,
            "meeting": event.meeting_id and str(event.meeting_id),
            "origin": event.origin,
            "request": event.request_id,
            "delivered_from": event.delivered_from and str(event.delivered_from),
            "payload": event.payload,
        }


# --- Erasure --------------------------------------------------------------------------------
def erase(*, tenant_id: UUID, person_id: UUID, reason: str, now: datetime) -> int:
    """Empties what is personal in every event of this person in this tenant's log, in one
    transaction of the keeper; answers in how many. Nothing left to erase writes nothing. Then what
    the apps above keep of the person is forgotten (signals.py); asked for again, it is so again.

    Raises Held, NoKeeper.
    """
    with keeping(tenant_id):
        concerned = search.about([person_id])
        events = Event.objects.using(KEEPER).filter(id__in=concerned).exclude(kind__in=KEPT)
        _refuse_held(events, person_id)
        count = events.exclude(salt=b"").update(
            actor_name="", subject_name="", on_behalf_of="", origin=None, payload={}, salt=b""
        )
        if count:
            record(
                Kind.PERSON_ERASED,
                subject_id=person_id,
                at=now,
                using=KEEPER,
                events=count,
                reason=reason,
            )
    with tenant_scope(tenant_id):
        person_erased.send(sender=Event, person_id=person_id)
    return count


def _refuse_held(events: Any, person_id: UUID) -> None:
    """Also where what is held is about somebody else, or about a meeting."""
    holding = [
        hold
        for hold in holds.in_force(using=KEEPER)
        if hold.person_id == person_id or events.filter(holds.events_of([hold])).exists()
    ]
    if holding:
        raise Held(holding)
