"""Who has the database in their hands changes the log: the check says which entry, and what was done.

An attack is made as the tables' owner, whom nothing stops.
"""
# ruff: noqa: S608, what a test puts into its statements is its own

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from audit import leaves, notes, sequencer, tree
from audit.checking import check
from audit.checkpoints import origin_of
from audit.findings import Fault
from audit.kinds import Kind
from audit.log import record_each
from audit.models import Checkpoint, Event, Leaf, SigningKey, Tile
from isolation.scope import tenant_scope
from tests.audit.logbook import NOW, Somebody, as_owner, checkpoint, happen, sequence

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = NOW - timedelta(days=2)
SIZE = 340  # one full tile, and an edge


@pytest.fixture
def log(economie):
    """Entries of three days, signed each day at a few sizes; the last day's are in no full tile."""
    for day, counts in enumerate([(100, 100), (60, 60), (20,)]):
        for count in counts:
            now = BEFORE + timedelta(days=day)
            with tenant_scope(economie.id):
                payloads = {f"{n}": {"hands": n} for n in range(count)}
                record_each(Kind.HANDS_LOWERED, payloads, actor=Somebody, at=now)
            sequence(economie, now=now + timedelta(seconds=1))
    assert check(economie.id).findings == []
    return economie


@pytest.fixture
def held(log) -> str:
    """A checkpoint that somebody took away: of the first day, and not all of it."""
    with tenant_scope(log.id):
        return Checkpoint.objects.get(size=200).note


def event_at(tenant, index: int) -> UUID:
    with tenant_scope(tenant.id):
        return Leaf.objects.get(index=index).event_id


def first(tenant, **more) -> tuple[Fault, int | None]:
    found = check(tenant.id, **more).first
    assert found is not None
    return found.fault, found.first


# --- One row --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("index", "change", "named"),
    [
        (0, "actor_id = 'somebody else'", "actor"),
        (7, "actor_name = 'Somebody else'", "personal"),
        (255, "payload = payload || '{\"number\": -1}'", "personal"),
        (256, "origin = '192.0.2.1'", "personal"),
        (300, "salt = decode('00', 'hex')", "personal"),
        (339, "kind = 'sign_in'", "kind"),
        (0, "outcome = 'refused'", "outcome"),
        (7, "at = at - interval '1 microsecond'", "at"),
        (255, "at = at - interval '1 day'", "at"),
        (256, "meeting_id = id", "meeting"),
        (300, "request_id = 'x', subject_id = 'y'", "request, subject"),
        (339, "delivered_from = id", "delivered_from"),
    ],
)
def test_an_edited_or_back_dated_event_is_named(log, index, change, named):
    as_owner(f"UPDATE audit_event SET {change} WHERE id = '{event_at(log, index)}'")
    found = check(log.id)
    assert (found.first.fault, found.first.first) == (Fault.EDITED, index)
    assert found.first.detail == f"Ne concordent plus : {named}."
    assert len(found.findings) == 1


def test_an_event_given_to_another_ministry_is_named(log, sante):
    as_owner(f"UPDATE audit_event SET tenant_id = '{sante.id}' WHERE id = '{event_at(log, 9)}'")
    # Each ministry's scope sees its own rows: here it is gone, there it has no place.
    assert first(log) == (Fault.DELETED, 9)
    assert first(sante) == (Fault.INSERTED, None)


@pytest.mark.parametrize("index", [3, 339])
def test_a_deleted_event_is_named(log, index):
    as_owner(f"DELETE FROM audit_event WHERE id = '{event_at(log, index)}'")
    assert first(log) == (Fault.DELETED, index)


def test_several_faults_are_told_from_the_first(log):
    as_owner(
        f"DELETE FROM audit_event WHERE id = '{event_at(log, 270)}'",
        f"UPDATE audit_event SET kind = 'x' WHERE id = '{event_at(log, 31)}'",
    )
    assert [each.first for each in check(log.id).in_order()] == [31, 270]


def test_an_event_inserted_past_the_trigger_has_no_place(log):
    as_owner(
        "ALTER TABLE audit_event DISABLE TRIGGER event_is_pending",
        "CREATE TEMPORARY TABLE taken ON COMMIT DROP AS SELECT * FROM audit_event LIMIT 1",
        "UPDATE taken SET id = gen_random_uuid()",
        "INSERT INTO audit_event SELECT * FROM taken",
        "ALTER TABLE audit_event ENABLE TRIGGER event_is_pending",
    )
    assert first(log) == (Fault.INSERTED, None)


def test_an_event_whose_waiting_is_taken_away_has_no_place(log):
    happen(log)
    as_owner("DELETE FROM audit_pending")
    assert first(log) == (Fault.INSERTED, None)


