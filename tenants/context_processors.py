"""What every page may say of its reader's workplace; costs nothing where it is not used."""

from django.utils.functional import SimpleLazyObject

from isolation.scope import tenant_scope
from tenants import policies
from tenants.models import Policy
from tenants.policies import Permission


def _permissions(request) -> frozenset[Permission]:
    """What the roles alone allow; a rule adds only to who administers and audits."""
    if not policies.JUDGE_AND_PARTY.issubset(request.member.roles):
        return policies.permissions_of(request.member, Policy())
    with tenant_scope(request.tenant_id):
        return policies.permissions_of(request.member, policies.policy())


def workplace(request):
    """`tenant`, `member`, and the answers that the navigation asks for."""
    if getattr(request, "tenant_id", None) is None:
        return {"tenant": None, "member": None}

    def may(permission: Permission):
        return SimpleLazyObject(lambda: permission in _permissions(request))

    return {
        "tenant": request.tenant,
        "member": request.member,
        "can_administer": may(Permission.ADMINISTRATION_READ),
        "can_audit": may(Permission.LOG_READ),
    }
