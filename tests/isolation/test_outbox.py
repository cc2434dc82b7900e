"""Work to be done is a row: nothing is lost, nothing is done twice at once."""

from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from isolation import outbox
from isolation.models import Work
from isolation.scope import tenant_scope
from isolation.tasks import nudge_each

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def done(monkeypatch):
    """Collects what the handler « greet » was called with; `done.fail` makes it fail."""

    class Done(list):
        fail = False

    calls = Done()

    def greet(**kwargs):
        calls.append(kwargs)
        if calls.fail:
            raise ConnectionError("the other side is away")

    monkeypatch.setitem(outbox._handlers, "greet", greet)
    return calls


def only_work(tenant):
    with tenant_scope(tenant.id):
        return Work.objects.get(kind="greet")


def test_work_is_done_once(economie, done, run_outbox):
    with tenant_scope(economie.id):
        outbox.put("greet", whom="Camille")
    run_outbox()
    run_outbox()
    assert done == [{"tenant_id": economie.id, "whom": "Camille"}]


def test_work_vanishes_with_the_transaction_that_caused_it(economie, done, run_outbox):
    with pytest.raises(ZeroDivisionError), tenant_scope(economie.id):
        outbox.put("greet")
        1 / 0
    run_outbox()
    assert done == []


def test_the_same_key_is_put_once(economie, done, run_outbox):
    for _ in range(3):
        with tenant_scope(economie.id):
            outbox.put("greet", key="once")
    run_outbox()
    assert len(done) == 1


def test_a_failure_is_tried_again_later_and_later(economie, done, run_outbox):
    done.fail = True
    with tenant_scope(economie.id):
        outbox.put("greet")
    run_outbox()
    work = only_work(economie)
    assert (work.attempts, work.last_error, work.done_at) == (1, "ConnectionError", None)
    assert work.due_at > timezone.now()
    done.fail = False
    assert outbox.late_work(now=work.due_at + timedelta(seconds=1)) == [(economie.id, work.id)]
    assert outbox.do(economie.id, work.id)
    assert only_work(economie).done_at


def test_leased_work_is_left_alone_until_the_lease_ends(economie, done):
    """A worker killed in the middle leaves a lease; the work is done again after it."""
    now = timezone.now()
    with tenant_scope(economie.id):
        outbox.put("greet")
        Work.objects.update(leased_until=now + outbox.LEASE)
    work = only_work(economie)
    assert outbox.late_work(now=now) == []
    assert not outbox.do(economie.id, work.id)
    after = now + outbox.LEASE + timedelta(seconds=1)
    assert outbox.late_work(now=after) == [(economie.id, work.id)]


def test_a_lost_broker_loses_no_work(economie, done, monkeypatch, run_outbox):
    def away(*args):
        raise ConnectionError

    monkeypatch.setattr(current_app, "send_task", away)
    with tenant_scope(economie.id):
        outbox.put("greet")
    run_outbox()
    assert len(done) == 1


def test_many_are_put_in_one_statement_and_nudged_by_one_message(
    economie, done, run_outbox, monkeypatch, django_assert_num_queries
):
    sent = []
    monkeypatch.setattr(
        current_app, "send_task", lambda task, arguments, **_: sent.append((task, arguments))
    )
    orders = [outbox.Order("greet", key=f"greet:{n}", payload={"whom": n}) for n in range(50)]
    with tenant_scope(economie.id), django_assert_num_queries(1):
        outbox.put_all(orders)
    [(task, arguments)] = sent
    assert (task, len(arguments[1])) == ("isolation.tasks.nudge_each", 50)
    nudge_each(*arguments)
    assert [task for task, _arguments in sent[1:]] == ["isolation.tasks.do_work"] * 50
    with tenant_scope(economie.id):
        outbox.put_all(orders[:1])  # a key that was put before
        outbox.put_all([])
    assert run_outbox() == 50
    assert {call["whom"] for call in done} == set(range(50))


def test_many_vanish_with_their_transaction(economie, done, run_outbox):
    with pytest.raises(ZeroDivisionError), tenant_scope(economie.id):
        outbox.put_all([outbox.Order("greet", key="greet:1", payload={})])
        1 / 0
    assert run_outbox() == 0
