"""Each committed event gets one place, in whatever order transactions commit."""

import json
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
import time_machine
from django.core.management import call_command
from django.db import connections, transaction

from audit import leaves, notes, sequencer, store, tree
from audit.checkpoints import opened, origin_of, verifiers_of
from audit.kinds import Kind
from audit.log import record, record_each, record_platform
from audit.models import Checkpoint, Event, Leaf, Pending, Tile
from audit.tasks import sequence as sequence_task
from isolation.scope import PLATFORM, tenant_scope
from tests.audit.logbook import (
    NOW,
    Somebody,
    assert_whole,
    checkpoint,
    happen,
    places,
    sequence,
)
from tests.statements import statements

pytestmark = pytest.mark.django_db(transaction=True)


def pending(tenant) -> int:
    with tenant_scope(tenant.id):
        return Pending.objects.count()


def test_an_event_waits_exactly_when_it_is_committed(economie):
    with pytest.raises(ZeroDivisionError), tenant_scope(economie.id):
        record(Kind.SIGN_IN)
        assert Pending.objects.count() == 1
        1 / 0
    assert pending(economie) == 0
    [event] = happen(economie)
    with tenant_scope(economie.id):
        assert Pending.objects.get().event_id == event.id


def test_many_at_once_wait_as_one_does(economie):
    with tenant_scope(economie.id):
        record_each(Kind.SIGN_OUT, {n: {} for n in range(20)}, actor=Somebody, at=NOW)
    assert pending(economie) == 20
    assert sequence(economie) == 20
    assert pending(economie) == 0
    assert_whole(economie)


def test_the_leaf_is_canonical_and_holds_no_personal_data(economie):
    with tenant_scope(economie.id):
        event = record(
            Kind.LOG_READ,
            actor=Somebody,
            subject=Somebody,
            on_behalf_of="0190-boss",
            at=datetime.fromisoformat("2026-11-25T15:03:05.000456+01:00"),
            filter={"texte": "é\n\u2028", "nombre": 1},
        )
        assert len(event.salt) == 32
    sequence(economie)
    with tenant_scope(economie.id):
        entry = Leaf.objects.get()
    personal = (
        '{"actor_name":"Hélène D’Œuvre","on_behalf_of":"0190-boss","origin":null,'
        '"payload":{"filter":{"nombre":1,"texte":"é\\n\u2028"}},"subject_name":"Hélène D’Œuvre"}'
    )
    assert leaves.personal(event).decode() == personal
    committed = leaves.read(entry.leaf)["personal"]
    assert committed == leaves.commitment(event.salt, personal.encode())
    assert entry.leaf.decode() == (
        '{"actor":"0190-somebody","at":"2026-11-25T14:03:05.000456Z","delivered_from":null,'
        f'"id":"{event.id}","kind":"log_read","meeting":null,"outcome":"success",'
        f'"personal":"{committed}","request":"","sequenced_at":"2026-11-25T09:30:00.000000Z",'
        f'"subject":"0190-somebody","tenant":"{economie.id}","v":1}}'
    )
    assert entry.leaf_hash == sha256(b"\0" + entry.leaf).digest()


def test_every_salt_is_new_and_made_by_postgresql(economie):
    happen(economie, 3)
    with tenant_scope(economie.id):
        salts = set(Event.objects.values_list("salt", flat=True))
    assert len(salts) == 3
    assert {len(salt) for salt in salts} == {32}


def test_what_goes_through_an_address_and_a_payload_comes_back_alike(economie):
    """The same leaf from the row that the sequencer reads and from the model that others read."""
    from audit.context import RequestContext, reset_request_context, set_request_context

    for origin in ("192.0.2.7", "2001:db8::1", ""):
        token = set_request_context(RequestContext("0" * 32, origin))
        with tenant_scope(economie.id):
            record(
                Kind.LOG_READ,
                meeting_id=economie.id,
                at=NOW,
                filter={
                    "nested": {"b": [1, 2.5, None, True, "\u202e=1+1"], "a": {"é": ""}},
                    "big": 10**30,
                },
            )
        reset_request_context(token)
    sequence(economie)
    assert_whole(economie)


