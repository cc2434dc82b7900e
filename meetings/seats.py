"""How many people a room holds: counted where tokens are issued, under the meeting's lock.

LiveKit's own limit is only eventually true, so that two hundred who come at once pass it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, When

from meetings.gate import EntryRefused
from meetings.livekit.tokens import LIFETIME
from meetings.models import Meeting, Participant, ParticipantState, Presence
from tenants.models import Policy

# A seat outlives its token: whoever asks again within this time costs no write.
SPARE = timedelta(seconds=30)


def _taken(meeting: Meeting | OuterRef, now: datetime) -> QuerySet:
    """Who is in the room, and who has a token and may arrive at any moment."""
    admitted = Participant.objects.filter(meeting=meeting, state=ParticipantState.ADMITTED)
    return admitted.filter(Q(seat_until__gt=now) | Exists(_open_presence()))


def _open_presence(participant: str = "pk") -> QuerySet:
    return Presence.objects.filter(participant=OuterRef(participant), left_at=None, missing_at=None)


def taken(meeting: Meeting, *, now: datetime) -> int:
    """How many seats are taken."""
    return _taken(meeting, now).count()


def counted(meetings: QuerySet, *, knows_mine: bool, now: datetime) -> QuerySet:
    """Adds `seats_taken`, and nothing for whom has one: `mine` is the person's row, where they may
    have one. The database counts for who has none alone."""
    count: Any = Subquery(
        _taken(OuterRef("pk"), now).values("meeting").annotate(people=Count("pk")).values("people")
    )
    if knows_mine:
        has_seat = Q(mine__seat_until__gt=now) | Exists(_open_presence("mine__pk"))
        count = Case(When(has_seat, then=None), default=count)
    return meetings.annotate(seats_taken=count)


def take(
    participant: Participant, meeting: Any, policy: Policy, *, now: datetime, is_host: bool
) -> None:
    """Holds a seat for as long as the token lives. Whoever holds one keeps it; the host always
    finds one. Raises EntryRefused("full"). The caller holds the meeting's row, and has `counted`."""
    if not is_host and (meeting.seats_taken or 0) >= policy.most_participants:
        raise EntryRefused("full")
    if participant.seat_until is None or participant.seat_until < now + LIFETIME:
        participant.seat_until = now + LIFETIME + SPARE
