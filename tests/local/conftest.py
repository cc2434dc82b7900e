"""A whole installation of its own, apart from the services of the other tests."""

import os

import pytest

from visio.local import application, services
from visio.local.bootstrap import ROOT
from visio.local.configuration import PORTS, REPLACED_BY, load
from visio.local.processes import Supervisor

# What the test run itself is configured with must not reach the installation under test.
CONFIGURED = {*PORTS, *REPLACED_BY.values(), "VISIO_URL", "VISIO_WS_URL", "VISIO_MAIL_DIR",
              "DATABASE_OWNER_URL", "DATABASE_KEEPER_URL", "SECRET_KEY", "LIVEKIT_API_KEY",
              "LIVEKIT_API_SECRET", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "VISIO_OIDC_FAULTS",
              "VISIO_WORKER_READY", "AUDIT_SIGNING_KEYS", "DJANGO_SETTINGS_MODULE"}  # fmt: skip


@pytest.fixture(scope="module")
def bare_environment():
    """The environment of a newcomer."""
    return {key: value for key, value in os.environ.items() if key not in CONFIGURED}


@pytest.fixture(scope="module")
def installation(bare_environment, tmp_path_factory):
    """(stack, supervisor) of an installation that runs, pages and worker included."""
    patch = pytest.MonkeyPatch()
    for name in CONFIGURED & set(os.environ):
        patch.delenv(name)
    home = tmp_path_factory.mktemp("visio")
    stack = load(home, free_ports=True)
    supervisor = Supervisor(home / "logs")
    try:
        supervisor.start(*services.programs(stack))
        services.prepare_database(stack)
        application.prepare(stack)
        supervisor.start(*application.programs(stack))
        yield stack, supervisor
    finally:
        supervisor.stop()
        patch.undo()


@pytest.fixture
def root():
    return ROOT
