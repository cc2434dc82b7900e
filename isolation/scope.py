"""The tenant in whose name code runs, in Python and in PostgreSQL at once."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import connection, connections, transaction

T = TypeVar("T")

# The scope of the installation itself: what happens before any tenant is known.
PLATFORM = uuid.UUID(int=0)

_current: ContextVar[uuid.UUID | None] = ContextVar("visio_tenant", default=None)


class NoTenantScope(RuntimeError):
    """Tenant-owned rows were asked for outside of any tenant's scope."""


def current_tenant_id() -> uuid.UUID:
    """The open scope's tenant; raises NoTenantScope when none is open."""
    tenant_id = _current.get()
    if tenant_id is None:
        raise NoTenantScope("open a tenant_scope() before touching tenant-owned rows")
    return tenant_id


@contextmanager
def compiling(stand_in: Any) -> Iterator[None]:
    """While a query is turned into SQL: what stands in place of the tenant (isolation.prepared)."""
    token = _current.set(stand_in)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def tenant_scope(tenant_id: uuid.UUID) -> Iterator[uuid.UUID]:
    """Opens a transaction in which only this tenant's rows exist.

    Row-level-security policies read `visio.tenant`, which is set for the transaction only: a
    session-level setting would survive in the connection pool and leak into the next request.
    """
    if not isinstance(tenant_id, uuid.UUID):
        raise TypeError(f"a tenant is named by its UUID, not by {type(tenant_id).__name__}")
    outer = _current.get()
    if outer == tenant_id:  # already inside: nothing to set, and no savepoint to pay for
        yield tenant_id
        return
    with found_scope(lambda: _tell_postgresql(tenant_id)):
        yield tenant_id


@contextmanager
def found_scope(find: Callable[[], uuid.UUID]) -> Iterator[uuid.UUID]:
    """The same for a tenant that is looked up: `find` runs the one statement that finds it and sets
    `visio.tenant`, for the transaction only, and answers which it is."""
    outer = _current.get()
    with transaction.atomic():
        tenant_id = find()
        token = _current.set(tenant_id)
        try:
            yield tenant_id
        finally:
            _current.reset(token)
    # After an error the savepoint's rollback restores the setting by itself.
    if connection.in_atomic_block:
        _tell_postgresql(outer)


@contextmanager
def tenant_scope_as(role: str, tenant_id: uuid.UUID) -> Iterator[uuid.UUID]:
    """The same in a transaction of another role's connection: what is done in it says `using=role`.

    The application's own connection sees no rows meanwhile, unless it is in that scope already.
    """
    with transaction.atomic(using=role, durable=True):
        with connections[role].cursor() as cursor:
            cursor.execute("SELECT set_config('visio.tenant', %s, true)", [str(tenant_id)])
        token = _current.set(tenant_id)
        try:
            yield tenant_id
        finally:
            _current.reset(token)


def _tell_postgresql(tenant_id: T) -> T:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('visio.tenant', %s, true)", [str(tenant_id or "")])
    return tenant_id