def test_an_event_that_vanishes_while_it_waits_is_missed(log):
    [event] = happen(log)
    as_owner(f"DELETE FROM audit_event WHERE id = '{event.id}'")
    assert first(log) == (Fault.DELETED, None)


def test_an_event_that_is_put_back_has_its_place_and_stops_nothing(log):
    as_owner(
        "CREATE TEMPORARY TABLE taken ON COMMIT DROP AS SELECT * FROM audit_event"
        f" WHERE id = '{event_at(log, 12)}'",
        f"DELETE FROM audit_event WHERE id = '{event_at(log, 12)}'",
        "INSERT INTO audit_event SELECT * FROM taken",
    )
    happen(log)
    assert sequence(log, now=NOW + timedelta(seconds=2)) == 1
    assert check(log.id).findings == []
    [event] = happen(log)
    as_owner(
        "CREATE TEMPORARY TABLE taken ON COMMIT DROP AS SELECT * FROM audit_event"
        f" WHERE id = '{event.id}'",
        f"DELETE FROM audit_event WHERE id = '{event.id}'",
        "INSERT INTO audit_event SELECT * FROM taken",
    )
    assert sequence(log, now=NOW + timedelta(seconds=3)) == 1
    assert check(log.id).findings == []


def test_a_past_that_was_signed_without_it_is_back_dated(log):
    """Inserted as any event, but of two days ago: the checkpoints since then do not hold it."""
    happen(log, at=BEFORE)
    sequence(log, now=NOW + timedelta(seconds=2))
    assert first(log) == (Fault.BACK_DATED, SIZE)


def test_what_comes_late_with_reason_is_not_back_dated(log, sante):
    happen(log, at=NOW - timedelta(minutes=50))  # the media server's word of a while ago
    sequence(log, now=NOW + timedelta(seconds=2))
    with tenant_scope(log.id):
        Event.objects.create(kind="sign_in", at=BEFORE, delivered_from=sante.id)
    sequence(log, now=NOW + timedelta(seconds=3))
    assert check(log.id).findings == []


def test_a_log_takes_up_what_was_before_it(sante):
    happen(sante, at=NOW - timedelta(days=400))
    sequence(sante, now=NOW, most=1)
    happen(sante, at=NOW - timedelta(days=300))
    sequence(sante, now=NOW)
    assert check(sante.id).findings == []


# --- The tree -------------------------------------------------------------------------------
def relink(index: int, leaf: bytes) -> str:
    """A leaf written anew with its hash."""
    return (
        f"UPDATE audit_leaf SET leaf = '\\x{leaf.hex()}', leaf_hash ="
        f" '\\x{tree.leaf_hash(leaf).hex()}' WHERE index = {index}"
    )


@pytest.mark.parametrize("index", [7, 300])
def test_an_event_and_its_leaf_edited_alike_contradict_tile_or_root(log, index):
    with tenant_scope(log.id):
        entry = Leaf.objects.get(index=index)
        event = Event.objects.get(id=entry.event_id)
    event.actor_id = "somebody else"
    told = leaves.read(entry.leaf)
    leaf = leaves.leaf_holding(event, sequenced_at=told["sequenced_at"], committed=told["personal"])
    as_owner(
        f"UPDATE audit_event SET actor_id = 'somebody else' WHERE id = '{event.id}'",
        relink(index, leaf),
    )
    found = check(log.id).first
    assert found.fault == Fault.EDITED
    if index < 256:
        assert found.first == index  # the tile knows
    else:
        assert (found.first, found.last) == (260, 319)


@pytest.mark.parametrize("index", [7, 300])
def test_a_leaf_edited_alone_is_named(log, index):
    as_owner(f"UPDATE audit_leaf SET leaf = leaf || ' ' WHERE index = {index}")
    assert first(log) == (Fault.EDITED, index)
    as_owner(f"UPDATE audit_leaf SET leaf = 'x' WHERE index = {index}")
    assert first(log) == (Fault.EDITED, index)
    as_owner(f"UPDATE audit_leaf SET leaf = NULL WHERE index = {index}")
    assert first(log) == (Fault.EDITED, index)


@pytest.mark.parametrize("index", [0, 339])
def test_a_leaf_taken_out_is_named(log, index):
    as_owner(f"DELETE FROM audit_leaf WHERE index = {index}")
    assert first(log) == (Fault.DELETED, index)


def test_leaves_put_beside_the_signed_ones_are_named(log):
    as_owner(
        "INSERT INTO audit_leaf SELECT tenant_id, 340, gen_random_uuid(), leaf, leaf_hash"
        " FROM audit_leaf WHERE index = 3"
    )
    assert first(log) == (Fault.INSERTED, SIZE)
    as_owner("UPDATE audit_leaf SET index = -1 WHERE index = 340")
    assert first(log) == (Fault.INSERTED, -1)


