"""What is proven of what a page shows: checked while it is written, and false where somebody edited."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import checking, checkpoints, cosigning, departures, holds, notes
from audit.kinds import Kind, Outcome
from audit.models import Checkpoint, Departure
from audit.proving import prove
from auditors import proofs, views_proofs
from isolation.scope import tenant_scope
from tests.audit.logbook import NOW, as_owner, happen, places, sequence
from tests.auditors.conftest import WHY
from tests.fakes.witness import FakeWitness

# The superuser's connection sees what is committed only.
pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def verdicts(tenant, events) -> list[str]:
    with tenant_scope(tenant.id):
        return [each.verdict.value for each in prove([e.id for e in events], now=NOW).each.values()]


def edit(event, assignment: str, *values) -> None:
    as_owner(
        f"UPDATE audit_event SET {assignment} WHERE id = %s",  # noqa: S608, our own
        params=[*values, event.id],
    )


# --- Of events ----------------------------------------------------------------------------------
def test_what_is_placed_is_proven_and_what_is_not_waits(economie):
    placed = happen(economie, 300)
    sequence(economie)
    waiting = happen(economie, 2)
    assert verdicts(economie, placed) == ["proven"] * 300
    assert verdicts(economie, waiting) == ["waiting"] * 2


@pytest.mark.parametrize(
    ("assignment", "value", "differ"),
    [
        ("kind = %s", "sign_out", ("kind",)),
        ("at = at + %s", timedelta(seconds=1), ("at",)),
        ("actor_name = %s", "Quelqu’un d’autre", ("personal",)),
        ("payload = %s::jsonb", '{"number": 99}', ("personal",)),
        ("salt = %s", b"", ("personal",)),
    ],
)
def test_an_edited_event_says_what_does_not_fit(economie, assignment, value, differ):
    events = happen(economie, 3)
    sequence(economie)
    edit(events[1], assignment, value)
    with tenant_scope(economie.id):
        found = prove([event.id for event in events], now=NOW).each
    assert [found[event.id].verdict for event in events] == ["proven", "edited", "proven"]
    assert found[events[1].id].differ == differ


def test_a_leaf_that_was_rewritten_with_its_event_does_not_lead_to_what_was_signed(economie):
    events = happen(economie, 3)
    sequence(economie)
    [before, after] = events[1], "Quelqu’un d’autre"
    edit(before, "actor_id = %s", after)
    as_owner(
        "UPDATE audit_leaf SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), %s, %s), 'UTF8')"
        " WHERE event_id = %s",
        params=[before.actor_id, after, before.id],
    )
    as_owner(
        "UPDATE audit_leaf SET leaf_hash = sha256('\\x00'::bytea || leaf) WHERE event_id = %s",
        params=[before.id],
    )
    assert "unsigned" in verdicts(economie, events)
    assert verdicts(economie, [before]) == ["unsigned"]


def test_an_event_that_was_put_in_beside_the_tree_is_named(economie):
    [event] = happen(economie)
    as_owner("DELETE FROM audit_pending WHERE event_id = %s", params=[event.id])
    assert verdicts(economie, [event]) == ["unplaced"]


def test_a_forged_checkpoint_proves_nothing(economie):
    events = happen(economie, 2)
    sequence(economie)
    with tenant_scope(economie.id):
        origin = checkpoints.origin_of(economie.id)
        forged = notes.Signer(origin, b"f" * 32)
        latest = Checkpoint.objects.get()
        text = str(notes.Checkpoint(origin, latest.size, bytes(latest.root)))
    as_owner("UPDATE audit_checkpoint SET note = %s", params=[notes.sign(text, [forged])])
    with tenant_scope(economie.id):
        found = prove([event.id for event in events], now=NOW)
    assert found.bad_note
    assert {proof.verdict for proof in found.each.values()} == {"unsigned"}


def test_the_number_of_statements_depends_on_nothing(economie):
    happen(economie, 3)
    sequence(economie)
    counts = []
    for more in (0, 600):
        events = happen(economie, more + 2)
        sequence(economie)
        with tenant_scope(economie.id), CaptureQueriesContext(connection) as statements:
            proven = prove([event.id for event in events], now=NOW)
        assert proven.having("proven") == more + 2
        counts.append(len(statements))
    assert max(counts) <= 6


# --- On the pages -------------------------------------------------------------------------------
def test_each_page_says_whether_what_it_shows_is_proven(reader, log, economie):
    page = reader.get("/audit/").content.decode()
    assert "Pas encore de preuve" in page
    sequence(economie, now=timezone.now())
    page = reader.get(f"/audit/reunions/{log.committee.id}/").content.decode()
    assert "Prouvé, vérifié à" in page
    answer = reader.get("/audit/")
    standing = answer.context["standing"]
    assert (standing.bad, standing.unproven_yet) == (0, standing.shown - standing.proven)
    sheet = reader.get(f"/audit/{log.muting.id}/").content.decode()
    assert "<strong>Prouvé.</strong>" in sheet
    assert "Preuve d’inclusion" in sheet


def test_what_was_edited_is_seen_in_the_table_the_story_and_the_sheet(reader, log, economie):
    sequence(economie, now=timezone.now())
    edit(log.admission, "subject_name = %s", "Quelqu’un d’autre")
    for address in ("/audit/", f"/audit/reunions/{log.committee.id}/"):
        page = reader.get(address).content.decode()
        assert "1 événement affiché ne concorde plus" in page
        assert page.count("Modifié depuis") == 1
    sheet = reader.get(f"/audit/{log.admission.id}/").content.decode()
    assert "Modifié depuis qu’il a été signé." in sheet
    assert "Ne concorde plus : noms, adresse d’origine ou détails." in sheet


def test_a_log_that_is_not_whole_says_so_on_every_page(reader, log, economie):
    sequence(economie, now=timezone.now())
    index = {event: place for place, event in places(economie)}[str(log.muting.id)]
    other = 0 if index else 1
    as_owner("DELETE FROM audit_leaf WHERE index = %s", params=[other])
    said = f"l’entrée {other} manque dans l’arbre"
    story = f"/audit/reunions/{log.committee.id}/"
    for address in ("/audit/", story, f"/audit/{log.muting.id}/"):
        answer = reader.get(address)
        assert answer.status_code == 200
        assert said in answer.content.decode()
    page = reader.post("/audit/preuves/verifier/", follow=True).content.decode()
    assert f"Entrée {other} supprimée" in page
    for address in ("/audit/preuves/", "/audit/export.csv", "/audit/export.jsonl"):
        assert reader.get(address).status_code == 200


# --- Checkpoints, keys, the whole log -----------------------------------------------------------
def test_a_checkpoint_and_the_keys_leave_as_they_are(reader, log, economie, events):
    sequence(economie, now=timezone.now())
    answer = reader.get("/audit/preuves/")
    [listed] = answer.context["checkpoints"]
    note = reader.get(f"/audit/preuves/{listed.size}.txt")
    assert note["Content-Disposition"].startswith("attachment")
    keys = reader.get("/audit/preuves/cles.txt").content.decode().splitlines()
    opened = notes.open_checkpoint(note.content, [notes.parse_verifier(key) for key in keys])
    assert opened.size == listed.size
    with tenant_scope(economie.id):
        assert Departure.objects.get().size == listed.size
    assert keys[0] in answer.content.decode()
    assert [event.payload for event in events("log_exported")] == [
        WHY | {"format": "checkpoint", "size": listed.size}
    ]
    for nowhere in ("999999", "9" * 40):
        assert reader.get(f"/audit/preuves/{nowhere}.txt").status_code == 404
    assert reader.get("/audit/preuves/?before=x").status_code == 404


def test_whoever_downloads_a_checkpoint_can_compare_it_with_every_later_export(reader, economie):
    happen(economie)
    sequence(economie, now=timezone.now())
    [listed] = reader.get("/audit/preuves/").context["checkpoints"]
    reader.get(f"/audit/preuves/{listed.size}.txt")
    with tenant_scope(economie.id):
        assert departures.sizes_outside(before=listed.size + 1) == [listed.size]


def test_who_cosigns_and_who_refuses_is_shown(reader, economie, settings):
    first, second = FakeWitness(), FakeWitness("autre.test/w2", bytes([8]) * 32)
    happen(economie)
    sequence(economie, now=timezone.now())
    with first.serving() as here, second.serving() as there:
        settings.AUDIT_WITNESSES = f"{first.key} {here} {second.key} {there}"
        with tenant_scope(economie.id):
            for verifier in checkpoints.verifiers_of(economie.id):
                first.knows(verifier)
        assert cosigning.cosign_due() == 1  # the second one does not know this log's key
    answer = reader.get("/audit/preuves/")
    page = answer.content.decode()
    assert page.count("Refuse de contresigner") == 1
    [refusing, cosigning_one] = answer.context["witnesses"]
    assert refusing["name"] == "autre.test/w2"
    assert refusing["refusal"]
    size = cosigning_one["seen"].size
    # What leaves carries what the witness said.
    note = reader.get(f"/audit/preuves/{size}.txt").content.decode()
    assert notes.parse(note).signed_by([first.signer.witness])


def test_what_must_be_kept_is_shown(reader, economie):
    assert "Aucune : le journal est purgé" in reader.get("/audit/preuves/").content.decode()
    reason = "Réquisition <script>alert(1)</script>"
    holds.put(tenant_id=economie.id, reason=reason, by="Tribunal judiciaire", now=NOW)
    page = reader.get("/audit/preuves/").content.decode()
    assert "Réquisition &lt;script&gt;" in page
    assert "Tribunal judiciaire" in page
    assert "Tout le journal" in page


def test_a_log_is_not_checked_again_at_once(reader, economie, events):
    happen(economie)
    sequence(economie, now=timezone.now())
    reader.post("/audit/preuves/verifier/")
    page = reader.post("/audit/preuves/verifier/", follow=True).content.decode()
    assert "Le journal vient d’être vérifié" in page
    assert len(events("log_checked")) == 1


def test_checkpoints_are_paged(reader, economie, monkeypatch):
    monkeypatch.setattr(views_proofs, "LENGTH", 2)
    for _ in range(3):
        happen(economie)
        sequence(economie)
    first = reader.get("/audit/preuves/").context
    rest = reader.get(f"/audit/preuves/?before={first['older']}").context
    sizes = [each.size for each in [*first["checkpoints"], *rest["checkpoints"]]]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) >= 3


def test_another_ministrys_checkpoints_are_nowhere(reader, sante):
    happen(sante, 77)
    sequence(sante)
    assert reader.get("/audit/preuves/77.txt").status_code == 404
    assert reader.get("/audit/preuves/").context["checkpoints"] == []


def test_checking_says_what_it_found_and_stands_in_the_log(reader, auditor, log, economie, events):
    sequence(economie, now=timezone.now())
    page = reader.post("/audit/preuves/verifier/", follow=True).content.decode()
    assert "rien à signaler" in page
    [checked] = events("log_checked")
    assert checked.actor_id == str(auditor.id)
    assert checked.outcome == Outcome.SUCCESS
    assert checked.payload["whole"] is True
    edit(log.muting, "outcome = %s", "refused")
    with time_machine.travel(timezone.now() + proofs.BETWEEN_CHECKS, tick=True):
        page = reader.post("/audit/preuves/verifier/", follow=True).content.decode()
    assert "Le journal ne concorde plus avec ce qui a été signé" in page
    bad = events("log_checked")[-1]
    assert bad.outcome == Outcome.FAILED
    assert "modifiée" in bad.payload["finding"]
    assert "Ne concordent plus : outcome" in reader.get("/audit/").content.decode()


def test_of_a_large_log_the_last_entries_are_checked(economie, monkeypatch):
    monkeypatch.setattr(checking, "CHUNK", 256)
    events = happen(economie, 600)
    sequence(economie, most=100)
    report = checking.check_recent(economie.id, most=300, seconds=60)
    assert (report.start, report.end, report.findings) == (256, 600, [])
    assert not report.is_whole
    at = {event_id: index for index, event_id in places(economie)}
    events.sort(key=lambda event: at[str(event.id)])
    edit(events[10], "kind = %s", "sign_out")
    assert checking.check_recent(economie.id, most=300, seconds=60).findings == []
    edit(events[500], "kind = %s", "sign_out")
    assert checking.check_recent(economie.id, most=300, seconds=60).first.first == 500
    assert checking.check(economie.id).first.first == 10


def test_a_check_stops_when_its_time_is_over(economie):
    happen(economie, 3)
    sequence(economie)
    report = checking.check_recent(economie.id, most=300, seconds=0)
    assert (report.start, report.end, report.is_whole) == (0, 0, False)


def test_the_last_check_is_read_from_the_log(reader, economie, log):
    with tenant_scope(economie.id):
        assert proofs.last_check() is None
    sequence(economie, now=timezone.now())
    reader.post("/audit/preuves/verifier/")
    with tenant_scope(economie.id):
        checked = proofs.last_check()
    assert checked.event.kind == Kind.LOG_CHECKED
    assert checked.is_sound
    assert checked.is_whole
    assert checked.count > 0
