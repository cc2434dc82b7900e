"""Finds in which ministry the signed-in person works, and as whom."""

from uuid import UUID

from django.utils.functional import SimpleLazyObject

from isolation.scope import tenant_scope
from tenants.models import Member, MemberState


class WorkplaceMiddleware:
    """Sets request.tenant_id (from the session) and request.member (loaded when first used)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        chosen = request.session.get("tenant_id")
        request.tenant_id = UUID(chosen) if chosen and request.user.is_authenticated else None
        request.member = SimpleLazyObject(lambda: load_member(request))
        return self.get_response(request)


def load_member(request) -> Member | None:
    """The person's active membership of the chosen tenant."""
    if request.tenant_id is None:
        return None
    with tenant_scope(request.tenant_id):
        return Member.objects.filter(user=request.user, state=MemberState.ACTIVE).first()
