"""What happens to the sequencer itself: killed at every step, twice at once, on a full disk, with a
stolen key. No gap, no fork, nothing lost."""

import base64
import os
import signal
import threading
import time
from contextlib import contextmanager

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, connections

from audit import leaves, notes, sequencer
from audit.checking import check
from audit.checkpoints import opened, origin_of
from audit.findings import Fault
from audit.keys import seeds
from audit.kinds import Kind
from audit.log import record, record_each
from audit.models import Event, Leaf, Pending
from audit.tasks import sequence as sequence_task
from isolation.scope import tenant_scope
from tests.audit.logbook import NOW, as_owner, assert_whole, checkpoint, happen, places, sequence
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
GATE = 7_042_042


def ask(sql: str, *params):
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


@contextmanager
def trigger(body: str, timing: str, *, constraint: str = "", rows: str = "STATEMENT"):
    """The owner puts something in the way of a statement."""
    table = timing.rsplit(" ", 1)[1]
    deferred = "DEFERRABLE INITIALLY DEFERRED" if constraint else ""
    as_owner(
        "CREATE FUNCTION in_the_way() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body}; RETURN NULL; END $$",
        f"CREATE {constraint} TRIGGER in_the_way {timing} {deferred} FOR EACH {rows}"
        " EXECUTE FUNCTION in_the_way()",
    )
    try:
        yield
    finally:
        as_owner(f"DROP TRIGGER in_the_way ON {table}", "DROP FUNCTION in_the_way()")


def sequencer_process(tenant_id, go: int) -> int:
    """A process of its own, with its own connection, that sequences once told to."""
    connections.close_all()
    if child := os.fork():
        return child
    try:
        os.read(go, 1)
        sequencer.sequence(tenant_id, now=NOW)
    finally:
        os._exit(1)


STEPS = {
    "before the leaves": "BEFORE INSERT ON audit_leaf",
    "after the leaves": "AFTER INSERT ON audit_leaf",
    "after the tiles": "AFTER INSERT ON audit_tile",
    "after the checkpoint": "AFTER INSERT ON audit_checkpoint",
    "before what waits is taken away": "BEFORE DELETE ON audit_pending",
    "after all": "AFTER DELETE ON audit_pending",
}


@pytest.mark.parametrize("step", [*STEPS, "while it commits"])
def test_killed_at_any_step_it_happened_or_it_did_not(economie, step):
    """SIGKILL while the statement runs: a lock that the test holds keeps it there."""
    with tenant_scope(economie.id):
        record_each(Kind.SIGN_OUT, {n: {} for n in range(270)}, actor=None, at=NOW)
    hold = f"PERFORM pg_advisory_xact_lock_shared({GATE})"
    waiting = (
        "SELECT pid FROM pg_locks JOIN pg_database ON oid = database WHERE NOT granted"
        " AND locktype = 'advisory' AND objid = %s AND datname = current_database()"
    )
    if step == "while it commits":
        obstacle = trigger(
            hold, "AFTER INSERT ON audit_checkpoint", constraint="CONSTRAINT", rows="ROW"
        )
    else:
        obstacle = trigger(hold, STEPS[step])
    go, tell = os.pipe()
    with obstacle:
        child = sequencer_process(economie.id, go)
        ask("SELECT pg_advisory_lock(%s)::text", GATE)
        os.write(tell, b"!")
        until(lambda: ask(waiting, GATE))
        [[backend]] = ask(waiting, GATE)
        os.kill(child, signal.SIGKILL)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        ask("SELECT pg_advisory_unlock(%s)", GATE)
        until(lambda: not ask("SELECT 1 FROM pg_stat_activity WHERE pid = %s", backend))
    os.close(go)
    os.close(tell)
    # Who died while committing has committed: PostgreSQL does not ask whether anybody listens.
    placed = len(places(economie))
    assert placed == (270 if step == "while it commits" else 0)
    assert sequence(economie) == 270 - placed
    happen(economie)
    assert sequence(economie) == 1
    assert_whole(economie)
    assert check(economie.id).findings == []


def in_threads(count: int, work) -> list[BaseException]:
    """The same work at once, each on a connection of its own; what it raised."""
    raised, start = [], threading.Barrier(count)

    def one():
        start.wait()
        try:
            work()
        except Exception as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_two_sequencers_at_once_while_events_come(economie):
    def place():
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            sequencer.sequence(economie.id, now=NOW, most=7)

    def act():
        for _ in range(25):
            happen(economie)

    work = iter([place, place, place, act])
    assert in_threads(4, lambda: next(work)()) == []
    sequence(economie)
    assert len(places(economie)) == 25
    assert_whole(economie)


def test_even_without_their_lock_two_sequencers_cannot_fork_a_log(economie, monkeypatch):
    monkeypatch.setattr(sequencer, "is_alone", lambda work, tenant_id: True)
    happen(economie, 40)

    def place():
        while sequencer.sequence(economie.id, now=NOW, most=5):
            pass

    for error in in_threads(3, place):
        assert isinstance(error, (IntegrityError, OperationalError)), error
    sequence(economie)
    assert len(places(economie)) == 40
    assert_whole(economie)


FULL = "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'"


@pytest.mark.parametrize("table", ["audit_leaf", "audit_tile", "audit_checkpoint"])
def test_on_a_full_disk_nothing_is_lost(economie, sante, table):
    with tenant_scope(economie.id):
        record_each(Kind.SIGN_OUT, {n: {} for n in range(260)}, actor=None, at=NOW)
    with trigger(FULL, f"BEFORE INSERT ON {table}"):
        with pytest.raises(OperationalError, match="No space left"):
            sequencer.sequence(economie.id, now=NOW)
        assert sequence_task() == 0  # and beat goes on
    assert places(economie) == []
    assert sequence_task() == 260
    assert_whole(economie)


