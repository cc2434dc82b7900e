"""Events reach a security operations centre in order and without loss, whatever happens to it or
to us; the platform never waits for it."""

import json
import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone

from audit import retention, sent
from audit.kinds import Kind
from audit.log import record, record_each
from audit.models import Sent
from audit.soc import push
from audit.soc.receiver import receiver
from isolation.scope import tenant_scope
from tests.audit.logbook import NOW, as_owner, checkpoint, happen, sequence
from tests.fakes.syslog import Authority, FakeReceiver
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def soc(settings, authority):
    fake = FakeReceiver(authority)
    fake.start()
    settings.AUDIT_SOC_URL = f"syslog+tls://localhost:{fake.port}?ca={authority.file}"
    yield fake
    fake.stop()


@pytest.fixture
def peer(soc):
    return f"syslog+tls://localhost:{soc.port}"


def many(tenant, count: int) -> None:
    with tenant_scope(tenant.id):
        record_each(Kind.SIGN_IN, {number: {} for number in range(count)}, actor=None, at=NOW)
    sequence(tenant)


def places(soc, tenant) -> list[int]:
    events = [
        json.loads(message.partition(b" - {")[2].join([b"{", b""])) for message in soc.received
    ]
    return [
        event["metadata"]["sequence"]
        for event in events
        if event["metadata"]["tenant_uid"] == str(tenant.id)
    ]


def have(tenant, peer) -> int:
    with tenant_scope(tenant.id):
        return sent.size_at(peer)


def due_again(*tenants) -> None:
    """The delay after a failure is over."""
    for tenant in tenants:
        with tenant_scope(tenant.id):
            Sent.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_everything_arrives_in_order_and_once(economie, sante, soc, peer):
    many(economie, 700)
    happen(sante, 5)
    sequence(sante)
    assert push.push_due() == 705
    assert places(soc, economie) == list(range(700))
    assert places(soc, sante) == list(range(5))
    happen(economie, 3)
    sequence(economie)
    assert push.push_due() == 3
    assert push.push_due() == 0
    assert places(soc, economie) == list(range(703))
    assert (have(economie, peer), have(sante, peer)) == (703, 5)


def test_nothing_is_said_where_nothing_happened_or_nobody_listens(economie, soc, settings):
    happen(economie)
    sequence(economie)
    push.push_due()
    connections = soc.connections
    push.push_due()
    assert soc.connections == connections
    settings.AUDIT_SOC_URL = ""
    happen(economie)
    sequence(economie)
    assert push.push_due() == 0


def test_a_receiver_that_is_killed_gets_it_again(economie, soc, peer, logged):
    many(economie, 1_000)
    soc.dies_after = 200_000
    assert push.push_due() == 0
    assert soc.received == []
    assert have(economie, peer) == 0
    assert "soc_push_failed" in logged()
    due_again(economie)
    assert push.push_due() == 1_000
    assert places(soc, economie) == list(range(1_000))


def test_a_receiver_that_ends_without_its_word_gets_it_again(economie, soc, peer):
    """Its process died with what it had read and not kept."""
    many(economie, 10)
    soc.ends_silently = True
    assert push.push_due() == 0
    assert have(economie, peer) == 0
    soc.ends_silently = False
    due_again(economie)
    assert push.push_due() == 10


def test_a_receiver_that_is_away_is_tried_later_and_nothing_is_lost(economie, soc, peer):
    soc.stop()
    many(economie, 20)
    for failures in (1, 2, 3):
        assert push.push_due() == 0
        assert push.push_due() == 0  # not its turn: nobody is asked
        with tenant_scope(economie.id):
            row = Sent.objects.get()
        assert row.failures == failures
        assert timezone.now() < row.due_at < timezone.now() + timedelta(minutes=2)
        due_again(economie)
    soc.start()
    assert push.push_due() == 20
    with tenant_scope(economie.id):
        assert Sent.objects.get().failures == 0


