"""The ids under which the log knows one agent: their own, and one for each place in a meeting."""

from uuid import UUID

from django.db.models import QuerySet

from isolation.scope import current_tenant_id
from meetings.models import Participant
from tenants.models import Member

# Of somebody who was in more of the ministry's meetings, the newest places are looked for.
MOST = 200


def ids_of(person_id: UUID) -> tuple[UUID, ...]:
    """All ids of an agent of the open scope; of anybody else the one that was given."""
    member = Member.objects.filter(id=person_id).first()
    if member is None:
        return (person_id,)
    return (person_id, *places_of(member).values_list("id", flat=True)[:MOST])


def places_of(member: Member) -> QuerySet[Participant]:
    """An agent's places in the ministry's own meetings, the newest first."""
    return Participant.objects.filter(
        user_id=member.user_id, from_tenant_id=current_tenant_id()
    ).order_by("-meeting__starts_at", "-id")
