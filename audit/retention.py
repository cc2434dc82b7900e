"""Prunes a log: events that are older than the tenant keeps them go, and the tree still verifies.

The event and its leaf's bytes go; the leaf's hash and the tiles stay, so that every root and proof
stays what it was. The log says itself which entries went: `entries` in LOG_PRUNED. What a security
operations centre has not acknowledged yet waits for it, but not for ever.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.db import connections
from django.db.models import OuterRef, Q, QuerySet, Subquery

from audit import holds, sent
from audit.keeper import KEEPER, keeping
from audit.kinds import Kind
from audit.log import record
from audit.models import Checkpoint, Event, Leaf
from audit.soc.receiver import configured_peer

log = structlog.get_logger(__name__)

# Between what the CNIL asks for (délibération 2021-122) and what it allows for internal control.
SHORTEST, USUAL, LONGEST = 6, 12, 36  # months
# So much longer the log keeps what the receiver has not: one that never comes back, or that somebody
# made up, must not make it keep people's data for ever.
WAITED_FOR = 3  # months
BATCH = 2_000
# What tells of the log itself and of nobody: which keys signed it, what was pruned.
KEPT = (Kind.SIGNING_KEY_CHANGED, Kind.LOG_PRUNED)


class TooYoung(ValueError):
    """Nothing of the last six months is ever pruned, whatever a row of the policy says."""


class After(NamedTuple):
    """The newest event that a batch has looked at."""

    at: datetime
    id: UUID


def months_before(now: datetime, months: int) -> datetime:
    """The same day so many months ago, or the last of that month."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    return now.replace(
        year=years, month=month + 1, day=min(now.day, monthrange(years, month + 1)[1])
    )


def expired(*, before: datetime, using: str = "default") -> QuerySet[Event]:
    """The open scope's events that are older and that nothing keeps, oldest first."""
    kept = list(holds.in_force(using=using))
    events = Event.objects.using(using).filter(at__lt=before).exclude(kind__in=KEPT)
    if kept:
        held = holds.events_of(kept)
        events = events.filter(~held) if held else events.none()
    return events.order_by("at", "id")


def prune(
    *, tenant_id: UUID, months: int, now: datetime, after: After | None = None
) -> After | None:
    """Prunes one batch of what is older than so many months, beyond `after`; answers where to go on,
    None where nothing is left. One transaction of the keeper: killed, it happened or it did not.

    The first batch of a run says also what waits for the receiver. Raises TooYoung, NoKeeper.
    """
    if months < SHORTEST:
        raise TooYoung(f"{months} < {SHORTEST}")
    before = months_before(now, months)
    with keeping(tenant_id):
        # An event that waits has no place yet that could stay: it goes another day.
        place = Leaf.objects.using(KEEPER).filter(event_id=OuterRef("id")).values("index")
        events = expired(before=before, using=KEEPER).annotate(place=Subquery(place))
        told: dict[str, Any] = {}
        if peer := configured_peer():
            has = sent.size_at(peer, using=KEEPER)
            too_old = months_before(now, months + WAITED_FOR)
            if after is None:
                told = _behind(events.filter(place__gte=has), peer, has, too_old=too_old)
            events = events.filter(Q(place__lt=has) | Q(at__lt=too_old))
        if after:
            events = events.filter(at__gte=after.at).exclude(at=after.at, id__lte=after.id)
        batch = list(events.values_list("at", "id", "place")[:BATCH])
        gone = {event_id: index for _at, event_id, index in batch if index is not None}
        if gone:
            _take_away(tenant_id, gone)
        if gone or told:
            latest = Checkpoint.objects.using(KEEPER).order_by("-size").first()
            record(
                Kind.LOG_PRUNED,
                at=now,
                using=KEEPER,
                events=len(gone),
                until=before,
                size=latest.size if latest else 0,
                entries=ranges(gone.values()),
                **told,
            )
    if told:
        log.warning("log_not_received", tenant_id=str(tenant_id), **told["receiver"])
    return After(*batch[-1][:2]) if len(batch) == BATCH else None


def _behind(
    events: QuerySet[Event], peer: str, has: int, *, too_old: datetime
) -> dict[str, dict[str, Any]]:
    """What the log says of a receiver that has not got these events: how many are kept for it, and
    how many have waited too long and go; nothing where there are none."""
    kept = events.filter(at__gte=too_old).count()
    lost = events.filter(at__lt=too_old).count()
    if not kept and not lost:
        return {}
    return {"receiver": {"peer": peer, "has": has, "kept_for_it": kept, "gone_without_it": lost}}


def _take_away(tenant_id: UUID, gone: dict[UUID, int]) -> None:
    with connections[KEEPER].cursor() as cursor:
        cursor.execute(
            "UPDATE audit_leaf SET leaf = NULL WHERE tenant_id = %s AND index = ANY(%s)",
            [tenant_id, list(gone.values())],
        )
        cursor.execute(
            "DELETE FROM audit_event WHERE tenant_id = %s AND id = ANY(%s)",
            [tenant_id, list(gone)],
        )


def ranges(indexes: Iterable[int]) -> list[list[int]]:
    """Places as [first, last], neighbours together."""
    found: list[list[int]] = []
    for index in sorted(indexes):
        if found and found[-1][1] == index - 1:
            found[-1][1] = index
        else:
            found.append([index, index])
    return found


class Places:
    """Places of a log, as ranges() tells them; also those that overlap, and what is no range."""

    def __init__(self, told: Iterable[Any]):
        sound = sorted(
            (pair[0], pair[1])
            for pair in told
            if isinstance(pair, list) and [type(end) for end in pair] == [int, int]
        )
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in sound:
            if self._lasts and first <= self._lasts[-1] + 1:
                self._lasts[-1] = max(last, self._lasts[-1])
            else:
                self._firsts.append(first)
                self._lasts.append(last)

    def __contains__(self, index: int) -> bool:
        at = bisect_right(self._firsts, index) - 1
        return at >= 0 and index <= self._lasts[at]


def pruned_places() -> Places:
    """What the open scope's log says that was pruned."""
    told = Event.objects.filter(kind=Kind.LOG_PRUNED, delivered_from=None)
    payloads = told.values_list("payload__entries", flat=True)
    return Places(pair for entries in payloads if isinstance(entries, list) for pair in entries)
