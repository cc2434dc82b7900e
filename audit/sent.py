"""How much of each log a peer outside has: whose turn it is, how it went, when to try again.

A turn is taken before anything is sent and ends by itself: two processes don't do the same, and what
one that died had begun, the next does again. No transaction is open while a peer is spoken to.
"""

import random
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from audit.models import Sent

# Longer than a turn can last.
TURN = timedelta(minutes=2)
LONGEST_DELAY = timedelta(minutes=10)


def take_turn(peer: str, *, now: datetime) -> int | None:
    """How many entries of the open scope's log this peer has; None where it is not its turn, or
    somebody else is at it."""
    Sent.objects.bulk_create(
        [Sent(peer=peer, size=0, failures=0, due_at=now)], ignore_conflicts=True
    )
    ours = Sent.objects.filter(peer=peer, due_at__lte=now).update(due_at=now + TURN)
    return Sent.objects.get(peer=peer).size if ours else None


def size_at(peer: str, *, using: str = "default") -> int:
    """How many entries of the open scope's log this peer has."""
    return Sent.objects.using(using).filter(peer=peer).values_list("size", flat=True).first() or 0


def has(peer: str, size: int, *, now: datetime, again_after: timedelta) -> None:
    """The peer has so many entries of the open scope's log; never fewer than before."""
    Sent.objects.filter(peer=peer).update(
        size=Greatest(F("size"), size), at=now, failures=0, due_at=now + again_after
    )


def behind(peer: str) -> tuple[int, datetime | None, int]:
    """Of all logs together: how many entries this peer has not, since when the oldest of them is
    signed, and of how many logs the last try failed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM visio_log_behind(%s)", [peer])
        [row] = cursor
    return row


def failed(peer: str, *, now: datetime, longest: timedelta = LONGEST_DELAY) -> None:
    """Tries again a little later each time, not all at the same moment."""
    failures = Sent.objects.filter(peer=peer).values_list("failures", flat=True).get()
    delay = min(timedelta(seconds=2 ** min(failures + 1, 20)), longest)
    Sent.objects.filter(peer=peer).update(
        failures=F("failures") + 1, due_at=now + delay * random.uniform(0.5, 1.5)
    )
