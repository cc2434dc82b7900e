"""Django's PostgreSQL, with a pool that gets over a restart at once.

psycopg's pool waits longer and longer between connections that it finds broken: after PostgreSQL was
restarted, whoever came first to a pool that held three or more was told to come again.
"""

from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> Any:
        pool: Any = super().pool
        if pool is not None and pool._check is ConnectionPool.check_connection:
            pool._check = lambda connection: _check(pool, connection)
        return pool


def _check(pool: ConnectionPool, connection: Any) -> None:
    """One broken connection tells that all that were open are broken."""
    try:
        ConnectionPool.check_connection(connection)
    except Exception:
        pool.drain()
        raise
