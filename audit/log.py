"""Writes what happened, in the transaction in which it happens."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from audit.context import request_context
from audit.kinds import Kind, Outcome
from audit.models import Event
from audit.payloads import check
from isolation import outbox
from isolation.ids import uuid7
from isolation.prepared import insert
from isolation.scope import PLATFORM, current_tenant_id, tenant_scope


class Actor(Protocol):
    """A person of the log: a member, a participant, somebody invited."""

    @property
    def id(self) -> Any: ...

    @property
    def audit_name(self) -> str: ...


def record(
    kind: Kind,
    *,
    actor: Actor | None = None,
    on_behalf_of: str = "",
    subject: Actor | None = None,
    subject_id: Any = "",
    meeting_id: UUID | None = None,
    outcome: Outcome = Outcome.SUCCESS,
    deliver_to: UUID | None = None,
    at: datetime | None = None,
    using: str = "default",
    **payload: Any,
) -> Event:
    """Adds one event to the open scope's log; it stands or falls with the caller's transaction.

    `subject`: the person to whom it happened, by id and name; `subject_id`: a thing, by id alone.
    With `deliver_to`, the tenant of the agent concerned receives a copy through the outbox.
    `using`: the connection that acts, where it is not the application's own (keeper.py).
    Raises PayloadRefused where the payload is not the kind's (payloads.py).
    """
    check(kind, payload)
    event = Event(
        on_behalf_of=on_behalf_of,
        subject_id=str(subject.id if subject else subject_id),
        subject_name=subject.audit_name[:300] if subject else "",
        meeting_id=meeting_id,
        outcome=outcome,
        payload=payload,
        **_circumstances(kind, actor, at),
    )
    event.tenant_id = current_tenant_id()
    insert(event, using=using)
    if deliver_to is not None and deliver_to != current_tenant_id():
        outbox.put(
            "audit.deliver",
            key=f"audit.deliver:{event.id}:{deliver_to}",
            event_id=str(event.id),
            to_tenant_id=str(deliver_to),
        )
    return event


def record_each(
    kind: Kind,
    payloads: Mapping[Any, dict[str, Any]],
    *,
    actor: Actor | None,
    at: datetime,
) -> None:
    """One event for each subject, by its id, of one act on many: in one statement."""
    for payload in payloads.values():
        check(kind, payload)
    same = _circumstances(kind, actor, at)
    columns = ", ".join(same)
    places = ", ".join(["%s"] * len(same))
    with connection.cursor() as cursor:
        # Not bulk_create: with a default of the database's own it sends every value apart.
        cursor.execute(
            f"INSERT INTO audit_event (tenant_id, on_behalf_of, outcome, {columns},"  # noqa: S608
            f" id, subject_id, payload) SELECT %s, '', %s, {places}, *"
            " FROM unnest(%s::uuid[], %s::text[], %s::jsonb[])",
            [
                current_tenant_id(),
                Outcome.SUCCESS.value,
                *same.values(),
                [uuid7() for _ in payloads],
                [str(subject_id) for subject_id in payloads],
                [json.dumps(payload, cls=DjangoJSONEncoder) for payload in payloads.values()],
            ],
        )


def _circumstances(kind: Kind, actor: Actor | None, at: datetime | None) -> dict[str, Any]:
    context = request_context()
    return {
        "kind": Kind(kind).value,
        "actor_id": str(actor.id) if actor else "",
        "actor_name": actor.audit_name[:300] if actor else "",
        "request_id": context.request_id,
        "origin": context.origin or None,
        "at": at or timezone.now(),
    }


def record_platform(kind: Kind, *, outcome: Outcome = Outcome.SUCCESS, **payload: Any) -> None:
    """Adds an event to the installation's own log: what happens before a tenant is known."""
    with tenant_scope(PLATFORM):
        record(kind, outcome=outcome, **payload)
