"""What a restart of PostgreSQL leaves in the pool of a worker."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.db.utils import load_backend


@pytest.fixture
def opened(settings, django_db_setup):
    """`opened()`: a connection of a worker's pool, as pages have it; the tests' own have none."""
    own = connections["default"].settings_dict
    pool = {"min_size": 1, "max_size": 8, "timeout": 3, "reconnect_timeout": 1}
    wanted = own | {"OPTIONS": own["OPTIONS"] | {"pool": pool}}
    backend = load_backend(own["ENGINE"])
    made = []

    def make():
        made.append(backend.DatabaseWrapper(wanted, alias="default"))
        made[-1].inc_thread_sharing()
        return made[-1]

    yield make
    for connection in made:
        connection.close()
    made[-1].close_pool()


def test_many_connections_that_broke_cost_nobody_an_answer(opened, django_db_blocker):
    """As after a restart: all that lay in the pool are closed by the other side."""
    together = Barrier(6)

    def pid_of(connection) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return cursor.fetchone()[0]

    def take(connection) -> int:
        pid = pid_of(connection)
        together.wait(10)
        connection.close()
        return pid

    with django_db_blocker.unblock(), ThreadPoolExecutor(6) as threads:
        pids = set(threads.map(take, [opened() for _ in range(6)]))
        assert len(pids) == 6
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) AS pid", [list(pids)]
            )
        connections["default"].close()
        assert pid_of(opened()) not in pids
