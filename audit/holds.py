"""Legal holds: what a court or a service orders to keep is neither pruned nor erased."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from audit.keeper import KEEPER, keeping
from audit.kinds import Kind
from audit.log import record
from audit.models import LegalHold


class AlreadyLifted(Exception):
    """The hold was lifted before."""


def put(
    *,
    tenant_id: UUID,
    reason: str,
    by: str,
    now: datetime,
    meeting_id: UUID | None = None,
    person_id: UUID | None = None,
) -> LegalHold:
    """Holds the tenant's whole log, or what it says of one meeting or of one person.

    `by`: who ordered it, in words; it is an operator who writes it. Raises NoKeeper.
    """
    with keeping(tenant_id):
        hold = LegalHold.objects.using(KEEPER).create(
            reason=reason, by=by[:300], since=now, meeting_id=meeting_id, person_id=person_id
        )
        _record(Kind.HOLD_PUT, hold, at=now, by=hold.by, reason=reason)
    return hold


def lift(*, tenant_id: UUID, hold_id: UUID, reason: str, by: str, now: datetime) -> LegalHold:
    """What it held is pruned again once it is old. Raises LegalHold.DoesNotExist, AlreadyLifted,
    NoKeeper."""
    with keeping(tenant_id):
        hold = LegalHold.objects.using(KEEPER).get(id=hold_id)
        if hold.lifted_at:
            raise AlreadyLifted
        hold.lifted_at, hold.lifted_by = now, by[:300]
        hold.save(using=KEEPER, update_fields=["lifted_at", "lifted_by"])
        _record(Kind.HOLD_LIFTED, hold, at=now, by=hold.lifted_by, reason=reason)
    return hold


def _record(kind: Kind, hold: LegalHold, *, at: datetime, by: str, reason: str) -> None:
    record(
        kind,
        subject_id=hold.person_id or "",
        meeting_id=hold.meeting_id,
        at=at,
        using=KEEPER,
        hold=str(hold.id),
        by=by,
        reason=reason,
    )


def in_force(*, using: str = "default") -> QuerySet[LegalHold]:
    """The open scope's holds that nobody lifted, oldest first."""
    return LegalHold.objects.using(using).filter(lifted_at=None).order_by("since", "id")


def events_of(holds: Iterable[LegalHold]) -> Q:
    """Which events these holds are about; none where there is none."""
    holds = list(holds)
    if any(hold.meeting_id is None and hold.person_id is None for hold in holds):
        return Q()
    meetings = [hold.meeting_id for hold in holds if hold.meeting_id]
    people = [hold.person_id for hold in holds if hold.person_id]
    return Q(meeting_id__in=meetings) | about(*people)


def about(*person_ids: UUID) -> Q:
    """Events in which one of these people acts, is the one to whom it happens, or is acted for."""
    ids = [str(person_id) for person_id in person_ids]
    return Q(actor_id__in=ids) | Q(subject_id__in=ids) | Q(on_behalf_of__in=ids)
