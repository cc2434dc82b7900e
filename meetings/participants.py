"""A visitor's row in a meeting: how it is found, and what is written in it."""

from uuid import UUID

from django.db.models import Q

from meetings.models import MeetingRole, Participant, Proof
from meetings.visitors import Visitor


def find_participant(meeting_id: UUID, visitor: Visitor) -> Participant | None:
    """The visitor's row in a meeting; who never said a name here has none."""
    identity = visitor.identity if visitor.is_known else {"id": None}
    return Participant.objects.filter(meeting_id=meeting_id).filter(Q(**identity)).first()


def describe(participant: Participant, by: Visitor) -> None:
    """Name, ministry and proof of a row, as the visitor is known now."""
    participant.from_tenant_id = by.tenant_id
    participant.name = by.name
    participant.organisation = by.organisation
    participant.email = by.email if by.proof == Proof.CODE else ""
    participant.proof = by.proof
    if participant._state.adding:
        is_agent = by.proof == Proof.AGENT
        participant.role = MeetingRole.PARTICIPANT if is_agent else MeetingRole.GUEST
