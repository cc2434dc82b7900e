"""What every page may say of its reader's workplace; costs nothing where it is not used."""

from django.utils.functional import SimpleLazyObject

from tenants import policies
from tenants.models import Policy
from tenants.policies import Permission


def workplace(request):
    """`tenant`, `member`, and the answers that the navigation asks for."""
    if getattr(request, "tenant_id", None) is None:
        return {"tenant": None, "member": None}

    def may(permission: Permission):
        # What the roles alone allow: no policy adds to these.
        return SimpleLazyObject(
            lambda: permission in policies.permissions_of(request.member, Policy())
        )

    return {
        "tenant": request.tenant,
        "member": request.member,
        "can_administer": may(Permission.ADMINISTRATION_READ),
        "can_audit": may(Permission.LOG_READ),
    }
