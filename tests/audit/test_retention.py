"""Pruning: what is old goes, what is held stays, every proof holds, and only the keeper may."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connections, transaction

from audit import checking, holds, retention, store
from audit.checking import check
from audit.entries import read_entries
from audit.findings import Fault
from audit.keeper import KEEPER, NoKeeper, keeping
from audit.kinds import Kind
from audit.log import record, record_each
from audit.models import Event, Leaf, LegalHold
from isolation.scope import tenant_scope, tenant_scope_as
from tenants import log_retention, tasks
from tenants.models import Policy
from tests.audit.keeping import assert_proven, events, go_believes, rows
from tests.audit.logbook import NOW, Somebody, as_owner, checkpoint, happen, places, sequence
from tests.audit.test_go_verifier import go_verifier  # noqa: F401, a fixture

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
OLD = NOW - timedelta(days=500)
YOUNG = NOW - timedelta(days=30)


def prune(tenant, *, months: int = 12, now: datetime = NOW) -> None:
    after = None
    while after := retention.prune(tenant_id=tenant.id, months=months, now=now, after=after):
        pass


@pytest.fixture
def log(economie):
    """300 old events, and 20 young ones."""
    with tenant_scope(economie.id):
        record_each(
            Kind.HANDS_LOWERED, {n: {"hands": n} for n in range(300)}, actor=Somebody, at=OLD
        )
    sequence(economie, now=OLD)
    happen(economie, 20, at=YOUNG)
    sequence(economie, now=YOUNG)
    return economie


@pytest.mark.parametrize(
    ("now", "months", "before"),
    [
        ("2026-11-25", 12, "2025-11-25"),
        ("2026-08-31", 6, "2026-02-28"),
        ("2024-08-31", 6, "2024-02-29"),
        ("2026-01-15", 36, "2023-01-15"),
        ("2026-12-01", 12, "2025-12-01"),
    ],
)
def test_months_are_the_calendars(now, months, before):
    found = retention.months_before(datetime.fromisoformat(now).replace(tzinfo=UTC), months)
    assert found.date().isoformat() == before


def test_what_is_old_goes_and_every_proof_holds(log, tmp_path, go_verifier):  # noqa: F811
    before = checkpoint(log)
    assert assert_proven(log, tmp_path, since=before.note).pruned == 0
    sequence(log)
    with tenant_scope(log.id):
        event_id = Leaf.objects.get(index=299).event_id
        proof = store.inclusion_of(event_id, checkpoint=before)
    prune(log)
    sequence(log)
    verified = assert_proven(log, tmp_path, since=before.note)
    assert (verified.pruned, verified.whole) == (300, True)
    go_believes(go_verifier, tmp_path)
    assert {event.at for event in events(log)}.isdisjoint({OLD})
    with tenant_scope(log.id):
        assert Leaf.objects.filter(leaf=None).count() == 300
        after = store.inclusion_of(event_id, checkpoint=before)
        assert (after.leaf, after.leaf_hash, after.proof) == (None, proof.leaf_hash, proof.proof)
    [told] = events(log, Kind.LOG_PRUNED)
    assert told.payload == {
        "events": 300,
        "until": "2025-11-25T09:30:00Z",
        "size": 321,  # the export is an event too
        "entries": [[0, 299]],
    }


def test_a_second_run_changes_nothing(log):
    prune(log)
    sequence(log)
    before = rows(log)
    prune(log)
    assert rows(log) == before


def test_batches_are_bounded_and_each_tells_of_itself(log, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 128)
    prune(log)
    assert [each.payload["events"] for each in events(log, Kind.LOG_PRUNED)] == [128, 128, 44]
    sequence(log)
    assert check(log.id).findings == []


def test_killed_between_the_deletion_and_its_event_nothing_happened(log, monkeypatch):
    before = rows(log)
    monkeypatch.setattr(retention, "record", lambda *args, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        prune(log)
    assert rows(log) == before
    monkeypatch.undo()
    prune(log)
    sequence(log)
    assert check(log.id).findings == []


def test_what_waits_for_its_place_waits_for_its_pruning(economie):
    happen(economie, 3, at=OLD)
    prune(economie)
    assert len(events(economie)) == 3
    sequence(economie)
    prune(economie)
    assert [event.kind for event in events(economie)] == [Kind.LOG_PRUNED]


def test_what_tells_of_the_log_itself_stays(economie):
    with tenant_scope(economie.id):
        for kind in retention.KEPT:
            Event.objects.create(kind=kind, at=OLD)
        record(Kind.SIGN_IN, at=OLD)
    sequence(economie, now=OLD)
    prune(economie)
    assert {event.kind for event in events(economie) if event.at == OLD} == set(retention.KEPT)


def test_nothing_of_the_last_six_months_is_pruned_whatever_a_rule_says(log):
    with tenant_scope(log.id):
        Policy.objects.create(log_months=0)
    before = rows(log)
    with pytest.raises(retention.TooYoung):
        prune(log, months=0)
    tasks.prune_logs()
    assert rows(log) == before


# --- Holds ----------------------------------------------------------------------------------
def hold(tenant, **what) -> LegalHold:
    return holds.put(tenant_id=tenant.id, reason="Instruction 12", by="Tribunal", now=NOW, **what)


def test_a_held_log_is_not_pruned_until_the_hold_is_lifted(log):
    put = hold(log)
    prune(log)
    assert len(events(log)) == 321  # with that of the hold
    holds.lift(tenant_id=log.id, hold_id=put.id, reason="Classé", by="Tribunal", now=NOW)
    prune(log)
    assert len(events(log)) == 23
    [there], [lifted] = events(log, Kind.HOLD_PUT), events(log, Kind.HOLD_LIFTED)
    assert there.payload == {"hold": str(put.id), "by": "Tribunal", "reason": "Instruction 12"}
    assert lifted.payload == {"hold": str(put.id), "by": "Tribunal", "reason": "Classé"}
    with pytest.raises(holds.AlreadyLifted):
        holds.lift(tenant_id=log.id, hold_id=put.id, reason="x", by="x", now=NOW)


def test_a_meeting_or_a_person_that_is_held_stays(economie):
    meeting, person = uuid4(), uuid4()

    class Person:
        id, audit_name = person, "Paul Tenu"

    with tenant_scope(economie.id):
        for _ in range(3):
            record(Kind.MEETING_STARTED, meeting_id=meeting, at=OLD)
            record(Kind.SIGN_IN, actor=Person, at=OLD)
            record(Kind.MUTED, subject=Person, meeting_id=uuid4(), at=OLD)
            record(Kind.MEETING_CANCELLED, on_behalf_of=str(person), at=OLD)
            record(Kind.SIGN_IN, at=OLD)
    sequence(economie, now=OLD)
    hold(economie, meeting_id=meeting)
    hold(economie, person_id=person)
    prune(economie)
    sequence(economie)
    assert sum(event.at == OLD for event in events(economie)) == 12
    assert check(economie.id).findings == []
    [told] = events(economie, Kind.LOG_PRUNED)
    with tenant_scope(economie.id):
        gone = Leaf.objects.filter(leaf=None).values_list("index", flat=True)
        assert told.payload["entries"] == retention.ranges(gone)


def in_a_thread(pool, act):
    """On connections of its own, closed at the end."""

    def run():
        try:
            return act()
        finally:
            connections.close_all()

    return pool.submit(run)


def test_a_hold_waits_for_the_batch_under_way_and_holds_the_rest(log, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 100)
    began, go_on = threading.Event(), threading.Event()
    original = retention._take_away

    def slowly(*arguments):
        began.set()
        assert go_on.wait(20)
        original(*arguments)

    monkeypatch.setattr(retention, "_take_away", slowly)
    with ThreadPoolExecutor(2) as pool:
        pruning = in_a_thread(pool, lambda: prune(log))
        assert began.wait(20)
        holding = in_a_thread(pool, lambda: hold(log))
        with pytest.raises(TimeoutError):
            holding.result(timeout=0.5)
        assert events(log, Kind.HOLD_PUT) == []
        monkeypatch.setattr(retention, "_take_away", original)
        go_on.set()
        pruning.result(timeout=20)
        since = holding.result(timeout=20)
    sequence(log)
    assert check(log.id).findings == []
    left = len(events(log))
    prune(log)
    assert len(events(log)) == left
    assert since.lifted_at is None


def test_two_at_once_prune_once(log, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 40)
    with ThreadPoolExecutor(2) as pool:
        for each in [in_a_thread(pool, lambda: prune(log)) for _ in range(2)]:
            each.result(timeout=60)
    told = [each.payload for each in events(log, Kind.LOG_PRUNED)]
    assert sum(each["events"] for each in told) == 300
    pruned = [n for each in told for first, last in each["entries"] for n in range(first, last + 1)]
    assert sorted(pruned) == list(range(300))
    sequence(log)
    assert check(log.id).findings == []


def test_many_held_events_are_looked_at_once(economie, monkeypatch):
    """They stand at the beginning of each batch's question, not in its answer."""
    monkeypatch.setattr(retention, "BATCH", 10)
    meeting = uuid4()
    for _ in range(15):
        with tenant_scope(economie.id):
            record(Kind.MUTED, meeting_id=meeting, at=OLD)
            record(Kind.MUTED, meeting_id=uuid4(), at=OLD)
    sequence(economie, now=OLD)
    hold(economie, meeting_id=meeting)
    prune(economie)
    assert [each.payload["events"] for each in events(economie, Kind.LOG_PRUNED)] == [10, 5]


