"""A person's active membership of a ministry."""

from uuid import UUID

from isolation.scope import tenant_scope
from tenants.models import Member, MemberState


def find_member(tenant_id: UUID, user_id: UUID) -> Member | None:
    """With its user and its ministry, in one statement; None for who has left, and where the
    ministry was closed."""
    with tenant_scope(tenant_id):
        return (
            Member.objects.select_related("user", "tenant")
            .filter(user_id=user_id, state=MemberState.ACTIVE, tenant__is_active=True)
            .first()
        )