def test_the_checkpoint_is_a_note_of_this_log(economie, sante):
    happen(economie, 3)
    sequence(economie)
    latest = checkpoint(economie)
    assert latest.note.startswith(f"{origin_of(economie.id)}\n3\n")
    assert opened(latest.note, economie.id).root == latest.root
    assert notes.open_checkpoint(latest.note, verifiers_of(economie.id)).size == 3
    with pytest.raises(notes.BadNote, match="is another log"):
        opened(latest.note, sante.id)


def test_order_is_by_id_within_a_batch_and_by_commit_between_them(economie):
    """Two open transactions: the one that began first commits last, and gets its place later."""
    owner = connections["owner"]
    transaction.set_autocommit(False, using="owner")
    try:
        with owner.cursor() as cursor:  # the earlier event, not committed yet
            cursor.execute(
                "INSERT INTO audit_event (id, tenant_id, kind, at, actor_id, actor_name,"
                " on_behalf_of, subject_id, outcome, request_id, payload)"
                " VALUES ('00000000-0000-7000-8000-000000000001', %s, 'sign_in', %s, '', '', '',"
                " '', 'success', '', '{}')",
                [economie.id, NOW],
            )
        later = happen(economie, 2)
        assert sequence(economie) == 2
        transaction.commit(using="owner")
    finally:
        transaction.rollback(using="owner")
        transaction.set_autocommit(True, using="owner")
    assert sequence(economie) == 1
    assert places(economie) == [
        (0, str(later[0].id)),
        (1, str(later[1].id)),
        (2, "00000000-0000-7000-8000-000000000001"),
    ]
    assert_whole(economie)


def test_the_clock_set_back_does_not_turn_the_logs_time_back(economie):
    happen(economie)
    sequence(economie, now=NOW)
    happen(economie)
    sequence(economie, now=NOW - timedelta(days=1))
    happen(economie)
    sequence(economie, now=NOW + timedelta(seconds=1))
    with tenant_scope(economie.id):
        told = [leaves.read(each.leaf)["sequenced_at"] for each in Leaf.objects.order_by("index")]
        assert told == sorted(told)
        assert told[1] == told[0]
        assert [each.at for each in Checkpoint.objects.order_by("size")] == [
            NOW,
            NOW,
            NOW + timedelta(seconds=1),
        ]


def test_a_worker_whose_clock_stands_behind_places_what_waits_all_the_same(economie):
    happen(economie)
    with time_machine.travel(NOW - timedelta(days=400)):
        assert sequence_task() == 1


def test_tiles_are_full_and_the_same_however_the_batches_fell(economie, sante):
    for tenant, most in ((economie, 7), (sante, 4096)):
        with tenant_scope(tenant.id):
            record_each(Kind.SIGN_OUT, {n: {} for n in range(600)}, actor=None, at=NOW)
        assert sequence(tenant, most=most) == 600
        assert_whole(tenant)
        with tenant_scope(tenant.id):
            hashes = list(Leaf.objects.order_by("index").values_list("leaf_hash", flat=True))
            tiles = list(Tile.objects.order_by("level", "index"))
            assert [(tile.level, tile.index) for tile in tiles] == [(0, 0), (0, 1)]
            for tile in tiles:
                part = hashes[tile.index * 256 : (tile.index + 1) * 256]
                assert tile.hashes == b"".join(part)
                assert tile.root == tree.root(part)


