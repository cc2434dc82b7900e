"""How long each ministry's log is kept: by its policy; the installation's own by the usual time."""

import time
from datetime import datetime
from uuid import UUID

from audit import retention, sequencer, thinning
from isolation.scope import tenant_scope
from tenants import policies


def tenants() -> list[UUID]:
    """Whoever has a log: ministries, those that are gone, the installation."""
    return sequencer.tenants_with_log()


def prune(tenant_id: UUID, *, now: datetime, ends: float) -> bool:
    """Prunes batch after batch until this moment of the monotonic clock, then thins what was signed;
    whether all is done."""
    after = None
    while time.monotonic() < ends:
        with tenant_scope(tenant_id):
            months = policies.policy().log_months  # may be changed meanwhile
        after = retention.prune(tenant_id=tenant_id, months=months, now=now, after=after)
        if after is None:
            break
    else:
        return False
    beyond: int | None = 0
    while beyond is not None:
        if time.monotonic() >= ends:
            return False
        beyond = thinning.thin(tenant_id=tenant_id, now=now, beyond=beyond)
    return True
