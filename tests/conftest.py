"""What every test stands on: the databases as the application's role, the cast, the clock."""

import pytest

pytest_plugins = ["tests.cast", "tests.room"]


def pytest_collection_modifyitems(items):
    """Every test with a database has the owner's too: it makes and empties the tables."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is None and "db" not in getattr(item, "fixturenames", ()):
            continue
        kwargs = dict(marker.kwargs) if marker else {}
        kwargs.setdefault("databases", ["default", "owner"])
        item.add_marker(pytest.mark.django_db(**kwargs), append=False)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """A pool would keep connections to the test database open when it is dropped."""
    from django.conf import settings

    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)


@pytest.fixture
def run_outbox():
    """Does all the work that is due, as Celery would, until nothing is left."""
    from django.utils import timezone

    from isolation import outbox

    def run() -> int:
        done = 0
        while late := outbox.late_work(now=timezone.now()):
            for tenant_id, work_id in late:
                outbox.do(tenant_id, work_id)
                done += 1
            assert done < 10_000, "the outbox never ends"
        return done

    return run


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Lets go of the application's own connections before the database is dropped."""
    yield
    from django.db import connections

    with django_db_blocker.unblock():
        for connection in connections.all(initialized_only=True):
            connection.close()


@pytest.fixture
def logged():
    """`logged()` is everything that was logged so far, exactly as it is written."""
    import io
    import logging

    [handler] = [h for h in logging.getLogger().handlers if h.name == "stderr"]
    written = io.StringIO()
    before = handler.setStream(written)
    yield written.getvalue
    handler.setStream(before)
