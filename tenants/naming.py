"""How operators' commands name a log."""

from uuid import UUID

from django.core.management.base import CommandError

from tenants.models import Tenant


def tenant_with_log(named: str) -> UUID:
    """By short name; by id also a log whose ministry is gone, and the installation's own."""
    found = Tenant.objects.filter(short_name=named).values_list("id", flat=True).first()
    if found:
        return found
    try:
        return UUID(named)
    except ValueError:
        raise CommandError(f"Aucun ministère n’a pour nom court « {named} ».") from None
