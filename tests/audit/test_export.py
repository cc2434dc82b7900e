"""manage.py audit_export: what it writes verifies without us, and tells what the database hides."""

import json
import os
import stat
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from audit import departures, tree
from audit.export.proofs import Prover
from audit.kinds import Kind
from audit.log import record, record_each
from audit.models import Checkpoint, Event, Leaf, Outside
from audit.store import Hashes
from audit.verify.refusal import Refused
from audit.verify.verification import verify
from isolation.scope import PLATFORM, tenant_scope
from tests.audit.logbook import NOW, as_owner, checkpoint, happen, places, sequence

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def export(tmp_path, economie):
    """`export("--meeting", …)` is the bundle's path."""

    def run(*arguments, tenant=None):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.zip"
        name = (tenant or economie).short_name
        call_command(
            "audit_export", "--tenant", name, "--output", str(path), *arguments, verbosity=0
        )
        return path

    return run


def happen_at_once(tenant, count: int) -> None:
    with tenant_scope(tenant.id):
        record_each(Kind.SIGN_IN, {number: {} for number in range(count)}, actor=None, at=NOW)


def members(path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def readable(path) -> list[dict]:
    return [json.loads(line) for line in members(path)["readable.jsonl"].splitlines()]


def test_a_whole_log_verifies_as_it_is_exported(economie, export):
    happen_at_once(economie, 299)
    happen(economie, 1)
    with tenant_scope(economie.id):
        record(
            Kind.LOG_READ,
            meeting_id=uuid4(),
            at=NOW,
            filter={
                "said": 'retour\nà la ligne, "guillemets", \\, \u202edroite à gauche\u2028, =SOMME(A1)',
                "ratio": 0.1,
                "deep": [{"z": None, "a": [True, 1, 10**20, 1e-7]}],
                "long": "x" * 1_000_000,
            },
        )
        record(Kind.SIGN_IN, at=NOW, guest="".join(map(chr, range(1, 32))) + "\x7f")
    sequence(economie, most=50)
    path = export()
    verified = verify(str(path))
    assert (verified.entries, verified.whole, verified.late_count) == (
        checkpoint(economie).size,
        True,
        0,
    )
    files = members(path)
    assert {name for name in files if "/" in name} == {
        f"checkpoints/{n}" for n in range(50, 301, 50)
    }
    assert "Hélène D’Œuvre" in {line["event"]["actor_name"] for line in readable(path)}
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_large_log_leaves_its_proofs_out(economie, export, monkeypatch):
    monkeypatch.setattr("audit.export.bundle.PROVEN_UP_TO", 100)
    happen_at_once(economie, 101)
    sequence(economie)
    path = export()
    assert b'"proof"' not in members(path)["entries.jsonl"]
    assert verify(str(path)).whole


def test_many_checkpoints_are_thinned(economie, export, monkeypatch):
    monkeypatch.setattr("audit.export.bundle.EARLIER", 5)
    happen(economie, 40)
    sequence(economie, most=1)
    sizes = [name for name in members(export()) if name.startswith("checkpoints/")]
    assert 3 <= len(sizes) <= 5


def test_an_export_is_in_the_log_before_it_is_written(economie, export):
    happen(economie, 1)
    sequence(economie)
    meeting = uuid4()
    export("--meeting", str(meeting), "--from", "2026-11-01", "--to", "2026-11-30T12:00:00+00:00")
    with tenant_scope(economie.id):
        event = Event.objects.get(kind=Kind.LOG_EXPORTED)
    assert event.meeting_id == meeting
    assert event.payload == {
        "format": "bundle",
        "filter": {"from": "2026-10-31T23:00:00.000000Z", "to": "2026-11-30T12:00:00.000000Z"},
    }


def test_a_part_of_a_log_verifies_by_its_proofs(economie, export):
    meeting = uuid4()
    for number in range(20):
        with tenant_scope(economie.id):
            at = NOW + timedelta(days=number)
            record(Kind.LOBBY_ADMITTED, meeting_id=meeting if number % 2 else None, at=at)
    sequence(economie)
    for arguments, count in (
        (["--meeting", str(meeting)], 10),
        (["--from", "2026-11-26", "--to", "2026-11-27"], 2),
        (["--from", "2026-11-26T09:30:00Z", "--to", "2026-11-27T09:30:00+00:00"], 1),
        (["--from", "2026-11-26", "--meeting", str(meeting)], 10),
        (["--meeting", str(uuid4())], 0),
    ):
        verified = verify(str(export(*arguments)))
        assert (verified.entries, verified.whole) == (count, False)


def test_a_ministrys_export_holds_nothing_of_another(economie, sante, export):
    happen(economie, 3)
    happen(sante, 5)
    sequence(economie)
    sequence(sante)
    assert verify(str(export(tenant=sante))).entries == 5
    assert str(economie.id).encode() not in b"".join(members(export(tenant=sante)).values())


def test_the_installations_own_log_is_exported_by_its_id(tmp_path, db):
    with tenant_scope(PLATFORM):
        record(Kind.SIGN_OUT)

    class Platform:
        id = PLATFORM

    sequence(Platform)
    path = tmp_path / "bundle.zip"
    call_command("audit_export", "--tenant", str(PLATFORM), "--output", str(path), verbosity=0)
    assert verify(str(path)).whole


CHANGES = {
    "an event is edited": (
        "UPDATE audit_event SET actor_name = 'X' WHERE id = %(event)s",
        "l’entrée 3 ",
    ),
    "an event is back-dated": (
        "UPDATE audit_event SET at = at - interval '1 day' WHERE id = %(event)s",
        r"l’entrée 3 .*\(at\)",
    ),
    "an event's payload is edited": (
        'UPDATE audit_event SET payload = \'{"guest": "x"}\' WHERE id = %(event)s',
        "l’entrée 3 ",
    ),
    "an event is deleted": ("DELETE FROM audit_event WHERE id = %(event)s", "l’entrée 3 n’a plus"),
    "a leaf is edited": (
        "UPDATE audit_leaf SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'success',"
        " 'refused'), 'UTF8') WHERE event_id = %(event)s",
        "l’entrée 3 ",
    ),
    "a leaf is edited with its hash": (
        "UPDATE audit_leaf SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'success',"
        " 'refused'), 'UTF8') WHERE event_id = %(event)s; UPDATE audit_leaf SET leaf_hash ="
        " sha256('\\x00' || leaf)",
        "l’entrée 3 ",
    ),
    "a leaf is edited with its hash and its event": (
        "UPDATE audit_leaf SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'success',"
        " 'refused'), 'UTF8') WHERE event_id = %(event)s; UPDATE audit_leaf SET leaf_hash ="
        " sha256('\\x00' || leaf); UPDATE audit_event SET outcome = 'refused' WHERE id = %(event)s",
        "l’entrée 3$",  # there is a checkpoint of 3 and one of 4
    ),
    "two leaves change places": (
        "UPDATE audit_leaf SET index = -1 WHERE index = 3; UPDATE audit_leaf SET index = 3"
        " WHERE index = 4; UPDATE audit_leaf SET index = 4 WHERE index = -1",
        "l’entrée 3$",
    ),
}


@pytest.mark.parametrize(("statements", "named"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("proven_up_to", [100, 0], ids=["proofs", "no proofs"])
def test_what_a_superuser_changes_is_named(
    economie, export, monkeypatch, statements, named, proven_up_to
):
    monkeypatch.setattr("audit.export.bundle.PROVEN_UP_TO", proven_up_to)
    happen(economie, 8)
    sequence(economie, most=1)
    event_id = places(economie)[3][1]
    for statement in statements.split("; "):
        as_owner(statement % {"event": f"'{event_id}'"})
    with pytest.raises(Refused, match=named):
        verify(str(export()))


def test_erased_and_pruned_events_still_verify(economie, export):
    happen(economie, 6)
    sequence(economie)
    ids = dict(places(economie))
    as_owner(
        "UPDATE audit_event SET actor_name = '', subject_name = '', on_behalf_of = '', origin = NULL,"
        " payload = '{}', salt = '' WHERE id = %(erased)s",
        "UPDATE audit_leaf SET leaf = NULL WHERE event_id = %(pruned)s",
        "DELETE FROM audit_event WHERE id = %(pruned)s",
        params={"erased": ids[2], "pruned": ids[4]},
    )
    path = export()
    verified = verify(str(path))
    assert (verified.entries, verified.erased, verified.pruned) == (6, 1, 1)
    assert "actor_name" not in readable(path)[2]["event"]
    assert readable(path)[4] == {"index": 4, "pruned": True}


def test_a_log_that_was_rewritten_is_betrayed_by_an_earlier_checkpoint(economie, export, tmp_path):
    """Everything is taken away, and done again otherwise, with the log's own key."""
    happen(economie, 5)
    sequence(economie)
    kept = tmp_path / "kept"
    kept.write_text(checkpoint(economie).note)
    assert verify(str(export()), since=str(kept)).whole
    as_owner(
        "DELETE FROM audit_event",
        "DELETE FROM audit_pending",
        "DELETE FROM audit_leaf",
        "DELETE FROM audit_tile",
        "DELETE FROM audit_checkpoint",
    )
    happen(economie, 9)
    sequence(economie)
    path = export()
    assert verify(str(path)).whole
    with pytest.raises(Refused, match="entre l’entrée 0 et l’entrée 4"):
        verify(str(path), since=str(kept))


def test_a_restored_backup_is_betrayed_by_a_later_checkpoint(economie, export, tmp_path):
    happen(economie, 5)
    sequence(economie)
    backup = export()
    happen(economie, 5)
    sequence(economie)
    kept = tmp_path / "kept"
    kept.write_text(checkpoint(economie).note)
    with pytest.raises(Refused, match="l’entrée 5 manque"):
        verify(str(backup), since=str(kept))


def test_keys_change_with_continuity(economie, export, tmp_path, settings):
    old, new = settings.AUDIT_SIGNING_KEYS, "bmV3IGtleSBuZXcga2V5IG5ldyBrZXkgbmV3IGtleSE="
    happen(economie, 2)
    sequence(economie)
    kept = tmp_path / "kept"
    kept.write_text(checkpoint(economie).note)
    for keys in (f"{new} {old}", new):
        settings.AUDIT_SIGNING_KEYS = keys
        happen(economie, 2)
        sequence(economie)
    path = export()
    assert verify(str(path), since=str(kept)).whole
    assert len(members(path)["keys.txt"].splitlines()) == 2


def test_a_log_follows_its_installation_to_another_host(economie, export, tmp_path, settings):
    happen(economie, 2)
    sequence(economie)
    kept = tmp_path / "kept"
    kept.write_text(checkpoint(economie).note)
    settings.PUBLIC_URL = "https://elsewhere.test"
    happen(economie, 2)
    sequence(economie)
    path = export()
    assert members(path)["checkpoint"].startswith(b"elsewhere.test/")
    assert verify(str(path), since=str(kept)).whole


def test_what_cannot_be_exported_is_said(economie, export, tmp_path):
    with pytest.raises(CommandError, match="pas encore de point de contrôle"):
        export()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CommandError, match="Aucun ministère"):
        call_command("audit_export", "--tenant", "nobody", "--output", str(tmp_path / "x"))
    happen(economie, 1)
    sequence(economie)
    taken = tmp_path / "taken.zip"
    taken.write_bytes(b"mine")
    with pytest.raises(CommandError, match="existe déjà"):
        call_command("audit_export", "--tenant", economie.short_name, "--output", str(taken))
    assert taken.read_bytes() == b"mine"
    with tenant_scope(economie.id):
        assert Leaf.objects.count() == 1 + Event.objects.filter(kind=Kind.LOG_EXPORTED).count()


@pytest.mark.parametrize("size", [255, 256, 257, 600])
def test_neighbours_proofs_are_those_of_the_tree(economie, size):
    happen_at_once(economie, size)
    sequence(economie, most=100)
    with tenant_scope(economie.id):
        prover, hashes = Prover(size, Hashes(size)), Hashes(size)
        for index in [*range(0, size, 41), size - 1, 0]:
            assert prover(index) == tree.inclusion_proof(index, size, hashes)


def test_what_left_the_installation_is_always_in_it(economie, export, monkeypatch):
    monkeypatch.setattr("audit.export.bundle.EARLIER", 3)
    happen(economie, 40)
    sequence(economie, most=1)
    with tenant_scope(economie.id):
        for size in (7, 8, 23):
            departures.leaves(Checkpoint.objects.get(size=size), to=Outside.AUDITORS, now=NOW)
    path = export()
    assert {f"checkpoints/{size}" for size in (7, 8, 23)} <= set(members(path))
    assert verify(str(path)).whole
