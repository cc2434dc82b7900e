"""Statements that are compiled once: they hold no tenant, no value and nobody else's rows."""

from threading import Thread

import pytest
from django.db import DatabaseError, connection
from django.db.models import TextField, UUIDField
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from isolation.prepared import Prepared, insert
from isolation.scope import NoTenantScope, tenant_scope
from tenants.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_email():
    return Prepared(
        lambda email: Member.objects.select_related("user", "tenant").filter(email=email),
        email=TextField(),
    )


def test_it_asks_in_the_scope_in_which_it_runs_and_not_where_it_was_compiled(
    by_email, host, invitee
):
    with tenant_scope(host.tenant_id):
        assert by_email.first(email=host.email) == host
    with tenant_scope(invitee.tenant_id), CaptureQueriesContext(connection) as sent:
        assert by_email.first(email=host.email) is None
        found = by_email.first(email=invitee.email)
    assert found == invitee
    # By both walls: the statement itself takes the tenant as a parameter.
    assert '"tenants_member"."tenant_id" = ($' in sent[0]["sql"]
    assert str(host.tenant_id) not in sent[0]["sql"]


def test_it_gives_what_the_queryset_gives(by_email, host, django_assert_num_queries):
    with tenant_scope(host.tenant_id):
        found = by_email.first(email=host.email)
        [same] = Member.objects.select_related("user", "tenant").filter(email=host.email)
        with django_assert_num_queries(0):
            assert (found.user, found.tenant.name) == (same.user, same.tenant.name)
        pairs = Prepared(lambda: Member.objects.order_by("email").values_list("id", "roles"))
        assert pairs() == [(host.id, ["organiser"])]


def test_outside_of_a_scope_it_neither_compiles_for_nobody_nor_runs(by_email, host):
    with pytest.raises(NoTenantScope):
        by_email(email=host.email)
    with tenant_scope(host.tenant_id):
        by_email(email=host.email)
    with pytest.raises(NoTenantScope):
        by_email(email=host.email)


def test_values_are_bound_whole_and_never_read_as_sql(by_email, host):
    with tenant_scope(host.tenant_id):
        for email in ("' OR true --", "%s", "%(email)s", host.email + " " * 300, None):
            assert by_email(email=email) == []


def test_only_rows_that_it_can_give_are_accepted(host):
    with tenant_scope(host.tenant_id), pytest.raises(TypeError):
        Prepared(lambda: Member.objects.values("id"))()


def test_a_value_that_postgresql_refuses_is_an_error_of_the_database(host):
    by_id = Prepared(lambda key: Member.objects.filter(id=key), key=UUIDField())
    with pytest.raises(DatabaseError), tenant_scope(host.tenant_id):
        by_id(key="not an id")


def test_an_inserted_row_is_the_same_as_a_saved_one(economie):
    with tenant_scope(economie.id):
        event = Event(
            tenant_id=economie.id,
            kind="signed_in",
            subject_name="",
            payload={"né": [1, None]},
            origin="192.0.2.7",
        )
        insert(event)
        found = Event.objects.get()
        for field in Event._meta.concrete_fields:
            assert getattr(found, field.attname) == getattr(event, field.attname), field
        assert not event._state.adding


def test_a_row_of_another_tenant_is_not_inserted(economie, sante):
    with pytest.raises(DatabaseError, match="row-level security"), tenant_scope(economie.id):
        insert(Event(tenant_id=sante.id, kind="signed_in", subject_name=""))


@pytest.mark.django_db(transaction=True)
def test_threads_share_it_and_not_their_values(by_email, host, invitee):
    answers = {}

    def ask(member):
        try:
            with tenant_scope(member.tenant_id):
                answers[member.id] = {by_email.first(email=member.email) for _ in range(50)}
        finally:
            connection.close()

    threads = [Thread(target=ask, args=[member]) for member in (host, invitee)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {host.id: {host}, invitee.id: {invitee}}
