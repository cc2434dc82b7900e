"""Who calls the API, as the API sees them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Router, Schema
from ninja.errors import AuthenticationError

from tenants.api.answers import answer_if_changed
from tenants.api.throttles import READS, Pace
from tenants.api_tokens.services import Service
from tenants.models import Tenant

router = Router(tags=["me"])


class TenantOut(Schema):
    id: UUID
    name: str
    short_name: str


class Me(Schema):
    """An agent at work, a guest from outside, or a service with a token."""

    kind: Literal["agent", "guest", "service"]
    id: UUID  # as the log knows the caller
    name: str
    email: str | None  # of a guest, only where it is proven
    tenant: TenantOut | None  # null for a guest, who belongs to none
    roles: list[Literal["organiser", "administrator", "auditor"]]
    scopes: list[str]  # of a service: what its token opens
    expires_at: datetime | None  # of a service: when its token ends


@router.get(
    "/me", response=Me, operation_id="get_me", url_name="me", throttle=[Pace("read", READS)]
)
def get_me(request):
    """Who is signed in, or whose token this is."""
    caller = request.auth
    if isinstance(caller, Service):
        tenant = Tenant.objects.get(id=caller.tenant_id)
        me = Me(
            kind="service",
            id=caller.id,
            name=caller.name,
            email=None,
            tenant=_tenant(tenant),
            roles=[],
            scopes=sorted(caller.scopes),
            expires_at=caller.expires_at,
        )
    elif caller.is_known:
        member = caller.member
        me = Me(
            kind="agent" if member else "guest",
            id=caller.id,
            name=caller.name,
            email=caller.email or None,
            tenant=_tenant(request.tenant) if member else None,
            roles=member.roles if member else [],
            scopes=[],
            expires_at=None,
        )
    else:
        raise AuthenticationError
    return answer_if_changed(request, me)


def _tenant(tenant: Tenant) -> TenantOut:
    return TenantOut(id=tenant.id, name=tenant.name, short_name=tenant.short_name)
