"""The API held to its own document: generated requests, right and wrong, of every operation.

Seeds are fixed, so that a run repeats the last one; a few hundred requests, in process.
"""

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from meetings.livekit import gateway
from meetings.livekit.rooms import room_name
from meetings.slugs import SLUG
from tenants.api import throttles
from tests.cast import sign_in

pytestmark = pytest.mark.django_db
visio = get_wsgi_application()


def application(environ, start_response):
    """Visio within the test's own transaction: between requests its connection stays open."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        return visio(environ, start_response)
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


config = SchemathesisConfig.from_dict(
    {
        "seed": 20261125,
        # Each test says itself who calls.
        "generation": {"with-security-parameters": False},
        "checks": {
            # What a date or an address must be beside its form, no schema says.
            "positive_data_acceptance": {"enabled": False},
            # Without a token there may be the right session, and the reverse.
            "ignored_auth": {"enabled": False},
            "missing_required_header": {"expected-statuses": [401, 403, 404, 422, 428]},
        },
    }
)
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=config)
bounded = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def no_limits(monkeypatch):
    """Hundreds of requests in a second are the point here."""
    monkeypatch.setattr(throttles, "is_within", lambda *about: True)


@pytest.fixture
def meeting(planned, host, invitee):
    meeting = planned(host, invitees=[invitee.email])
    yield meeting
    gateway.delete_room(room_name(meeting.tenant_id, meeting.id))


def hold(case, meeting, **as_whom):
    """Sends one generated request, about a meeting and a host that exist where it names possible
    ones."""
    if SLUG.fullmatch(str(case.path_parameters.get("slug", ""))):
        case.path_parameters["slug"] = meeting.slug
        if case.headers.get("If-Match", "").isalnum():
            case.headers["If-Match"] = "*"
    if isinstance(case.body, dict) and "@" in str(case.body.get("host", "")):
        case.body = {**case.body, "host": meeting.host.email}
    case.call_and_validate(**as_whom)


@pytest.fixture
def as_service(economie, new_token):
    return {"headers": {"Authorization": f"Bearer {new_token(economie)}"}}


@pytest.fixture
def as_host(host):
    cookies = {name: each.value for name, each in sign_in(host).cookies.items()}
    secret = "a" * 32
    cookies[django_settings.CSRF_COOKIE_NAME] = secret
    return {"cookies": cookies, "headers": {"X-CSRFToken": secret}}


def takes_tokens(context) -> bool:
    return any("ServiceToken" in way for way in context.operation.definition.raw["security"])


@schema.include(takes_tokens).parametrize()
@bounded
def test_with_a_token(case, meeting, as_service):
    hold(case, meeting, **as_service)


@schema.parametrize()
@bounded
def test_with_a_session(case, meeting, as_host):
    hold(case, meeting, **as_host)