@pytest.mark.parametrize(("one", "other"), [(7, 8), (3, 250), (300, 301), (5, 300)])
def test_reordered_entries_are_named(log, one, other):
    as_owner(
        f"UPDATE audit_leaf SET index = -1 WHERE index = {one}",
        f"UPDATE audit_leaf SET index = {one} WHERE index = {other}",
        f"UPDATE audit_leaf SET index = {other} WHERE index = -1",
    )
    found = check(log.id).in_order()
    assert found[0].first in (one, one + 1)
    assert Fault.REORDERED in {each.fault for each in found}


@pytest.mark.parametrize("place", [0, 255])
def test_an_edited_tile_is_named(log, place):
    as_owner(
        f"UPDATE audit_tile SET hashes = set_byte(hashes, {place * 32},"
        f" 255 - get_byte(hashes, {place * 32}))"
    )
    assert first(log) == (Fault.EDITED, place)


def test_a_tiles_root_edited_or_a_tile_taken_out_or_put_beside_is_named(log):
    as_owner("UPDATE audit_tile SET root = leaf_hash FROM audit_leaf WHERE audit_leaf.index = 0")
    assert first(log) == (Fault.EDITED, 0)
    as_owner("UPDATE audit_tile SET index = 1")
    assert {each.fault for each in check(log.id).findings} == {Fault.DELETED, Fault.INSERTED}


def test_an_edited_checkpoint_is_named(log):
    as_owner("UPDATE audit_checkpoint SET root = sha256(root) WHERE size = 200")
    found = check(log.id).in_order()
    assert [(each.fault, each.first) for each in found] == [(Fault.SIGNATURE, 199)]


def test_a_checkpoint_whose_time_was_changed_is_named(log):
    as_owner("UPDATE audit_checkpoint SET at = at - interval '1 hour' WHERE size = 340")
    assert first(log) == (Fault.EDITED, SIZE - 1)


def test_a_checkpoint_without_our_signature_is_named(log):
    stranger = notes.Signer(origin_of(log.id), bytes(range(32)))
    with tenant_scope(log.id):
        latest = Checkpoint.objects.get(size=SIZE)
    forged = notes.sign(notes.parse(latest.note).text, [stranger])
    as_owner("UPDATE audit_checkpoint SET note = %s WHERE size = 340", params=[forged])
    assert first(log) == (Fault.SIGNATURE, SIZE - 1)
    # Even where the stranger's key is put among the known ones: this installation holds another.
    as_owner(
        "INSERT INTO audit_signingkey VALUES (%s, now())", params=[stranger.verifier.public_key]
    )
    assert first(log) == (Fault.SIGNATURE, SIZE - 1)


# --- Everything -----------------------------------------------------------------------------
def rewrite(tenant, *, without: int) -> None:
    """Whoever has database and key removes an event, makes the whole tree anew and signs it."""
    gone = event_at(tenant, without)
    with tenant_scope(tenant.id):
        batches = list(Checkpoint.objects.order_by("size").values_list("size", "at"))
    as_owner(
        f"DELETE FROM audit_event WHERE id = '{gone}'",
        f"DELETE FROM audit_leaf WHERE tenant_id = '{tenant.id}'",
        f"DELETE FROM audit_tile WHERE tenant_id = '{tenant.id}'",
        f"DELETE FROM audit_checkpoint WHERE tenant_id = '{tenant.id}'",
        f"INSERT INTO audit_pending SELECT tenant_id, id FROM audit_event"
        f" WHERE tenant_id = '{tenant.id}'",
    )
    placed = 0
    for size, at in batches:
        placed += sequencer.sequence(tenant.id, now=at, most=size - placed)


def test_a_log_rewritten_and_signed_anew_is_found_by_who_holds_a_checkpoint(log, held):
    rewrite(log, without=50)
    assert check(log.id).findings == []  # inside the house nothing is left of it
    found = check(log.id, since=held).first
    assert (found.fault, found.first, found.last) == (Fault.REWRITTEN, 0, 199)


def test_a_checkpoint_says_nothing_of_what_came_after_it(log, held):
    """What remains possible, and is said: nobody held a checkpoint of the last entries."""
    rewrite(log, without=330)
    assert check(log.id, since=held).findings == []


