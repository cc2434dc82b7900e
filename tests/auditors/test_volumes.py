"""The log on paper: one document, or as many volumes as it needs, in memory that does not grow."""

import gc
import subprocess
import sys
import tracemalloc
import zipfile
from io import BytesIO

import pytest
from django.conf import settings
from django.utils import timezone
from pypdf import PdfReader

from audit.kinds import Kind
from audit.log import record
from auditors import volumes
from auditors.documents import log as log_document
from isolation.scope import NoTenantScope, current_tenant_id, tenant_scope
from tenants.models import Role
from tests.audit.logbook import as_owner, happen, sequence
from tests.auditors.conftest import Somebody, at, opens_the_log, search
from tests.auditors.test_exports import add
from tests.factories import make_member

# The superuser's connection, and a log that is sequenced in between, see what is committed only.
pytestmark = pytest.mark.django_db(transaction=True)


def words_of(pdf: bytes) -> str:
    """The text of all pages, on one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def volumes_of(answer) -> dict[str, bytes]:
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(answer.getvalue())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def small_volumes(monkeypatch):
    monkeypatch.setattr(volumes, "MOST_EVENTS", 10)


def test_a_small_selection_is_one_document(reader, economie, log, auditor, events):
    sequence(economie, now=timezone.now())
    answer = reader.get("/audit/export.pdf?kind=lobby_admitted")
    assert answer["Content-Type"] == "application/pdf"
    name = answer["Content-Disposition"].partition("filename=")[2]
    assert name.startswith('"journal-economie-20')
    assert name.endswith('.pdf"')
    words = words_of(answer.getvalue())
    for told in (
        "RÉPUBLIQUE FRANÇAISE",
        "Ministère de l’Économie",
        "Journal des événements",
        "Filtre Types d’événement : Entrée admise",
        "Période du 2026-09-02T12:02:00.000000Z au 2026-09-02T13:10:00.000000Z",
        "Événements 2, du plus récent au plus ancien",
        f"à la demande de {auditor.audit_name}",
        "Motif Contrôle trimestriel Référence 2026-117",
        "2 événements sur 2 recalculés depuis leur ligne",
        log.lea.audit_name,
        f"Réunion {log.committee.id}",
        f"Événement {log.admission.id}",
        "Transmis par Ministère de la Santé",
        "Fin de l’export : 2 événements.",
        "Page 1/1",
    ):
        assert told in words, told
    with tenant_scope(economie.id):
        [event] = events("log_exported")
    assert event.payload["format"] == "pdf"
    assert event.payload["filter"] == {"kind": ["lobby_admitted"]}
    assert event.payload["reason"] == "Contrôle trimestriel"


def test_a_name_that_was_searched_stands_in_the_document_and_not_in_its_name(reader, log):
    answer = search(reader, person="léa", kind=["muted"])
    query = answer.redirect_chain[-1][0].partition("?")[2]
    answer = reader.get(f"/audit/export.pdf?{query}")
    assert "Filtre Personne : léa ; Types d’événement" in words_of(answer.getvalue())
    assert "léa" not in answer["Content-Disposition"].lower()


def test_it_is_french_whoever_asks(reader, log):
    reader.cookies["__Host-visio-langue"] = "en"
    words = words_of(reader.get("/audit/export.pdf?kind=muted").getvalue())
    assert "Filtre Types d’événement : Micro coupé par un organisateur" in words


def test_a_large_selection_is_a_zip_of_volumes(reader, economie, small_volumes):
    add(economie, 25)
    answer = reader.get("/audit/export.pdf?kind=sign_out")
    assert answer["Content-Disposition"].endswith('.zip"')
    found = volumes_of(answer)
    assert list(found) == ["volume-0001.pdf", "volume-0002.pdf", "volume-0003.pdf"]
    texts = [words_of(pdf) for pdf in found.values()]
    for number, text in enumerate(texts, start=1):
        assert f"Volume {number}" in text
    names = [f"Personne {number} " for number in reversed(range(25))]
    for start, text in zip((0, 10, 20), texts, strict=True):
        for place, name in enumerate(names):
            assert (name in text) == (start <= place < start + 10), (start, name)
    assert "1 à 10 de l’export" in texts[0]
    assert "La suite est dans le volume 2." in texts[0]
    assert "21 à 25 de l’export, du plus récent au plus ancien, les derniers" in texts[2]
    assert "Fin de l’export : 25 événements." in texts[2]


def test_long_details_end_a_volume_early(reader, economie, monkeypatch):
    monkeypatch.setattr(volumes, "MOST_DETAILS", 5_000)
    add(economie, 7, payload={"detail": "x" * 2_000})
    found = volumes_of(reader.get("/audit/export.pdf?kind=sign_out"))
    assert len(found) == 4  # two in each, the last alone


def test_what_does_not_fit_with_what_was_signed_is_said(reader, economie):
    placed = happen(economie, 3, kind=Kind.SIGN_OUT)
    sequence(economie)
    happen(economie, 1, kind=Kind.SIGN_OUT)
    as_owner("UPDATE audit_event SET outcome = 'refused' WHERE id = %s", params=[placed[1].id])
    words = words_of(reader.get("/audit/export.pdf?kind=sign_out").getvalue())
    assert "2 événements sur 4 recalculés" in words
    assert "1 attendent leur place ; 1 ne concordent pas avec ce qui a été signé" in words
    assert "Modifié depuis" in words
    assert "en attente" in words


def test_a_log_that_was_never_signed_is_said(reader, log):
    words = words_of(reader.get("/audit/export.pdf?kind=muted").getvalue())
    assert "Preuve aucune : rien n’a encore été signé" in words


def test_the_checkpoint_is_there_to_be_compared(reader, economie, log):
    sequence(economie, now=timezone.now())
    found = reader.get("/audit/export.pdf?kind=muted").getvalue()
    with tenant_scope(economie.id):
        note = volumes.prove([], now=timezone.now()).checkpoint.note
    words = words_of(found).replace(" ", "")
    for line in note.split("\n"):
        assert line.replace(" ", "") in words


HOSTILE = {
    '=HYPERLINK("http://x.test")': '=HYPERLINK("http://x.test")',
    "a\u202egnp.exe": "a[U+202E]gnp.exe",
    "b\nc\u0001d\u2028": "b[U+000A]c[U+0001]d[U+2028]",
    "{nb} **x** \\) Tj": "{nb} **x** \\) Tj",
    "王": "[U+738B]",
    "👩‍⚕️ Zoë": "[U+200D]",
    "אבג": "אבג",
}


def test_hostile_text_is_shown_for_what_it_is(reader, economie):
    with tenant_scope(economie.id):
        for number, text in enumerate(HOSTILE):
            record(Kind.CHAT_DELETED, actor=Somebody(text), at=at(number), message=text[:50])
    words = words_of(reader.get("/audit/export.pdf?kind=chat_deleted").getvalue()).replace(" ", "")
    for text, shown in HOSTILE.items():
        assert shown.replace(" ", "") in words, ascii(text)


def test_a_megabyte_is_shortened_for_all_to_see(reader, economie):
    add(economie, 2, payload={"detail": "y" * 1_000_000})
    pdf = reader.get("/audit/export.pdf?kind=sign_out").getvalue()
    words = words_of(pdf)
    assert words.count("[… 1 000 014 caractères en tout : la suite est dans les exports CSV") == 2
    assert len(pdf) < 200_000


@pytest.fixture
def made(monkeypatch) -> list[int]:
    """Grows by one with each volume; what hangs together of the ones before is given back first."""
    written, each = log_document.as_pdf, []

    def write(*arguments):
        gc.collect()
        each.append(len(each) + 1)
        return written(*arguments)

    monkeypatch.setattr(log_document, "as_pdf", write)
    return each


def test_memory_does_not_grow_with_the_volumes(reader, economie, monkeypatch, made):
    monkeypatch.setattr(volumes, "MOST_EVENTS", 100)

    def most_memory() -> int:
        answer = reader.get("/audit/export.pdf?kind=sign_out")
        tracemalloc.start()
        for _piece in answer.streaming_content:
            pass
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    add(economie, 200)
    few = most_memory()
    add(economie, 1_000)
    many = most_memory()
    assert len(made) == 2 + 12
    assert many < few * 1.1


def test_a_volume_leaves_before_the_next_is_written(reader, economie, small_volumes, made):
    add(economie, 30)
    answer = reader.get("/audit/export.pdf?kind=sign_out")
    with pytest.raises(NoTenantScope):
        current_tenant_id()
    next(iter(answer.streaming_content))
    assert len(made) == 1
    answer._iterator.close()  # whoever downloads goes away
    with pytest.raises(NoTenantScope):
        current_tenant_id()
    assert reader.get("/audit/").status_code == 200


def test_an_empty_selection_is_a_document(reader, log):
    words = words_of(reader.get("/audit/export.pdf?outcome=failed").getvalue())
    assert "Période aucun événement" in words
    assert "Fin de l’export : 0 événements." in words


def test_another_ministrys_auditor_gets_nothing_of_it(signed_in, sante, log):
    axel = make_member(sante, "Axel", "Auditeur", roles=[Role.AUDITOR])
    foreign = opens_the_log(signed_in, axel)
    for query in ("?kind=muted", f"?meeting={log.committee.id}", ""):
        words = words_of(foreign.get(f"/audit/export.pdf{query}").getvalue())
        assert log.lea.audit_name not in words
        assert "Ministère de la Santé" in words
        if query:
            assert "Fin de l’export : 0 événements." in words


def test_a_filter_that_is_not_valid_exports_nothing(reader, log, events):
    assert reader.get("/audit/export.pdf?kind=nothing").status_code == 422
    assert events("log_exported") == []


def test_the_log_offers_it(reader, log):
    page = reader.get("/audit/?kind=muted").content.decode()
    assert '/audit/export.pdf?kind=muted"' in page


def test_a_process_that_writes_no_pdf_does_not_load_its_library():
    code = "import django, sys; django.setup(); import visio.urls; sys.exit('fpdf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR).returncode == 0