# --- Who may, and whose ---------------------------------------------------------------------
def test_another_ministrys_log_is_untouched(log, sante):
    happen(sante, 5, at=OLD)
    sequence(sante, now=OLD)
    before = rows(sante)
    prune(log)
    assert rows(sante) == before
    with keeping(log.id), connections[KEEPER].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event WHERE tenant_id = %s", [sante.id])
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("role", ["default", KEEPER])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET kind = 'sign_out'",
        "UPDATE audit_event SET actor_id = ''",
        "UPDATE audit_leaf SET leaf_hash = ''",
        "UPDATE audit_leaf SET event_id = tenant_id",
        "DELETE FROM audit_leaf",
        "DELETE FROM audit_tile",
        "UPDATE audit_checkpoint SET note = ''",
        "TRUNCATE audit_checkpoint",
        "DELETE FROM audit_legalhold",
        "UPDATE audit_legalhold SET reason = ''",
        "TRUNCATE audit_event",
        "TRUNCATE audit_leaf",
    ],
)
def test_nobody_may_do_more_than_prune_and_erase(log, role, statement):
    refuses(log, role, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_event",
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_event SET actor_name = ''",
        "UPDATE audit_event SET salt = ''",
        "UPDATE audit_leaf SET leaf = NULL",
        "UPDATE audit_legalhold SET lifted_at = now()",
        "INSERT INTO audit_legalhold (id, tenant_id, reason, by, since, lifted_by)"
        " VALUES (gen_random_uuid(), current_setting('visio.tenant')::uuid, '', '', now(), '')",
    ],
)
def test_the_application_may_do_nothing_of_it(log, statement):
    refuses(log, "default", statement)


