"""A person's data in a log: handed over, erased, and the proofs hold."""

import json
import os
import stat
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from audit import holds, people
from audit.checking import check
from audit.keeper import NoKeeper
from audit.kinds import Kind
from audit.log import record
from audit.models import LegalHold
from isolation.scope import tenant_scope
from tests.audit.keeping import assert_proven, events, go_believes, rows
from tests.audit.logbook import NOW, checkpoint, happen, sequence
from tests.audit.test_go_verifier import go_verifier  # noqa: F401, a fixture

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
MEETING = uuid4()


class Paul:
    id, audit_name = UUID("01900000-0000-7000-8000-00000000a001"), "Paul Oublié"


class Anna:
    id, audit_name = UUID("01900000-0000-7000-8000-00000000a002"), "Anna Reste"


def tell(tenant) -> None:
    """Paul acts, is concerned, is acted for and is mentioned; Anna does something alone."""
    with tenant_scope(tenant.id):
        record(Kind.SIGN_IN, actor=Paul, at=NOW)
        record(
            Kind.CHAT_DELETED,
            actor=Anna,
            subject=Paul,
            meeting_id=MEETING,
            at=NOW,
            message="secret",
        )
        record(Kind.MEETING_CANCELLED, actor=Anna, on_behalf_of=str(Paul.id), at=NOW)
        record(Kind.LOG_READ, actor=Anna, at=NOW, filter={"person": str(Paul.id)})
        record(Kind.SIGN_IN, actor=Anna, at=NOW)
    sequence(tenant)


@pytest.fixture
def log(economie):
    happen(economie, 260)
    tell(economie)
    return economie


def erase(tenant, *, reason="Demande 7") -> int:
    return people.erase(tenant_id=tenant.id, person_id=Paul.id, reason=reason, now=NOW)


def run(command, tenant, *arguments):
    call_command(command, "--tenant", tenant.short_name, *map(str, arguments), verbosity=0)


# --- Erasure --------------------------------------------------------------------------------
def test_erased_data_are_gone_and_every_proof_holds(log, tmp_path, go_verifier):  # noqa: F811
    before = checkpoint(log)
    assert assert_proven(log, tmp_path, since=before.note).erased == 0
    assert erase(log) == 3
    sequence(log)
    verified = assert_proven(log, tmp_path, since=before.note)
    assert (verified.erased, verified.whole) == (3, True)
    go_believes(go_verifier, tmp_path)
    emptied = [event for event in events(log) if not event.salt]
    assert {event.kind for event in emptied} == {
        Kind.SIGN_IN,
        Kind.CHAT_DELETED,
        Kind.MEETING_CANCELLED,
    }
    for event in emptied:
        assert (event.actor_name, event.subject_name, event.on_behalf_of) == ("", "", "")
        assert (event.origin, event.payload) == (None, {})
    assert "Oublié" not in json.dumps(
        [event.actor_name + event.subject_name for event in events(log)]
    )
    annas = [event.actor_name for event in events(log) if event.actor_id == str(Anna.id)]
    assert sorted(annas) == ["", "", "Anna Reste", "Anna Reste"]
    [told] = events(log, Kind.PERSON_ERASED)
    assert (told.subject_id, told.subject_name) == (str(Paul.id), "")
    assert told.payload == {"events": 3, "reason": "Demande 7"}


def test_a_second_erasure_changes_nothing(log):
    erase(log)
    sequence(log)
    before = rows(log)
    assert erase(log, reason="encore") == 0
    assert rows(log) == before


def test_what_comes_later_can_be_erased_later(log):
    erase(log)
    tell(log)
    assert erase(log) == 3
    assert len(events(log, Kind.PERSON_ERASED)) == 2
    sequence(log)
    assert check(log.id).findings == []


def test_an_event_that_waits_for_its_place_is_erased_too(economie):
    with tenant_scope(economie.id):
        record(Kind.SIGN_IN, actor=Paul, at=NOW)
    assert erase(economie) == 1
    sequence(economie)
    assert check(economie.id).findings == []


