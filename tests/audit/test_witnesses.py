"""Witnesses outside see each log's checkpoints and cosign them, or say that something is wrong."""

import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from audit import cosigning, notes, sent, tree
from audit.checkpoints import published, verifiers_of
from audit.kinds import Kind, Outcome
from audit.models import Checkpoint, Cosignature, Departure, Event, Sent
from audit.verify.verification import verify
from audit.witness import LONGEST_ANSWER, WitnessRefused, WitnessUnavailable, witnesses
from isolation.scope import tenant_scope
from tests.audit.logbook import checkpoint, happen, sequence
from tests.fakes.witness import FakeWitness

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def witness(settings):
    fake = FakeWitness()
    with fake.serving() as url:
        settings.AUDIT_WITNESSES = f"{fake.key} {url}"
        yield fake


@pytest.fixture
def log(economie, witness):
    """Of which the witness knows the key."""
    happen(economie, 5)
    sequence(economie)
    with tenant_scope(economie.id):
        for verifier in verifiers_of(economie.id):
            witness.knows(verifier)
    return economie


def go_on(tenant, count: int = 3) -> Checkpoint:
    happen(tenant, count)
    sequence(tenant)
    return checkpoint(tenant)


def later(minutes: int = 30):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True)


def cosigned(tenant) -> list[int]:
    with tenant_scope(tenant.id):
        return list(Cosignature.objects.order_by("size").values_list("size", flat=True))


def ask(tenant) -> bool:
    [only] = witnesses()
    return cosigning.cosign(tenant.id, only)


def test_each_checkpoint_is_cosigned_from_the_one_before(log, witness):
    first = checkpoint(log)
    assert cosigning.cosign_due() == 1
    assert witness.asked[0].startswith("old 0\n\n")
    second = go_on(log)
    with later():
        assert cosigning.cosign_due() == 1
    assert witness.asked[1].startswith(f"old {first.size}\n")
    assert cosigned(log) == [first.size, second.size]
    with tenant_scope(log.id):
        assert set(Departure.objects.values_list("to", flat=True)) == {"witness"}
        note = published([second])[second.size]
    opened = notes.parse(note)
    assert {signature.name for signature in opened.signatures} >= {witness.signer.name}
    [(_, signature)] = opened.signed_by([witness.signer.witness])
    assert signature.cosigned_at == witness.time


def test_nobody_is_asked_again_too_soon_or_for_nothing(log, witness):
    assert cosigning.cosign_due() == 1
    go_on(log)
    assert cosigning.cosign_due() == 0  # its next turn is in some minutes
    with later():
        assert cosigning.cosign_due() == 1
    with later(60):
        assert cosigning.cosign_due() == 0  # nothing is new
    assert len(witness.asked) == 2


def test_no_transaction_is_open_while_a_witness_is_asked(log, witness, monkeypatch):
    from audit.witness import Witness

    post, open_then = Witness._post, []

    def watched(self, body):
        open_then.append(connection.in_atomic_block)
        return post(self, body)

    monkeypatch.setattr(Witness, "_post", watched)
    assert ask(log)
    assert open_then == [False]


def test_what_was_cosigned_but_never_arrived_is_asked_for_again(log, witness):
    """The witness has moved on: it answers 409 and where it is."""
    witness.loses_answers = True
    assert cosigning.cosign_due() == 0
    witness.loses_answers = False
    latest = go_on(log)
    with later():
        assert cosigning.cosign_due() == 1
    assert cosigned(log) == [latest.size]
    assert [body.split("\n")[0] for body in witness.asked] == ["old 0", "old 0", "old 5"]


def test_a_restored_backup_is_refused_by_the_witness_and_nothing_is_kept(log, witness, logged):
    cosigning.cosign_due()
    origin = notes.parse_checkpoint(notes.parse(checkpoint(log).note).text).origin
    witness.seen[origin] = notes.Checkpoint(origin, 50, bytes(32))
    go_on(log)
    with later(), pytest.raises(WitnessRefused, match="it saw 50 entries, and the log has"):
        ask(log)
    for minutes in (60, 120):
        with later(minutes):
            cosigning.cosign_due()
    assert "cosigning_failed" in logged()
    assert cosigned(log) == [5]
    with tenant_scope(log.id):
        [told] = Event.objects.filter(kind=Kind.COSIGNATURE_REFUSED)
    assert told.outcome == Outcome.FAILED
    assert told.payload["witness"] == witness.signer.name
    assert "it saw 50 entries" in told.payload["answer"]


def test_each_time_that_a_witness_begins_to_refuse_stands_in_the_log(log, witness):
    for times in (1, 2):
        witness.instead = [(403, "text/plain", "")]
        with later(300 * times):
            assert cosigning.cosign_due() == 0
        go_on(log)
        with later(300 * times + 100):
            assert cosigning.cosign_due() == 1
        with tenant_scope(log.id):
            assert Event.objects.filter(kind=Kind.COSIGNATURE_REFUSED).count() == times
        go_on(log)


def test_another_past_is_refused_by_the_witness(log, witness):
    cosigning.cosign_due()
    origin = notes.parse_checkpoint(notes.parse(checkpoint(log).note).text).origin
    witness.seen[origin] = notes.Checkpoint(origin, 5, tree.leaf_hash(b"other"))
    go_on(log)
    with later(), pytest.raises(WitnessRefused, match="422"):
        ask(log)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_witness_that_is_away_is_asked_later_and_later(log, witness, status):
    witness.instead = [(status, "text/plain", "")] * 3
    for failures in (1, 2, 3):
        with later(30 * failures):
            assert cosigning.cosign_due() == 0
            with tenant_scope(log.id):
                row = Sent.objects.get(peer=witness.key)
            assert row.failures == failures
            assert row.due_at > timezone.now()
    with later(120):
        assert cosigning.cosign_due() == 1
    with tenant_scope(log.id):
        assert Sent.objects.get(peer=witness.key).failures == 0


