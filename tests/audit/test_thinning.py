"""Thinning checkpoints: one an hour stays after a week, and whoever holds one that went still sees
every change."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections

from audit import departures, thinning
from audit.checking import check
from audit.findings import Fault
from audit.keeper import KEEPER, keeping
from audit.kinds import Kind
from audit.models import Checkpoint, Cosignature, Outside
from isolation.scope import tenant_scope
from tenants import log_retention
from tests.audit.keeping import assert_proven, events, go_believes, rows
from tests.audit.logbook import NOW, as_owner, checkpoint, happen, sequence
from tests.audit.test_go_verifier import go_verifier  # noqa: F401, a fixture

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
# Two hours of a day two weeks ago, each with checkpoints ten minutes apart: of 1 to 12 entries.
BEGAN = (NOW - timedelta(days=14)).replace(hour=8, minute=0)


def sign(tenant, *, at) -> str:
    """One event, one checkpoint: its note."""
    happen(tenant, 1, at=at)
    sequence(tenant, now=at)
    return checkpoint(tenant).note


@pytest.fixture
def log(economie):
    for number in range(12):
        sign(economie, at=BEGAN + timedelta(minutes=10 * number))
    sign(economie, at=NOW - timedelta(minutes=20))
    sign(economie, at=NOW - timedelta(minutes=10))
    return economie


def thin(tenant) -> None:
    beyond = 0
    while beyond is not None:
        beyond = thinning.thin(tenant_id=tenant.id, now=NOW, beyond=beyond)


def sizes(tenant) -> list[int]:
    with tenant_scope(tenant.id):
        return list(Checkpoint.objects.order_by("size").values_list("size", flat=True))


def test_one_an_hour_stays_and_all_of_the_last_week(log):
    thin(log)
    assert sizes(log) == [1, 6, 12, 13, 14]
    [told] = events(log, Kind.LOG_PRUNED)
    assert told.payload == {
        "events": 0,
        "entries": [],
        "until": "2026-11-18T09:30:00Z",
        "checkpoints": {"count": 9, "first": 2, "last": 11},
    }


def test_a_second_run_changes_nothing(log):
    thin(log)
    sequence(log)
    before = rows(log)
    thin(log)
    assert rows(log) == before


def test_batches_leave_what_one_would(log, monkeypatch):
    monkeypatch.setattr(thinning, "BATCH", 4)
    thin(log)
    assert sizes(log) == [1, 6, 12, 13, 14]
    told = [each.payload["checkpoints"]["count"] for each in events(log, Kind.LOG_PRUNED)]
    assert told == [4, 4, 1]


def test_what_somebody_holds_stays(log):
    with tenant_scope(log.id):
        departures.leaves(Checkpoint.objects.get(size=3), to=Outside.AUDITORS, now=NOW)
        Cosignature.objects.create(size=8, witness="w", line="—", at=NOW)
    with keeping(log.id), connections[KEEPER].cursor() as cursor:
        # Not even who has the keeper's password takes those away.
        cursor.execute("DELETE FROM audit_checkpoint WHERE size IN (3, 8)")
        assert cursor.rowcount == 0
    thin(log)
    assert sizes(log) == [1, 3, 6, 8, 12, 13, 14]


def test_whoever_holds_one_that_went_still_verifies(log, tmp_path, go_verifier):  # noqa: F811
    with tenant_scope(log.id):
        held = Checkpoint.objects.get(size=4).note
    thin(log)
    sequence(log)
    assert assert_proven(log, tmp_path, since=held).whole
    go_believes(go_verifier, tmp_path)
    as_owner("UPDATE audit_leaf SET leaf_hash = sha256(leaf_hash) WHERE index = 2")
    assert Fault.REWRITTEN in {each.fault for each in check(log.id, since=held).findings}


def test_a_clock_that_was_set_back_raises_no_alarm(economie):
    """Batches that share a moment are told apart by where one ends, since their order is by id."""
    sign(economie, at=BEGAN)
    sign(economie, at=BEGAN + timedelta(minutes=20))
    for number in range(4):
        [event] = happen(economie, 1, at=BEGAN)
        as_owner(
            "UPDATE audit_pending SET event_id = %(new)s WHERE event_id = %(old)s",
            "UPDATE audit_event SET id = %(new)s WHERE id = %(old)s",
            params={"old": event.id, "new": UUID(int=100 - number)},
        )
        sequence(economie, now=BEGAN)
    sign(economie, at=BEGAN + timedelta(minutes=40))
    assert check(economie.id).findings == []
    thin(economie)
    sequence(economie)
    assert check(economie.id).findings == []


def test_the_change_of_a_key_stays_provable(economie, settings, tmp_path):
    old, new = settings.AUDIT_SIGNING_KEYS, "bmV3IGtleSBuZXcga2V5IG5ldyBrZXkgbmV3IGtleSE="
    sign(economie, at=BEGAN)
    held = sign(economie, at=BEGAN + timedelta(minutes=5))
    for minutes, keys in ((10, f"{new} {old}"), (20, f"{new} {old}"), (30, new), (40, new)):
        settings.AUDIT_SIGNING_KEYS = keys
        sign(economie, at=BEGAN + timedelta(minutes=minutes))
    thin(economie)
    assert sizes(economie) == [1, 4, 7, 8]  # with an event for each change
    sequence(economie)
    assert assert_proven(economie, tmp_path, since=held).whole


def test_each_night_checkpoints_are_thinned_after_what_is_old(log):
    assert log_retention.prune(log.id, now=NOW, ends=float("inf"))
    assert sizes(log) == [1, 6, 12, 13, 14]
    assert not log_retention.prune(log.id, now=NOW, ends=0)


def test_another_ministrys_checkpoints_are_untouched(log, sante):
    for minutes in (0, 10, 20, 30):
        sign(sante, at=BEGAN + timedelta(minutes=minutes))
    thin(log)
    assert sizes(sante) == [1, 2, 3, 4]
