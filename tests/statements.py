"""Counts the SQL statements of a hot path, as production sends them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

# How transactions begin and end is no statement about data; savepoints only a test has.
FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements sent inside; needs django_db(transaction=True), else scopes are reset as well,
    because a test's own transaction goes on."""
    sent: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield sent
    sent += [q["sql"] for q in captured if not q["sql"].startswith(FRAME)]
