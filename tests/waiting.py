"""Waiting for what others do: other processes, other transactions."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def until(condition: Callable[[], T], *, seconds: float = 15) -> T:
    """Answers what the condition says once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)
    return found


def waits_for_a_lock(transactions: int) -> bool:
    """Whether so many transactions stand still until another one lets go of a row."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
        return cursor.fetchone()[0] >= transactions
