"""The log: written with the act, never changed, delivered to the ministry that it concerns."""

import pytest
from django.db import ProgrammingError, transaction

from audit.context import RequestContext, reset_request_context, set_request_context
from audit.kinds import Kind
from audit.log import record
from audit.models import Event
from isolation.scope import tenant_scope
from tenants.models import Policy

pytestmark = pytest.mark.django_db


def kinds(tenant) -> list[str]:
    with tenant_scope(tenant.id):
        return list(Event.objects.order_by("at").values_list("kind", flat=True))


def test_an_event_stands_or_falls_with_its_transaction(economie):
    with pytest.raises(ZeroDivisionError), transaction.atomic(), tenant_scope(economie.id):
        record(Kind.SIGN_IN)
        1 / 0
    assert kinds(economie) == []
    with tenant_scope(economie.id):
        record(Kind.SIGN_IN)
    assert kinds(economie) == ["sign_in"]


@pytest.mark.parametrize("act", ["update", "delete", "truncate"])
def test_the_application_cannot_change_what_is_written(economie, act):
    with tenant_scope(economie.id):
        record(Kind.SIGN_IN)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        tenant_scope(economie.id),
    ):
        if act == "update":
            Event.objects.update(actor_name="somebody else")
        elif act == "delete":
            Event.objects.all()._raw_delete("default")
        else:
            from django.db import connection

            connection.cursor().execute("TRUNCATE audit_event")
    assert kinds(economie) == ["sign_in"]


def test_a_kind_outside_of_the_catalogue_is_refused(economie):
    with tenant_scope(economie.id), pytest.raises(ValueError, match="coffee"):
        record("coffee")


@pytest.mark.parametrize(
    ("rule", "address", "kept"),
    [
        (None, "192.0.2.77", "192.0.2.77"),
        ("full", "2001:db8:1:2::3", "2001:db8:1:2::3"),
        ("network", "192.0.2.77", "192.0.2.0"),
        ("network", "2001:db8:1:2::3", "2001:db8:1::"),
        ("none", "192.0.2.77", None),
        ("none", "", None),
    ],
)
def test_the_log_keeps_of_addresses_what_the_rule_says(economie, sante, rule, address, kept):
    token = set_request_context(RequestContext("0" * 32, address))
    with tenant_scope(economie.id):
        if rule:
            Policy.objects.update_or_create(defaults={"log_addresses": rule})
        record(Kind.SIGN_OUT)
        assert Event.objects.get(kind=Kind.SIGN_OUT).origin == kept
    with tenant_scope(sante.id):  # whose rule is another
        record(Kind.SIGN_OUT)
        assert Event.objects.get(kind=Kind.SIGN_OUT).origin == (address or None)
    reset_request_context(token)


def test_an_event_about_another_ministrys_agent_reaches_its_log_once(
    economie, sante, invitee, run_outbox
):
    with tenant_scope(economie.id):
        event = record(Kind.JOIN_GRANTED, actor=invitee, subject=invitee, deliver_to=sante.id)
    run_outbox()
    from audit.tasks import deliver

    deliver(tenant_id=economie.id, event_id=str(event.id), to_tenant_id=str(sante.id))
    with tenant_scope(sante.id):
        copy = Event.objects.get()
    assert copy.actor_name == copy.subject_name == invitee.full_name
    assert (copy.delivered_from, copy.at) == (economie.id, event.at)