def test_one_witness_that_is_away_does_not_keep_another_from_it(log, witness, settings):
    other = FakeWitness("autre.test/w2", bytes([8]) * 32)
    other.known = witness.known
    with other.serving() as url:
        settings.AUDIT_WITNESSES = (
            f"{FakeWitness('mort.test', bytes([7]) * 32).key} http://127.0.0.1:9/ "
            f"{settings.AUDIT_WITNESSES} {other.key} {url}"
        )
        assert cosigning.cosign_due() == 2
    latest = checkpoint(log)
    with tenant_scope(log.id):
        assert published([latest])[latest.size].count("\n— ") == 3


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "bonjour\n",
        "— temoin.test/w1 AAAA\n",
        "x" * (LONGEST_ANSWER + 10),
        "\ud7ff" * 10,
    ],
)
def test_an_answer_that_is_no_cosignature_is_refused(log, witness, answer):
    witness.instead = [(200, "text/plain", answer)]
    with pytest.raises((WitnessRefused, WitnessUnavailable)):
        ask(log)
    assert cosigned(log) == []


def test_a_cosignature_of_another_checkpoint_or_key_is_refused(log, witness):
    text = notes.parse(checkpoint(log).note).text
    other = notes.Signer("temoin.test/w1", bytes([3]) * 32)
    for line in (
        witness.signer.cosign(text.replace("\n5\n", "\n6\n"), time=1),
        witness.signer.cosign(text, time=0),
        witness.signer.sign(text),
        other.cosign(text, time=1),
    ):
        with tenant_scope(log.id):
            Sent.objects.update(due_at=timezone.now() - timedelta(hours=1))
        witness.instead = [(200, "text/plain", line)]
        with pytest.raises(WitnessRefused):
            ask(log)
    assert cosigned(log) == []


def test_lines_of_unknown_keys_are_left_alone(log, witness):
    text = notes.parse(checkpoint(log).note).text
    witness.also = notes.Signer("inconnu.test", bytes([4]) * 32).cosign(text, time=5)
    assert ask(log)
    with tenant_scope(log.id):
        assert "inconnu" not in Cosignature.objects.get().line


def test_a_409_without_end_ends(log, witness):
    witness.instead = [(409, "text/x.tlog.size", f"{size}\n") for size in (1, 2, 3, 4, 5)]
    with pytest.raises(WitnessUnavailable):
        ask(log)
    assert len(witness.asked) == cosigning.TRIES
    witness.instead = [(409, "text/x.tlog.size", "beaucoup\n")]
    with later(), pytest.raises(WitnessRefused):
        ask(log)


def test_two_workers_do_not_ask_for_the_same(log, witness):
    with tenant_scope(log.id):
        assert sent.take_turn(witness.key, now=timezone.now()) == 0
    assert not ask(log)
    # The other was killed: its turn ends by itself.
    with later(3):
        assert ask(log)


def test_a_cosigned_log_verifies_and_shows_its_witnesses(log, witness, tmp_path):
    cosigning.cosign_due()
    cosigned_size = checkpoint(log).size
    go_on(log)
    path = tmp_path / "bundle.zip"
    call_command("audit_export", "--tenant", log.short_name, "--output", str(path), verbosity=0)
    assert verify(str(path)).whole
    with zipfile.ZipFile(path) as bundle:
        note = bundle.read(f"checkpoints/{cosigned_size}").decode()
    assert notes.parse(note).signed_by([witness.signer.witness])


def test_what_a_witness_said_is_not_taken_back(log, witness):
    from django.db import DatabaseError, transaction

    cosigning.cosign_due()
    for change in (lambda rows: rows.update(at=timezone.now()), lambda rows: rows.delete()):
        for model in (Cosignature, Departure):
            with (
                pytest.raises(DatabaseError),
                transaction.atomic(),
                tenant_scope(log.id),
            ):
                change(model.objects.all())


def test_a_ministry_sees_nothing_of_anothers(log, sante, witness):
    cosigning.cosign_due()
    with tenant_scope(sante.id):
        assert not Cosignature.objects.exists()
        assert not Sent.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "temoin.test",
        "temoin.test https://temoin.test",
        "{key}",
        "{key} ftp://temoin.test",
        "{key} https:///x",
        "{signing} https://temoin.test",
    ],
)
def test_a_setting_that_cannot_be_read_is_named(settings, text):
    signer = FakeWitness().signer
    settings.AUDIT_WITNESSES = text.format(key=signer.witness, signing=signer.verifier)
    with pytest.raises(ImproperlyConfigured, match="AUDIT_WITNESSES"):
        witnesses()


def test_without_witnesses_nothing_is_asked(economie, settings):
    settings.AUDIT_WITNESSES = ""
    assert cosigning.cosign_due() == 0


def test_what_a_witness_saw_last_is_in_every_export(log, witness, tmp_path, monkeypatch):
    monkeypatch.setattr("audit.export.bundle.EARLIER", 2)
    happen(log, 17)
    sequence(log, most=17)
    assert cosigning.cosign_due() == 1
    happen(log, 30)
    sequence(log, most=1)
    path = tmp_path / "bundle.zip"
    call_command("audit_export", "--tenant", log.short_name, "--output", str(path), verbosity=0)
    assert verify(str(path)).whole
    with zipfile.ZipFile(path) as bundle:
        names = [name for name in bundle.namelist() if name.startswith("checkpoints/")]
        assert len(names) < 6
        assert notes.parse(bundle.read("checkpoints/22")).signed_by([witness.signer.witness])