def test_killed_before_its_event_is_written_nothing_was_erased(log, monkeypatch):
    before = rows(log)
    monkeypatch.setattr(people, "record", lambda *args, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erase(log)
    assert rows(log) == before


def test_another_ministrys_log_is_untouched(log, sante):
    tell(sante)
    before = rows(sante)
    erase(log)
    assert rows(sante) == before


@pytest.mark.parametrize(
    "what", [{}, {"meeting_id": MEETING}, {"person_id": Paul.id}, {"person_id": Anna.id}]
)
def test_what_is_held_is_not_erased(log, what):
    """Also where the hold is about somebody else of the same event."""
    hold = holds.put(tenant_id=log.id, reason="Instruction", by="Tribunal", now=NOW, **what)
    before = rows(log)
    with pytest.raises(people.Held) as refused:
        erase(log)
    assert [each.id for each in refused.value.holds] == [hold.id]
    assert rows(log) == before
    holds.lift(tenant_id=log.id, hold_id=hold.id, reason="Classé", by="Tribunal", now=NOW)
    assert erase(log) == 3


def test_a_hold_of_something_else_is_no_reason(log):
    holds.put(tenant_id=log.id, reason="x", by="x", now=NOW, meeting_id=uuid4())
    assert erase(log) == 3


# --- Access ---------------------------------------------------------------------------------
def test_everything_about_a_person_and_nothing_else(log, sante, tmp_path):
    tell(sante)
    path = tmp_path / "paul.jsonl"
    count = people.export(tenant_id=log.id, person_id=Paul.id, path=path, now=NOW)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert count == len(lines)
    assert sorted((line["kind"], *line["person_is"]) for line in lines) == [
        ("chat_deleted", "subject"),
        ("log_read", "mentioned"),
        ("meeting_cancelled", "on_behalf_of"),
        ("person_exported", "subject"),
        ("sign_in", "actor"),
    ]
    [deleted] = [line for line in lines if line["kind"] == "chat_deleted"]
    assert (deleted["subject_name"], deleted["meeting"]) == ("Paul Oublié", str(MEETING))
    assert deleted["payload"] == {"message": "secret"}
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    [told] = events(log, Kind.PERSON_EXPORTED)
    assert told.subject_id == str(Paul.id)
    with pytest.raises(FileExistsError):
        people.export(tenant_id=log.id, person_id=Paul.id, path=path, now=NOW)


# --- Commands -------------------------------------------------------------------------------
def test_the_commands(log, tmp_path, capsys):
    run("audit_hold", log)
    run("audit_hold", log, "--person", Paul.id, "--reason", "Instruction 12", "--by", "Tribunal")
    with tenant_scope(log.id):
        hold = LegalHold.objects.get()
    run("audit_hold", log)
    with pytest.raises(CommandError, match=str(hold.id)):
        run("audit_erase", log, "--person", Paul.id, "--reason", "Demande 7")
    lift = ("audit_hold", log, "--lift", hold.id, "--reason", "Classé", "--by", "Tribunal")
    run(*lift)
    with pytest.raises(CommandError, match="déjà levée"):
        run(*lift)
    run("audit_person", log, "--person", Paul.id, "--output", tmp_path / "x")
    run("audit_erase", log, "--person", Paul.id, "--reason", "Demande 7")
    told = capsys.readouterr().out
    assert "Aucune conservation n’est imposée." in told
    assert f"personne {Paul.id}" in told
    assert "Tribunal : Instruction 12" in told
    assert "3 événement(s) vidé(s)." in told


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("audit_hold", ["--reason", "x"], "qui l’ordonne"),
        ("audit_hold", ["--by", "x"], "Dites le motif"),
        ("audit_hold", ["--lift", uuid4(), "--reason", "x", "--by", "x"], "Aucune conservation"),
        ("audit_erase", ["--person", Paul.id, "--reason", " "], "Dites le motif"),
        ("audit_person", ["--person", Paul.id, "--output", "/nowhere/x"], "n’a pas pu être écrit"),
    ],
)
def test_commands_that_are_refused(log, command, arguments, message):
    with pytest.raises(CommandError, match=message):
        run(command, log, *arguments)


def test_without_a_keeper_nothing_is_erased_or_held(log, settings, monkeypatch):
    monkeypatch.delitem(settings.DATABASES, "keeper")
    with pytest.raises(NoKeeper):
        erase(log)
    with pytest.raises(CommandError, match="DATABASE_KEEPER_URL"):
        run("audit_hold", log, "--reason", "x", "--by", "x")
