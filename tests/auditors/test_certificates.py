"""A certificate of attendance: what it says, what proves it, and that a change of any part is seen."""

import json
import subprocess
import sys
import zlib
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone
from pypdf import PdfReader

from audit.kinds import Kind
from audit.log import record
from audit.models import Departure
from audit.verify import certificate as certificates_of
from audit.verify.attached import BEGINNING
from audit.verify.refusal import Refused
from auditors import certificates
from auditors.documents import attendance
from isolation.scope import tenant_scope
from meetings.models import Meeting, MeetingState, Participant, Presence
from meetings.scheduling import Plan, schedule_meeting
from tenants.models import Role
from tests.audit.logbook import as_owner, happen, sequence
from tests.auditors.conftest import MFA, opens_the_log
from tests.factories import make_member

# The superuser's connection, and a log that is sequenced in between, see what is committed only.
pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 9, 2, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.fixture
def meeting(economie, host):
    """Over; Hélène's stay is certain, Paul's is told by his browser alone."""
    with tenant_scope(economie.id):
        plan = Plan("Comité d’été", "", at(0), at(60), "Europe/Paris")
        meeting = schedule_meeting(plan=plan, by=host)
        for name, role, who, seen in (
            (
                "Hélène Hôte",
                "host",
                {"user": host.user, "from_tenant_id": economie.id},
                {"joined_at": at(1), "left_at": at(50)},
            ),
            (
                "Paul Durand",
                "guest",
                {"guest_key": uuid4(), "proof": "name"},
                {"heard_first_at": at(5), "heard_last_at": at(30), "said_goodbye_at": at(30)},
            ),
        ):
            person = Participant.objects.create(
                meeting=meeting, name=name, role=role, admitted_at=at(0), **who
            )
            Presence.objects.create(participant=person, connection=f"PA_{name}", **seen)
            record(Kind.JOIN_GRANTED, meeting_id=meeting.id, subject_id=person.id, at=at(1))
        Meeting.objects.filter(id=meeting.id).update(
            state=MeetingState.ENDED, started_at=at(0), ended_at=at(55)
        )
        record(Kind.MEETING_ENDED, actor=host, meeting_id=meeting.id, at=at(55))
    return meeting


@pytest.fixture(autouse=True)
def sequencer(economie, monkeypatch):
    """The log is sequenced while the certificate waits."""
    monkeypatch.setattr(
        certificates.time, "sleep", lambda _seconds: sequence(economie, now=timezone.now())
    )


def address(meeting, extension: str = "json") -> str:
    return f"/audit/reunions/{meeting.id}/attestation.{extension}"


@pytest.fixture
def paper(reader, meeting) -> bytes:
    answer = reader.post(address(meeting, "pdf"))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="attestation-{meeting.id}.pdf"'
    assert "no-store" in answer["Cache-Control"]
    return answer.content


@pytest.fixture
def body(reader, meeting) -> bytes:
    answer = reader.post(address(meeting))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/json")
    assert "no-store" in answer["Cache-Control"]
    return answer.content


def test_it_says_who_was_there_and_what_is_uncertain(body):
    certified = certificates_of.verify(body)
    attendance = certified.statement["attendance"]
    assert certified.statement["meeting"]["title"] == "Comité d’été"
    assert attendance["certain"] is False
    host, guest = attendance["people"]
    assert (host["name"], host["certain"], host["seconds"]) == ("Hélène Hôte", True, 49 * 60)
    assert (guest["name"], guest["certain"], guest["sources"]) == (
        "Paul Durand",
        False,
        ["browser"],
    )
    assert guest["stays"][0]["doubt"] == "unconfirmed"
    assert certified.entries == 3
    assert json.loads(body)["unproven"] == []


def test_that_it_was_made_stands_in_the_log_with_its_hash(body, auditor, meeting, events):
    [event] = events("attendance_certified")
    assert event.actor_id == str(auditor.id)
    assert event.meeting_id == meeting.id
    assert event.subject_id == certificates_of.digest_of(json.loads(body)["statement"])


def test_it_is_verified_without_django(body, reader, tmp_path):
    file, keys = tmp_path / "attestation.json", tmp_path / "keys.txt"
    file.write_bytes(body)
    keys.write_bytes(reader.get("/audit/preuves/cles.txt").content)

    def run(*arguments) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "audit.verify.certificate", *map(str, arguments)]
        return subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True)

    done = run(file, "--keys", keys)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("Vérifié")
    file.write_bytes(body.replace(b"Paul Durand", b"Paula Durand"))
    done = run(file)
    assert done.returncode == 1
    assert done.stdout.startswith("Refusé")
    assert done.stderr == ""


def tampered(body: bytes, change) -> bytes:
    told = json.loads(body)
    change(told)
    return json.dumps(told).encode()


def other_hash(told):
    proof = told["entries"][0]["proof"]
    proof[0] = b64encode(bytes(32)).decode()


