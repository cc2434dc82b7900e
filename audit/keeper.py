"""The keeper: the one role that may take anything out of a log (migration 0007), and its connection.

Whatever it does to a log stands in the same log, by the same transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings
from django.db import connections

from isolation.locks import key_of
from isolation.scope import tenant_scope_as

KEEPER = "keeper"


class NoKeeper(Exception):
    """The installation has no connection as the keeper's role."""

    def __str__(self) -> str:
        return "DATABASE_KEEPER_URL n’est pas configuré."


@contextmanager
def keeping(tenant_id: UUID) -> Iterator[None]:
    """A transaction of the keeper in this tenant's log, one at a time: a hold that is put waits for
    what is under way, and holds whatever comes next. Raises NoKeeper."""
    if KEEPER not in settings.DATABASES:
        raise NoKeeper
    with tenant_scope_as(KEEPER, tenant_id):
        with connections[KEEPER].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key_of("audit.keeper", tenant_id)])
        yield
