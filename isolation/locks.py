"""Locks of one tenant's work, which PostgreSQL lets go of when the transaction ends."""

from hashlib import sha256
from uuid import UUID

from django.db import connection


def key_of(work: str, tenant_id: UUID) -> int:
    """The number by which PostgreSQL knows the lock of this work in this tenant."""
    digest = sha256(work.encode() + tenant_id.bytes).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def is_alone(work: str, tenant_id: UUID) -> bool:
    """Takes the lock until the transaction ends; False where another transaction has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key_of(work, tenant_id)])
        [[alone]] = cursor
    return alone