def test_every_entry_has_a_proof_and_every_size_grew_out_of_every_other(economie):
    with tenant_scope(economie.id):
        record_each(Kind.SIGN_OUT, {n: {} for n in range(700)}, actor=None, at=NOW)
    sequence(economie, most=100)
    with tenant_scope(economie.id):
        hashes = [bytes(h) for h in Leaf.objects.order_by("index").values_list("leaf_hash", flat=1)]
        sizes = list(Checkpoint.objects.order_by("size").values_list("size", "root"))
        assert [size for size, _ in sizes] == [100, 200, 300, 400, 500, 600, 700]
        for size, root in sizes:
            read = store.Hashes(size)
            for index in {0, 1, 255, 256, 511, 512, size - 1, size // 2} & set(range(size)):
                proof = tree.inclusion_proof(index, size, read)
                assert proof == tree.inclusion_proof(index, size, tree.reader(hashes))
                assert tree.verify_inclusion(
                    hashes[index], index=index, size=size, proof=proof, root=bytes(root)
                )
            for old_size, old_root in sizes:
                if old_size <= size:
                    assert tree.verify_consistency(
                        old_size=old_size,
                        size=size,
                        proof=store.consistency_proof(old_size, size),
                        old_root=bytes(old_root),
                        root=bytes(root),
                    )


def test_a_proof_costs_the_same_statements_whatever_the_place(economie):
    with tenant_scope(economie.id):
        record_each(Kind.SIGN_OUT, {n: {} for n in range(700)}, actor=None, at=NOW)
    sequence(economie)
    with tenant_scope(economie.id):
        for index in (0, 300, 699):
            event_id = Leaf.objects.get(index=index).event_id
            with statements() as sent:
                proven = store.inclusion_of(event_id)
            # The entry, the checkpoint, full tiles, the unfinished one, roots of tiles.
            assert len(sent) <= 5
            assert proven.index == index
            assert tree.verify_inclusion(
                proven.leaf_hash,
                index=index,
                size=proven.checkpoint.size,
                proof=proven.proof,
                root=bytes(proven.checkpoint.root),
            )
        [event] = happen(economie)
        assert store.inclusion_of(event.id) is None  # it waits


def test_a_batch_costs_the_same_statements_whatever_its_size(economie):
    happen(economie)
    sequence(economie)
    sent = {}
    for count in (1, 40):
        happen(economie, count)
        with statements() as sent[count]:
            assert sequencer.sequence(economie.id, now=NOW) == count
    assert len(sent[1]) == len(sent[40]) <= 10


def test_what_is_not_whole_proves_nothing(economie):
    with tenant_scope(economie.id):
        record_each(Kind.SIGN_OUT, {n: {} for n in range(300)}, actor=None, at=NOW)
    sequence(economie)
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM audit_leaf WHERE index = 290")
    with tenant_scope(economie.id), pytest.raises(store.MissingHashes, match="l’entrée 290 manque"):
        store.consistency_proof(280, 300)


def test_each_tenant_has_a_log_of_its_own_and_so_has_the_installation(economie, sante):
    happen(economie, 2)
    happen(sante, 3)
    record_platform(Kind.SIGN_OUT)
    assert sequence_task() == 6
    assert checkpoint(economie).size == 2
    assert checkpoint(sante).size == 3
    with tenant_scope(PLATFORM):
        assert store.latest_checkpoint().size == 1
    assert sequence_task() == 0
    assert sequencer.tenants_with_pending() == []
    assert set(sequencer.tenants_with_log()) == {PLATFORM, economie.id, sante.id}


def test_a_copy_for_another_ministry_stands_in_its_own_tree(economie, sante, run_outbox):
    with tenant_scope(economie.id):
        record(Kind.JOIN_GRANTED, actor=Somebody, deliver_to=sante.id)
    run_outbox()
    sequence_task()
    with tenant_scope(sante.id):
        told = leaves.read(Leaf.objects.get().leaf)
    assert told["delivered_from"] == str(economie.id)
    assert_whole(sante)


def test_the_command_places_once_what_waits(economie, capsys):
    happen(economie, 3)
    call_command("audit_sequence")
    assert "3 événement(s)" in capsys.readouterr().out
    assert_whole(economie)


def test_an_event_that_waits_for_long_is_told(economie):
    """An event that vanished before it was placed does not stop the platform: the check tells."""
    happen(economie, 2)
    with tenant_scope(economie.id):
        since = Pending.objects.order_by("since").first().since
    assert sequencer.tenants_with_pending(before=since - timedelta(seconds=1)) == []
    assert sequencer.tenants_with_pending(before=since) == [economie.id]
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM audit_event")
    assert sequencer.tenants_with_pending(before=since + timedelta(days=1)) == []
    assert sequence(economie) == 0
    assert pending(economie) == 2


def test_payloads_are_read_as_json_reads_them(economie):
    assert json.loads(leaves.canonical({"b": None, "a": "é"})) == {"a": "é", "b": None}
    assert leaves.canonical({"b": None, "a": "é"}) == '{"a":"é","b":null}'.encode()
