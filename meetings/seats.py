"""How many people a room holds: counted where tokens are issued, under the meeting's lock.

LiveKit's own limit is only eventually true, so that two hundred who come at once pass it.
"""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from meetings.gate import EntryRefused
from meetings.livekit.tokens import LIFETIME
from meetings.models import Meeting, Participant, ParticipantState, Presence
from tenants.models import Policy


def taken(meeting: Meeting, *, now: datetime) -> int:
    """People in the room, and those who have a token and may arrive at any moment."""
    present = Presence.objects.filter(participant=OuterRef("pk"), left_at=None, missing_at=None)
    return (
        Participant.objects.filter(meeting=meeting, state=ParticipantState.ADMITTED)
        .filter(Q(seat_until__gt=now) | Exists(present))
        .count()
    )


def take(
    participant: Participant, meeting: Meeting, policy: Policy, *, now: datetime, is_host: bool
) -> None:
    """Holds a seat for as long as the token lives. Whoever holds one keeps it; the host always
    finds one. Raises EntryRefused("full"). The caller holds the meeting's row."""
    has_seat = participant.seat_until is not None and participant.seat_until > now
    stays = has_seat or is_host or _is_present(participant)
    if not stays and taken(meeting, now=now) >= policy.most_participants:
        raise EntryRefused("full")
    participant.seat_until = now + LIFETIME


def _is_present(participant: Participant) -> bool:
    if participant._state.adding:
        return False
    return Presence.objects.filter(participant=participant, left_at=None, missing_at=None).exists()
