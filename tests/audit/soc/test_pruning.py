"""Nothing is pruned that a security operations centre has not acknowledged; nor is it kept for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit import retention, sent
from audit.checking import check
from audit.kinds import Kind
from isolation.scope import tenant_scope
from tests.audit.keeping import events, rows
from tests.audit.logbook import NOW, happen, sequence

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
OLD = NOW - timedelta(days=400)
TOO_OLD = NOW - timedelta(days=500)
PEER = "syslog+tls://soc.test:6514"


@pytest.fixture
def log(economie, settings):
    """Ten events of thirteen months ago; nobody has received any."""
    settings.AUDIT_SOC_URL = PEER
    happen(economie, 10, at=OLD)
    sequence(economie, now=OLD)
    return economie


def prune(tenant, *, months: int = 12) -> None:
    after = None
    while after := retention.prune(tenant_id=tenant.id, months=months, now=NOW, after=after):
        pass


def has(tenant, size: int, *, peer: str = PEER) -> None:
    with tenant_scope(tenant.id):
        sent.take_turn(peer, now=timezone.now())
        sent.has(peer, size, now=timezone.now(), again_after=timedelta())


def left(tenant) -> int:
    return sum(event.at < NOW - timedelta(days=365) for event in events(tenant))


def receiver(event) -> dict:
    return event.payload["receiver"]


def test_what_nobody_has_received_stays_and_the_log_says_so(log, logged):
    prune(log)
    assert left(log) == 10
    [told] = events(log, Kind.LOG_PRUNED)
    assert (told.payload["events"], told.payload["entries"]) == (0, [])
    assert receiver(told) == {"peer": PEER, "has": 0, "kept_for_it": 10, "gone_without_it": 0}
    assert "log_not_received" in logged()


def test_what_was_acknowledged_goes(log):
    has(log, 6)
    prune(log)
    assert left(log) == 4
    [told] = events(log, Kind.LOG_PRUNED)
    assert told.payload["entries"] == [[0, 5]]
    assert receiver(told)["kept_for_it"] == 4
    has(log, 10)
    prune(log)
    assert left(log) == 0
    assert "receiver" not in events(log, Kind.LOG_PRUNED)[-1].payload
    sequence(log)
    assert check(log.id).findings == []


def test_a_run_says_it_once(log, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    has(log, 6)
    prune(log)
    assert left(log) == 4
    told = [event.payload for event in events(log, Kind.LOG_PRUNED)]
    assert [each["events"] for each in told] == [2, 2, 2]
    assert ["receiver" in each for each in told] == [True, False, False]


def test_a_receiver_that_never_comes_does_not_keep_a_log_for_ever(economie, settings, logged):
    settings.AUDIT_SOC_URL = PEER
    happen(economie, 3, at=TOO_OLD)
    happen(economie, 2, at=OLD)
    sequence(economie, now=OLD)
    prune(economie)
    assert left(economie) == 2
    [told] = events(economie, Kind.LOG_PRUNED)
    assert told.payload["events"] == 3
    assert receiver(told) == {"peer": PEER, "has": 0, "kept_for_it": 2, "gone_without_it": 3}
    assert "gone_without_it" in logged()


def test_another_receivers_progress_is_not_this_ones(log):
    has(log, 10, peer="syslog+tls://former.test:6514")
    prune(log)
    assert left(log) == 10


def test_without_a_receiver_nothing_waits(log, settings):
    settings.AUDIT_SOC_URL = ""
    prune(log)
    assert left(log) == 0
    assert "receiver" not in events(log, Kind.LOG_PRUNED)[0].payload


def test_nothing_is_written_where_nothing_is_old(economie, settings):
    settings.AUDIT_SOC_URL = PEER
    happen(economie, 3)
    sequence(economie)
    before = rows(economie)
    prune(economie)
    assert rows(economie) == before