def test_what_died_in_between_is_sent_again_by_the_next(economie, soc, peer, monkeypatch):
    """A worker that is killed after sending and before writing that it did."""
    many(economie, 10)

    class KilledError(BaseException):
        pass

    def killed(*_, **__):
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("audit.sent.has", killed)
        with pytest.raises(KilledError):
            push.push_due()
    assert push.push_due() == 0  # until its turn is over
    with time_machine.travel(timezone.now() + sent.TURN + timedelta(seconds=1), tick=True):
        assert push.push_due() == 10
    # Twice, and known as the same by tenant and place.
    assert places(soc, economie) == [*range(10), *range(10)]


def test_a_slow_receiver_slows_nobody_and_loses_nothing(economie, soc, peer, monkeypatch):
    monkeypatch.setattr("audit.soc.push.SECONDS", 0.5)
    many(economie, 600)
    soc.slow = 0.02
    pushing = threading.Thread(target=_in_a_thread, args=(push.push_due,))
    pushing.start()
    until(lambda: soc.connections)
    began = time.monotonic()
    happen(economie, 5)
    sequence(economie)
    assert time.monotonic() - began < 2
    pushing.join()
    soc.slow = 0
    due_again(economie)
    push.push_due()
    assert sorted(set(places(soc, economie))) == list(range(605))
    assert soc.connections > 2  # it got a little at a time


def _in_a_thread(call):
    from django.db import connections

    try:
        call()
    finally:
        connections.close_all()


