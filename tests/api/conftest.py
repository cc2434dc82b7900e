"""Software and people who call the API."""

import secrets
from datetime import timedelta
from ipaddress import IPv6Address

import pytest
from django.test import Client
from django.utils import timezone

from isolation.scope import tenant_scope
from meetings.scheduling import Plan, schedule_meeting
from tenants.api_tokens.models import Scope
from tenants.api_tokens.services import create_token


@pytest.fixture
def new_token():
    """`new_token(tenant, "meetings:read", days=30)` is the text of a token."""

    def make(tenant, *scopes, name="Réservation", days=30, by=None, now=None) -> str:
        with tenant_scope(tenant.id):
            return create_token(
                name=name,
                scopes=list(scopes) or list(Scope.values),
                days=days,
                by=by,
                now=now or timezone.now(),
            )[1]

    return make


def bearer(text: str) -> Client:
    """Software that shows this token, at an address of its own: others' refusals are not counted."""
    headers = {"host": "localhost", "authorization": f"Bearer {text}"}
    return Client(headers=headers, REMOTE_ADDR=str(IPv6Address(secrets.randbits(128))))


@pytest.fixture
def service(economie, new_token):
    """Software of the Économie that may do everything."""
    return bearer(new_token(economie))


@pytest.fixture
def planned(economie):
    """`planned(host, "Comité", hours=1)` is a meeting of the Économie."""

    def plan(host, title="Comité budgétaire", *, hours=1.0, invitees=()):
        starts_at = timezone.now().replace(microsecond=0) + timedelta(hours=hours)
        ends_at = starts_at + timedelta(hours=1)
        with tenant_scope(host.tenant_id):
            return schedule_meeting(
                plan=Plan(title, "", starts_at, ends_at, "Europe/Paris", tuple(invitees)), by=host
            )

    return plan