def other_leaf(told):
    leaf = b64decode(told["entries"][0]["leaf"]).replace(b"success", b"refused")
    told["entries"][0]["leaf"] = b64encode(leaf).decode()


CHANGES = [
    lambda told: told["statement"]["attendance"]["people"].pop(),
    lambda told: told["statement"]["meeting"].update(id="0" * 36),
    lambda told: told["statement"].update(tenant=None),
    lambda told: told.update(checkpoint=told["checkpoint"].replace("\n", " ", 1)),
    lambda told: told.update(checkpoint=7),
    lambda told: told.update(keys=[]),
    lambda told: told.update(keys=[7]),
    lambda told: told.update(format="x"),
    lambda told: told.update(more=1),
    lambda told: told.update(entries={}),
    lambda told: told["entries"].reverse(),
    lambda told: told["entries"][0].update(index=True),
    lambda told: told["entries"][0].update(index=told["entries"][1]["index"]),
    lambda told: told["entries"][0].update(personal="{}"),
    lambda told: told["entries"][0].update(salt=None),
    lambda told: told["entries"][0].update(proof="x"),
    lambda told: told["certified"].update(proof_text="x"),
    lambda told: told.update(certified=told["entries"][0] | {"proof_text": ""}),
    other_hash,
    other_leaf,
]


def test_whatever_is_changed_is_refused(body):
    certificates_of.verify(tampered(body, lambda told: None))
    for number, change in enumerate(CHANGES):
        with pytest.raises(Refused):
            certificates_of.verify(tampered(body, change))
            pytest.fail(f"change {number} was believed")


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"a":1,"a":2}', b"\xff", b"[" * 100_000])
def test_what_is_no_certificate_is_refused(data):
    with pytest.raises(Refused):
        certificates_of.verify(data)


def test_keys_from_elsewhere_are_believed_before_its_own(body):
    with pytest.raises(Refused):
        certificates_of.verify(
            body, keys=["autre+8d9a0e2b+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"]
        )


def test_an_event_that_was_edited_is_named_and_not_proven(reader, meeting, economie):
    sequence(economie, now=timezone.now())
    as_owner(
        "UPDATE audit_event SET outcome = 'refused' WHERE kind = 'meeting_ended' AND meeting_id = %s",
        params=[meeting.id],
    )
    told = json.loads(reader.post(address(meeting)).content)
    assert [each["verdict"] for each in told["unproven"]] == ["edited"]
    assert len(told["entries"]) == 2
    assert certificates_of.verify(json.dumps(told).encode()).unproven == 1


def test_of_a_meeting_that_is_not_over_there_is_none(reader, economie, host, events):
    with tenant_scope(economie.id):
        plan = Plan("Demain", "", at(0), at(60), "Europe/Paris")
        meeting = schedule_meeting(plan=plan, by=host)
    answer = reader.post(address(meeting), follow=True)
    assert "une fois qu’elle est terminée" in answer.content.decode()
    assert events("attendance_certified") == []
    assert "Attestation de présence (PDF)" not in answer.content.decode()


def test_a_log_that_is_not_sequenced_is_said(reader, meeting, monkeypatch):
    monkeypatch.setattr(certificates, "PATIENCE", 0)
    answer = reader.post(address(meeting), follow=True)
    assert "n’a pas pu être scellée" in answer.content.decode()


def test_a_log_that_is_not_whole_certifies_nothing_and_says_what_is_missing(
    reader, meeting, economie, monkeypatch
):
    def sequence_and_lose(_seconds):
        sequence(economie, now=timezone.now())
        as_owner("DELETE FROM audit_leaf WHERE index = 1")

    happen(economie, 3)
    monkeypatch.setattr(certificates.time, "sleep", sequence_and_lose)
    answer = reader.post(address(meeting), follow=True)
    assert "l’entrée 1 manque dans l’arbre" in answer.content.decode()


def test_a_certificate_that_left_is_remembered(reader, meeting, economie):
    reader.post(address(meeting))
    with tenant_scope(economie.id):
        assert Departure.objects.count() == 1


@pytest.mark.parametrize("extension", ["json", "pdf"])
def test_only_auditors_of_the_host_are_given_one(
    signed_in, host, sante, meeting, events, extension
):
    assert signed_in(host, acr=MFA).post(address(meeting, extension)).status_code == 403
    axel = make_member(sante, "Axel", "Auditeur", roles=[Role.AUDITOR])
    foreign = opens_the_log(signed_in, axel)
    assert foreign.post(address(meeting, extension)).status_code == 404
    assert events("attendance_certified") == []


def test_the_story_offers_it(reader, meeting, economie):
    happen(economie)
    page = reader.get(f"/audit/reunions/{meeting.id}/").content.decode()
    assert "Attestation de présence (PDF)" in page
    assert address(meeting, "pdf") in page
    assert address(meeting) in page
    assert reader.get(address(meeting)).status_code == 405


# --- On paper -------------------------------------------------------------------------------------
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
