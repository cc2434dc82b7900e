"""The log with its proofs, as an auditor takes it away and verifies it without Visio."""

import json
import zipfile
from io import BytesIO

import pytest
from django.utils import timezone

from audit import departures
from audit.export import archive
from audit.models import Checkpoint
from audit.verify.refusal import Refused
from audit.verify.verification import verify
from auditors import bundles
from isolation.scope import tenant_scope
from tests.audit.keeping import go_believes
from tests.audit.logbook import as_owner, happen, sequence
from tests.audit.test_go_verifier import go_verifier  # noqa: F401, a fixture
from tests.auditors.conftest import WHY
from tests.waiting import until

# The bundle is written by a thread of its own: it sees what is committed only.
pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def download(reader, tmp_path):
    """`download("preuves/export.zip")` is the path of what came."""

    def take(address: str):
        answer = reader.post(f"/audit/{address}")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/zip"
        assert answer["Content-Disposition"].startswith('attachment; filename="journal-economie-')
        path = tmp_path / "bundle.zip"
        path.write_bytes(answer.getvalue())
        return path

    return take


def members(path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def test_a_whole_log_is_verified_from_what_was_downloaded(
    download,
    economie,
    auditor,
    events,
    go_verifier,  # noqa: F811
    tmp_path,
):
    happen(economie, 300)
    sequence(economie, now=timezone.now())
    verified = verify(str(download("preuves/export.zip")))
    assert verified.whole
    assert verified.entries > 300
    go_believes(go_verifier, tmp_path)
    [exported] = events("log_exported")
    assert exported.actor_id == str(auditor.id)
    assert exported.payload == WHY | {"format": "bundle", "filter": {"from": None, "to": None}}
    with tenant_scope(economie.id):
        latest = Checkpoint.objects.order_by("-size").first()
        assert departures.sizes_outside(before=latest.size + 1) == [latest.size]


def test_one_meeting_with_its_proofs(download, log, economie, events, go_verifier, tmp_path):  # noqa: F811
    sequence(economie, now=timezone.now())
    path = download(f"reunions/{log.committee.id}/preuves.zip")
    verified = verify(str(path))
    assert not verified.whole
    go_believes(go_verifier, tmp_path)
    meetings = {
        json.loads(line)["event"]["meeting"]
        for line in members(path)["readable.jsonl"].splitlines()
    }
    assert meetings == {str(log.committee.id)}
    assert [event.meeting_id for event in events("log_exported")] == [log.committee.id]


def test_another_ministrys_meeting_holds_nothing_of_it(download, sante, economie):
    from uuid import uuid4

    happen(economie)
    sequence(economie, now=timezone.now())
    path = download(f"reunions/{uuid4()}/preuves.zip")
    assert members(path)["readable.jsonl"] == b""
    assert str(sante.id).encode() not in b"".join(members(path).values())


def test_before_anything_is_signed_one_is_told(reader):
    answer = reader.post("/audit/preuves/export.zip", follow=True)
    assert "Rien n’a encore été signé" in answer.content.decode()


def test_a_tree_with_a_hole_is_told_instead(reader, economie, events):
    happen(economie, 5)
    sequence(economie, now=timezone.now())
    as_owner("DELETE FROM audit_leaf WHERE index = 2")
    answer = reader.post("/audit/preuves/export.zip", follow=True)
    assert "ne peut plus être prouvé : l’entrée 2 manque" in answer.content.decode()
    assert [event.outcome for event in events("log_exported")] == ["success", "failed"]


def test_what_breaks_off_opens_nowhere(reader, economie, monkeypatch, tmp_path):
    happen(economie, 3)
    sequence(economie, now=timezone.now())
    monkeypatch.setattr(bundles, "BLOCK", 64)

    def breaks(*arguments):
        yield b"x" * archive.BLOCK
        raise RuntimeError("the database went away")

    monkeypatch.setattr("audit.export.bundle.readable_lines", breaks)
    answer = reader.post("/audit/preuves/export.zip")
    came = []
    with pytest.raises(RuntimeError, match="went away"):
        came.extend(answer.streaming_content)
    assert came
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(BytesIO(b"".join(came)))
    path = tmp_path / "bundle.zip"
    path.write_bytes(b"".join(came))
    with pytest.raises(Refused):
        verify(str(path))


def test_who_goes_away_lets_go_of_the_database(reader, economie, monkeypatch):
    import threading

    happen(economie, 3)
    sequence(economie, now=timezone.now())
    monkeypatch.setattr(bundles, "BLOCK", 64)

    def without_end(*arguments):
        while True:
            yield b"x" * archive.BLOCK

    monkeypatch.setattr("audit.export.bundle.readable_lines", without_end)
    answer = reader.post("/audit/preuves/export.zip")
    next(iter(answer.streaming_content))
    answer.close()
    until(lambda: "bundle" not in {thread.name for thread in threading.enumerate()})
