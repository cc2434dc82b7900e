"""A certificate of attendance: what it says, what proves it, and that a change of any part is seen."""

import json
import subprocess
import sys

import pytest
from django.conf import settings
from django.utils import timezone

from audit.models import Departure
from audit.verify import certificate as certificates_of
from audit.verify.refusal import Refused
from auditors import certificates
from isolation.scope import tenant_scope
from meetings.scheduling import Plan, schedule_meeting
from tenants.models import Role
from tests.audit.logbook import as_owner, happen, sequence
from tests.auditors.certificates.conftest import CHANGES, address, at, tampered
from tests.auditors.conftest import MFA, opens_the_log
from tests.factories import make_member

# The superuser's connection, and a log that is sequenced in between, see what is committed only.
pytestmark = pytest.mark.django_db(transaction=True)


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
