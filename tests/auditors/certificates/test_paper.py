"""The certificate on paper: what its pages say, what it carries, and that this is what is verified."""

import json
import subprocess
import sys
import zlib
from io import BytesIO

import pytest
from django.conf import settings
from pypdf import PdfReader

from audit.verify import certificate as certificates_of
from audit.verify.attached import BEGINNING
from audit.verify.refusal import Refused
from auditors.documents import attendance
from tests.auditors.certificates.conftest import CHANGES, tampered

# The superuser's connection, and a log that is sequenced in between, see what is committed only.
pytestmark = pytest.mark.django_db(transaction=True)


def words_of(pdf: bytes) -> str:
    """The text of all pages, on one line."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def attached_to(pdf: bytes) -> bytes:
    """The file that a reader of PDF offers."""
    [content] = PdfReader(BytesIO(pdf)).attachments["attestation.json"]
    return content


def on_paper(body: bytes, change) -> bytes:
    """The document of a certificate of which something was changed before."""
    return attendance.as_pdf(
        (json.dumps(json.loads(tampered(body, change)), indent=1) + "\n").encode()
    )


def test_paper_says_what_the_certificate_says(paper, auditor):
    words = words_of(paper)
    for told in (
        "RÉPUBLIQUE FRANÇAISE",
        "Ministère de l’Économie",
        "Attestation de présence Comité d’été",
        "Hélène Hôte",
        "de 14:00:00 (12:00:00 UTC) à 14:55:00 (12:55:00 UTC)",
        "celles de Europe/Paris, UTC+02:00",
        f"À la demande de {auditor.audit_name}",
        "14:01:00 14:50:00 49 min notifications du serveur",
        "25 min signaux du navigateur",
        "présence indiquée par son seul",
        "Ce qui est incertain est écrit en rouge",
        "3 événements de la réunion",
        "Page 1/2",
    ):
        assert told in words, told
    told = json.loads(attached_to(paper))
    for line in told["checkpoint"].split("\n"):
        assert line.replace(" ", "") in words.replace(" ", "")
    assert certificates_of.digest_of(told["statement"]) in words
    assert certificates_of.verify(attached_to(paper)).entries == 3


def test_paper_says_why(body):
    assert "Motif Contrôle trimestriel Référence 2026-117" in words_of(attendance.as_pdf(body))


def test_paper_is_an_archive_document_with_a_language_and_a_title(paper):
    reader = PdfReader(BytesIO(paper))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "fr-FR"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "Attestation de présence – Ministère de l’Économie" in metadata
    [attachment] = root["/AF"]
    assert attachment.get_object()["/AFRelationship"] == "/Source"
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]
    for font in fonts:
        assert "/FontFile2" in font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "+" in font["/BaseFont"]


def test_paper_of_the_same_certificate_is_the_same(body):
    assert attendance.as_pdf(body) == attendance.as_pdf(body)


HOSTILE = {
    "=cmd|' /C calc'!A0": "=cmd|' /C calc'!A0",
    "Léa\u202egnp.exe": "Léa[U+202E]gnp.exe",
    "Li\u0000Bo\nHô": "Li[U+0000]Bo[U+000A]Hô",
    "a\u0085b\u2028c\u00adte": "a[U+0085]b[U+2028]c[U+00AD]te",
    "王小明": "[U+738B][U+5C0F][U+660E]",
    "{nb} **gras** __x__ <b>": "{nb} **gras** __x__ <b>",
    "(a) Tj ET\\": "(a) Tj ET\\",
    "\U0001f600\U000e0041": "\U0001f600[U+E0041]",
    "אבג": "אבג",
    "سلام (7)": "سلام",
}


def test_hostile_names_are_shown_for_what_they_are(body):
    def name(told):
        [person, _guest] = told["statement"]["attendance"]["people"]
        told["statement"]["attendance"]["people"] = [person | {"name": text} for text in HOSTILE]

    words = words_of(on_paper(body, name)).replace(" ", "")
    for text, shown in HOSTILE.items():
        assert shown.replace(" ", "") in words, ascii(text)


def test_names_of_any_length_and_number_fill_pages(body):
    def crowd(told):
        [person, _guest] = told["statement"]["attendance"]["people"]
        people = [person | {"name": f"Personne {number:03}"} for number in range(300)]
        told["statement"]["attendance"]["people"] = [*people, person | {"name": "\u0001" * 3000}]

    pdf = on_paper(body, crowd)
    words = words_of(pdf)
    assert all(f"Personne {number:03}" in words for number in range(300))
    assert words.replace(" ", "").count("[U+0001]") > 2900  # some codes go on on a next page
    pages = len(PdfReader(BytesIO(pdf)).pages)
    assert f"Page {pages}/{pages}" in words
    assert words.count("Sources et incertitudes") >= pages - 2  # the head of the table


def test_paper_is_verified_by_what_it_carries(paper, reader, tmp_path):
    file, keys = tmp_path / "attestation.pdf", tmp_path / "keys.txt"
    file.write_bytes(paper)
    keys.write_bytes(reader.get("/audit/preuves/cles.txt").content)

    def run(*arguments) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "audit.verify.certificate", *map(str, arguments)]
        return subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True)

    done = run(file, "--keys", keys)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("Vérifié")
    assert "Paul Durand" in done.stdout  # to be compared with the pages, which prove nothing
    assert "(incertain)" in done.stdout
    for number, change in enumerate(CHANGES):
        told = (
            json.dumps(json.loads(tampered(attached_to(paper), change)), indent=1) + "\n"
        ).encode()
        file.write_bytes(paper.replace(attached_to(paper), told))
        done = run(file) if number < 3 else None
        assert done is None or (done.returncode, done.stdout[:6], done.stderr) == (1, "Refusé", "")
        with pytest.raises(Refused):
            certificates_of.verify(file.read_bytes())


def test_hostile_pdfs_are_refused_with_a_sentence(paper, body):
    start = paper.index(BEGINNING)
    for hostile, why in (
        (b"%PDF-1.7\n", "ne porte pas"),
        (paper[:start], "ne porte pas"),
        (paper[: start + 500], "tronquée"),
        (paper + body, "plus d’une"),
        (body[: len(body) // 2] + b"%PDF-" + paper, "."),
        (paper.replace(b'"Paul Durand"', b'"Paul Dupont"'), "n’est pas celle de cette attestation"),
        (b"%PDF-" + BEGINNING * 100_000, "plus d’une"),
        (b"%PDF-" + BEGINNING + zlib.compress(b"x") + b"\n}\n", "."),
        (b"%PDF-" + BEGINNING + b"[" * 100_000 + b"\n}\n", "."),
    ):
        with pytest.raises(Refused, match=why):
            certificates_of.verify(hostile)