def test_an_old_backup_restored_is_found_by_who_holds_a_checkpoint(log):
    held = checkpoint(log).note
    restore = [
        "DELETE FROM audit_event WHERE id IN (SELECT event_id FROM audit_leaf WHERE index >= 260)",
        "DELETE FROM audit_leaf WHERE index >= 260",
        "DELETE FROM audit_tile WHERE index >= 1",
        "DELETE FROM audit_checkpoint WHERE size > 260",
    ]
    as_owner(*restore)
    assert check(log.id).findings == []
    found = check(log.id, since=held).first
    assert (found.fault, found.first, found.last) == (Fault.RESTORED, 260, SIZE - 1)
    # The log goes on from the backup, beyond where it was: that is a fork.
    happen(log, 100, at=NOW)
    sequence(log, now=NOW + timedelta(seconds=5))
    assert check(log.id).findings == []
    found = check(log.id, since=held).first
    assert (found.fault, found.last) == (Fault.REWRITTEN, SIZE - 1)


def test_a_checkpoint_of_another_log_or_of_nobody_is_refused(log, sante, held):
    assert first(log, since="nothing") == (Fault.SIGNATURE, None)
    happen(sante)
    sequence(sante)
    assert first(log, since=checkpoint(sante).note) == (Fault.SIGNATURE, None)
    assert first(log, since=held.replace("\n200\n", "\n201\n")) == (Fault.SIGNATURE, None)


def test_who_holds_a_checkpoint_is_answered_also_when_known_keys_were_taken_out(log, held):
    SigningKey.objects.using("owner").all().delete()
    assert [each.fault for each in check(log.id, since=held).findings].count(Fault.SIGNATURE) == 5


def test_the_command_names_the_first_bad_entry(log, held, tmp_path, capsys):
    file = tmp_path / "checkpoint"
    file.write_text(held)
    call_command("audit_check")
    call_command("audit_check", "--tenant", str(log.id), "--since", str(file))
    assert capsys.readouterr().out == f"✓ {log.id} : 340 entrées intactes.\n" * 2
    as_owner(f"UPDATE audit_event SET kind = 'sign_in' WHERE id = '{event_at(log, 12)}'")
    with pytest.raises(CommandError, match="altéré"):
        call_command("audit_check", "--tenant", str(log.id))
    told = capsys.readouterr().out
    assert told == f"✗ {log.id} : Entrée 12 modifiée. Ne concordent plus : kind.\n"
    with pytest.raises(CommandError, match="--tenant"):
        call_command("audit_check", "--since", str(file))
    with pytest.raises(CommandError, match="No such file"):
        call_command("audit_check", "--tenant", str(log.id), "--since", str(tmp_path / "none"))


# --- Personal data --------------------------------------------------------------------------
ERASED = "actor_name = '', on_behalf_of = '', origin = NULL, payload = '{}', subject_name = '', salt = ''"


def test_an_erased_event_still_verifies(log):
    as_owner(f"UPDATE audit_event SET {ERASED} WHERE id = '{event_at(log, 12)}'")
    assert check(log.id).findings == []


def test_erasing_hides_no_other_change(log):
    event_id = event_at(log, 12)
    as_owner(f"UPDATE audit_event SET {ERASED}, kind = 'sign_in' WHERE id = '{event_id}'")
    assert first(log) == (Fault.EDITED, 12)
    as_owner(f"UPDATE audit_event SET {ERASED} WHERE id = '{event_at(log, 0)}'")
    as_owner(f"UPDATE audit_event SET actor_name = 'Other' WHERE id = '{event_at(log, 0)}'")
    assert first(log) == (Fault.EDITED, 0)


def test_what_no_pruning_tells_of_was_deleted(log):
    """A deletion that is dressed up as pruning; what the keeper prunes: tests/audit/test_retention."""
    as_owner(
        f"DELETE FROM audit_event WHERE id = '{event_at(log, 12)}'",
        "UPDATE audit_leaf SET leaf = NULL WHERE index = 12",
    )
    assert first(log) == (Fault.DELETED, 12)


# --- The application's own role ---------------------------------------------------------------
@pytest.mark.parametrize("table", ["event", "leaf", "tile", "checkpoint", "signingkey"])
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_cannot_change_what_is_written(log, table, act):
    column = "public_key" if table == "signingkey" else "tenant_id"
    statement = act.format(f"audit_{table}", column, column)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        tenant_scope(log.id),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_pending SET since = now()",
        "TRUNCATE audit_pending",
        "INSERT INTO audit_pending VALUES ('{0}', gen_random_uuid())",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_cannot_hide_an_event_from_the_sequencer(log, statement):
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        tenant_scope(log.id),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(log.id))


def test_another_ministrys_tree_is_behind_the_wall(log, justice):
    with tenant_scope(justice.id):
        for model in (Leaf, Tile, Checkpoint, Event):
            assert model.objects.count() == 0
        with connection.cursor() as cursor:
            for table in ("leaf", "tile", "checkpoint", "pending", "event"):
                cursor.execute(f"SELECT count(*) FROM audit_{table}")
                assert cursor.fetchone() == (0,)