def test_where_an_event_cannot_wait_the_act_does_not_happen(economie):
    with trigger(FULL, "BEFORE INSERT ON audit_pending"):
        with pytest.raises(OperationalError), tenant_scope(economie.id):
            record(Kind.SIGN_IN)
        with tenant_scope(economie.id):
            assert Event.objects.count() == Pending.objects.count() == 0


def test_one_damaged_log_does_not_stop_the_others(economie, sante, logged):
    happen(economie, 3)
    sequence_task()
    as_owner("DELETE FROM audit_leaf WHERE index = 1")
    happen(economie)
    happen(sante)
    assert sequence_task() == 1
    assert len(places(sante)) == 1
    assert "sequencing_failed" in logged()


# --- Keys -----------------------------------------------------------------------------------
def key(number: int) -> str:
    return base64.b64encode(bytes([number]) * 32).decode()


def verifier(tenant, number: int) -> notes.Verifier:
    return notes.Signer(origin_of(tenant.id), bytes([number]) * 32).verifier


def signed_with(tenant) -> set[int]:
    note = notes.parse(checkpoint(tenant).note)
    return {n for n in (1, 2, 3) if note.signed_by([verifier(tenant, n)])}


def test_a_key_is_replaced_with_continuity_and_the_log_says_so(economie, settings):
    settings.AUDIT_SIGNING_KEYS = key(1)
    happen(economie)
    sequence(economie)
    assert signed_with(economie) == {1}
    settings.AUDIT_SIGNING_KEYS = f"{key(2)} {key(1)}"
    happen(economie)
    assert sequence(economie) == 2
    assert signed_with(economie) == {1, 2}  # whoever knows the old key learns the new one
    settings.AUDIT_SIGNING_KEYS = key(2)
    call_command("audit_sequence")  # no event has to come first
    assert signed_with(economie) == {2}
    call_command("audit_sequence")
    with tenant_scope(economie.id):
        changes = list(Event.objects.filter(kind=Kind.SIGNING_KEY_CHANGED).order_by("id"))
        told = [
            leaves.read(leaf)["subject"]
            for leaf in Leaf.objects.order_by("index").values_list("leaf", flat=True)
        ]
    assert [(each.payload["change"], each.payload["verifier"]) for each in changes] == [
        ("added", str(verifier(economie, 2))),
        ("removed", str(verifier(economie, 1))),
    ]
    # The leaf itself tells the key: no personal data have to be opened.
    assert base64.b64encode(verifier(economie, 2).public_key).decode() in told
    assert_whole(economie)
    assert check(economie.id).findings == []


def test_a_stolen_key_that_was_given_up_signs_nothing_any_more(economie, settings):
    settings.AUDIT_SIGNING_KEYS = key(1)
    happen(economie)
    sequence(economie)
    held = checkpoint(economie).note
    settings.AUDIT_SIGNING_KEYS = key(2)  # at once, without a time of both
    happen(economie)
    sequence(economie)
    latest = checkpoint(economie)
    assert check(economie.id, since=held).findings == []
    forged = notes.sign(
        notes.parse(latest.note).text, [notes.Signer(origin_of(economie.id), bytes([1]) * 32)]
    )
    as_owner("UPDATE audit_checkpoint SET note = %s WHERE size = 4", params=[forged])
    assert opened(forged, economie.id).size == 4  # a key of ours it was
    found = check(economie.id).first
    assert (found.fault, found.first) == (Fault.SIGNATURE, 3)


def test_a_fork_signed_with_a_stolen_key_is_found_by_the_house(economie, settings):
    settings.AUDIT_SIGNING_KEYS = key(1)
    happen(economie, 3)
    sequence(economie)
    thief = notes.Signer(origin_of(economie.id), bytes([1]) * 32)
    for size in (2, 3, 9):
        forged = str(notes.Checkpoint(origin_of(economie.id), size, bytes(32)))
        found = check(economie.id, since=notes.sign(forged, [thief])).first
        assert found.fault == (Fault.RESTORED if size == 9 else Fault.REWRITTEN)


@pytest.mark.parametrize("keys", ["", " ", "short", "AAAA", f"{key(1)} AAAA", key(1)[:-1]])
def test_without_a_key_nothing_is_signed_and_the_worker_does_not_start(economie, settings, keys):
    from visio.celery import refuse_to_start_without_keys

    settings.AUDIT_SIGNING_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match="AUDIT_SIGNING_KEYS is not set, or"):
        seeds()
    with pytest.raises(SystemExit, match="AUDIT_SIGNING_KEYS"):
        refuse_to_start_without_keys()
    happen(economie)
    with pytest.raises(ImproperlyConfigured):
        sequence(economie)
    with pytest.raises(CommandError, match="AUDIT_SIGNING_KEYS"):
        call_command("audit_sequence")
    with tenant_scope(economie.id):
        assert Pending.objects.count() == 1


def test_the_logs_name_follows_the_installations_and_says_so(economie, settings):
    happen(economie)
    sequence(economie)
    held = checkpoint(economie).note
    settings.PUBLIC_URL = "https://visio.gouv.test"
    happen(economie)
    sequence(economie)
    assert checkpoint(economie).note.startswith(f"visio.gouv.test/journal/{economie.id}\n")
    assert opened(held, economie.id).size == 1
    with tenant_scope(economie.id):
        change = Event.objects.get(kind=Kind.SIGNING_KEY_CHANGED)
        assert change.payload["verifier"].startswith("visio.gouv.test/journal/")
    assert check(economie.id, since=held).findings == []