def refuses(tenant, role: str, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        tenant_scope_as(role, tenant.id),
        connections[role].cursor() as cursor,
    ):
        cursor.execute(statement)


def test_without_a_keeper_nothing_is_pruned(log, settings, monkeypatch, logged):
    monkeypatch.delitem(settings.DATABASES, KEEPER)
    with pytest.raises(NoKeeper):
        prune(log)
    tasks.prune_logs()
    assert "log_not_pruned" in logged()
    assert len(events(log)) == 320


# --- Each night -----------------------------------------------------------------------------
def test_each_ministry_has_its_own_time(economie, sante):
    for tenant, months in ((economie, 24), (sante, 6)):
        with tenant_scope(tenant.id):
            Policy.objects.update_or_create(defaults={"log_months": months})
        happen(tenant, 1, at=NOW - timedelta(days=400))
        sequence(tenant, now=NOW - timedelta(days=400))
    for tenant in (economie, sante):
        assert log_retention.prune(tenant.id, now=NOW, ends=float("inf"))
    assert [event.kind for event in events(economie)] == [Kind.SIGN_IN]
    assert [event.kind for event in events(sante)] == [Kind.LOG_PRUNED]


def test_a_run_that_takes_long_gives_way_and_goes_on(log, monkeypatch):
    monkeypatch.setattr(tasks, "LONGEST", -1)
    again = []
    monkeypatch.setattr(tasks.prune_logs, "delay", lambda: again.append(1))
    tasks.prune_logs()
    assert (again, len(events(log))) == ([1], 320)


# --- A deletion dressed up ------------------------------------------------------------------
def test_what_goes_beyond_what_a_run_told_is_found(log):
    prune(log)
    sequence(log)
    index, event_id = places(log)[305]
    as_owner(
        f"DELETE FROM audit_event WHERE id = '{event_id}'",  # noqa: S608
        f"UPDATE audit_leaf SET leaf = NULL WHERE index = {index}",  # noqa: S608
    )
    found = check(log.id).first
    assert (found.fault, found.first) == (Fault.DELETED, 305)


def test_the_keeper_at_work_does_not_frighten_a_check(log, monkeypatch):
    """It asks again of what was pruned since it asked first."""

    def entries(start, end):
        prune(log)
        return read_entries(start, end)

    monkeypatch.setattr(checking, "read_entries", entries)
    assert check(log.id).findings == []
    assert len(events(log, Kind.LOG_PRUNED)) == 1


def test_ranges_and_what_they_hold():
    assert retention.ranges([7, 1, 2, 3, 9, 8]) == [[1, 3], [7, 9]]
    held = retention.Places([[1, 3], [3, 5], [9, 9], "x", [1], ["a", 2], None, [True, 4]])
    assert [n for n in range(12) if n in held] == [1, 2, 3, 4, 5, 9]
    assert 0 not in retention.Places(())


def test_the_keepers_transaction_stands_alone():
    with transaction.atomic(using=KEEPER), pytest.raises(RuntimeError), keeping(uuid4()):
        pass
