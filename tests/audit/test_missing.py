"""Leaves or tiles that were deleted in the database: whoever asks for a proof is told which is missing."""

import pytest
from django.core.management import CommandError, call_command

from audit import cosigning, proving, store
from audit.kinds import Kind, Outcome
from audit.log import record_each
from isolation.scope import tenant_scope
from tests.audit.keeping import events
from tests.audit.logbook import NOW, as_owner, places, sequence

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def log(economie):
    with tenant_scope(economie.id):
        record_each(Kind.SIGN_IN, {number: {} for number in range(600)}, actor=None, at=NOW)
    sequence(economie)
    return economie


DAMAGES = {
    "a leaf of the edge": ("DELETE FROM audit_leaf WHERE index IN (551, 560)", 551, 551),
    "a tile": ("DELETE FROM audit_tile WHERE level = 0 AND index = 0", 0, 255),
    "all tiles": ("DELETE FROM audit_tile", 0, 255),
}


# Its tile proves its neighbours still.
IN_A_TILE = {"a leaf of a full tile": ("DELETE FROM audit_leaf WHERE index IN (7, 300)", 7, 7)}


@pytest.mark.parametrize(
    ("statement", "first", "last"),
    [*DAMAGES.values(), *IN_A_TILE.values()],
    ids=[*DAMAGES, *IN_A_TILE],
)
def test_an_export_says_which_and_the_log_too(log, tmp_path, logged, statement, first, last):
    as_owner(statement)
    path = tmp_path / "bundle.zip"
    named = f"l’entrée {first} manque" if first == last else f"entrées {first} à {last}"
    with pytest.raises(CommandError, match=named):
        call_command("audit_export", "--tenant", log.short_name, "--output", str(path))
    assert not path.exists()
    asked, failed = events(log, Kind.LOG_EXPORTED)
    assert (asked.outcome, failed.outcome) == (Outcome.SUCCESS, Outcome.FAILED)
    assert failed.payload["missing"] == [first, last]
    assert "log_not_whole" in logged()


@pytest.mark.parametrize(("statement", "first", "last"), DAMAGES.values(), ids=DAMAGES)
def test_what_is_asked_for_a_proof_says_which(log, logged, statement, first, last):
    as_owner(statement)
    with tenant_scope(log.id):
        with pytest.raises(store.MissingHashes) as missing:
            store.consistency_proof(100, 600)
        assert (missing.value.first, missing.value.last) == (first, last)
        found = proving.prove([places(log)[100][1]], now=NOW)
    assert (found.missing.first, found.missing.last) == (first, last)
    assert "log_not_whole" in logged()


def test_one_damaged_log_keeps_no_witness_from_the_others(log, sante, monkeypatch):
    asked = []

    def cosign(tenant_id, witness):
        asked.append(tenant_id)
        raise store.MissingHashes(3, 3, 0)

    class Witness:
        pass

    monkeypatch.setattr(cosigning, "witnesses", lambda: [Witness])
    monkeypatch.setattr(cosigning, "tenants_with_log", lambda: [log.id, sante.id])
    monkeypatch.setattr(cosigning, "cosign", cosign)
    monkeypatch.setattr(cosigning, "_failed", lambda *arguments: None)
    assert cosigning.cosign_due() == 0
    assert sorted(asked) == sorted([log.id, sante.id])