def test_two_workers_do_not_send_the_same(economie, soc, peer):
    many(economie, 300)
    workers = [threading.Thread(target=_in_a_thread, args=(push.push_due,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert places(soc, economie) == list(range(300))


def test_no_transaction_is_open_while_bytes_go(economie, soc, monkeypatch):
    from django.db import connection

    from audit.soc.receiver import Stream

    send, open_then = Stream.send, set()

    def watched(self, content):
        open_then.add(connection.in_atomic_block)
        return send(self, content)

    monkeypatch.setattr(Stream, "send", watched)
    many(economie, 5)
    push.push_due()
    assert open_then == {False}


def test_a_large_backlog_goes_in_parts(economie, soc, peer, monkeypatch):
    monkeypatch.setattr("audit.soc.push.MOST", 100)
    many(economie, 250)
    assert push.push_due() == 250
    assert soc.connections == 3
    assert places(soc, economie) == list(range(250))


def test_a_busy_log_does_not_keep_the_others_from_it_for_ever(economie, sante, soc, monkeypatch):
    monkeypatch.setattr("audit.soc.push.MOST", 10)
    many(economie, 50)
    many(sante, 50)
    push.push_due()
    assert places(soc, economie) == places(soc, sante) == list(range(50))


def test_a_megabyte_and_hostile_text_arrive_as_one_message_each(economie, soc):
    with tenant_scope(economie.id):
        record(Kind.SIGN_IN, at=NOW, guest="x" * 1_000_000)
        record(Kind.SIGN_IN, at=NOW, guest="a\nb\u202ec\x01")
        record(Kind.SIGN_IN, at=NOW)
    sequence(economie)
    assert push.push_due() == 3
    assert places(soc, economie) == [0, 1, 2]


def test_what_a_superuser_took_away_keeps_its_place_and_is_told(economie, soc):
    events = sorted(happen(economie, 3), key=lambda event: event.id)  # as they are sequenced
    sequence(economie)
    as_owner("DELETE FROM audit_event WHERE id = %s", params=[events[1].id])
    push.push_due()
    assert places(soc, economie) == [0, 1, 2]
    assert b'"missing":true' in soc.received[1]


def test_a_log_that_was_pruned_is_told_without_a_gap(economie, soc):
    """A receiver that comes late gets every place, and of the old ones that they were."""
    happen(economie, 3, at=NOW - timedelta(days=500))
    sequence(economie, now=NOW - timedelta(days=500))
    happen(economie, 2)
    sequence(economie)
    after = None
    while after := retention.prune(tenant_id=economie.id, months=12, now=NOW, after=after):
        pass
    sequence(economie)
    push.push_due()
    size = checkpoint(economie).size
    assert size > 5
    assert places(soc, economie) == list(range(size))
    assert all(b'"pruned":true' in message for message in soc.received[:3])


def test_a_certificate_of_somebody_else_is_refused(economie, soc, settings, tmp_path, logged):
    other = Authority(tmp_path / "other")
    happen(economie)
    sequence(economie)
    settings.AUDIT_SOC_URL = f"syslog+tls://localhost:{soc.port}?ca={other.file}"
    assert push.push_due() == 0
    assert "CERTIFICATE_VERIFY_FAILED" in logged()
    assert soc.received == []


def test_a_certificate_of_another_host_is_refused(economie, settings, authority, logged):
    fake = FakeReceiver(authority, host="autre.test")
    fake.start()
    try:
        happen(economie)
        sequence(economie)
        settings.AUDIT_SOC_URL = f"syslog+tls://localhost:{fake.port}?ca={authority.file}"
        assert push.push_due() == 0
        assert "Hostname mismatch" in logged()
    finally:
        fake.stop()


def test_a_receiver_may_ask_who_we_are(economie, settings, authority):
    fake = FakeReceiver(authority, asks_for=authority)
    fake.start()
    certificate, key = authority.issue("visio.test")
    try:
        happen(economie)
        sequence(economie)
        url = f"syslog+tls://localhost:{fake.port}?ca={authority.file}"
        settings.AUDIT_SOC_URL = url
        assert push.push_due() == 0
        due_again(economie)
        settings.AUDIT_SOC_URL = f"{url}&cert={certificate}&key={key}"
        assert push.push_due() == 1
    finally:
        fake.stop()


@pytest.mark.parametrize(
    "url",
    [
        "syslog://localhost",
        "syslog+tls://",
        "https://localhost:6514",
        "syslog+tls://localhost:0",
        "syslog+tls://localhost:99999",
        "syslog+tls://localhost?ca=/nowhere/ca.pem",
        "syslog+tls://localhost?cert=/nowhere/cert.pem",
        "syslog+tls://localhost?verify=no",
        "syslog+tls://localhost?x",
        "syslog+tls://[::1",
        "syslog+tls://me@localhost",
    ],
)
def test_an_address_that_cannot_be_read_is_named(settings, url):
    settings.AUDIT_SOC_URL = url
    with pytest.raises(ImproperlyConfigured, match="AUDIT_SOC_URL"):
        receiver()


def test_the_port_is_that_of_syslog_over_tls(settings):
    settings.AUDIT_SOC_URL = "syslog+tls://soc.test"
    assert receiver().peer == "syslog+tls://soc.test:6514"


def test_metrics_say_how_far_it_is_behind(economie, sante, soc, peer):
    many(economie, 30)
    happen(sante, 2)
    sequence(sante)
    figures = _figures()
    assert figures[f'visio_log_behind_entries{{peer="{peer}"}}'] == 32
    assert figures[f'visio_log_behind_seconds{{peer="{peer}"}}'] > 0
    soc.stop()
    push.push_due()
    assert _figures()[f'visio_log_behind_failing_logs{{peer="{peer}"}}'] == 2
    soc.start()
    due_again(economie, sante)
    push.push_due()
    figures = _figures()
    assert {figures[name] for name in figures if name.startswith("visio_log_behind")} == {0}
    assert checkpoint(economie).size == 30


def test_metrics_answer_whatever_is_configured(economie, settings):
    settings.AUDIT_SOC_URL = "soc"
    assert _figures() == {}


def _figures() -> dict[str, float]:
    lines = Client(headers={"host": "localhost"}).get("/metrics").content.decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs if name.startswith("visio_log_")}


def test_metrics_are_those_of_the_log_where_workers_share_a_folder(
    economie, soc, peer, monkeypatch, tmp_path
):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    many(economie, 3)
    for _ in range(2):
        figures = _figures()
        assert figures[f'visio_log_behind_entries{{peer="{peer}"}}'] == 3
        assert len(figures) == 3
