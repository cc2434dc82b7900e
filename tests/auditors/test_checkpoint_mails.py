"""Signed checkpoints leave the installation each day, by mail to the auditors."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP

import pytest

from audit import notes
from audit.checkpoints import origin_of
from audit.departures import sizes_outside
from audit.models import Departure
from auditors.checkpoint_mails import mail, put_mails_of_the_day
from isolation.models import Work
from isolation.scope import tenant_scope
from tenants import membership
from tenants.models import Member, Role
from tests.audit.logbook import NOW, checkpoint, happen, sequence
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(economie, auditor):
    happen(economie, 3)
    sequence(economie)
    return checkpoint(economie)


def received(message):
    """As it comes out of the mail."""
    return message_from_bytes(message.message().as_bytes(linesep="\r\n"), policy=SMTP)


def test_an_auditor_receives_what_the_log_has_signed(
    economie, log, auditor, run_outbox, mailoutbox
):
    put_mails_of_the_day(now=NOW)
    run_outbox()
    [message] = mailoutbox
    assert message.to == [auditor.email]
    assert "journal" in message.subject
    mail_text = received(message).get_body().get_content().replace("\r\n", "\n")
    assert log.note in mail_text
    [attached] = received(message).iter_attachments()
    assert attached.get_filename() == "checkpoint.txt"
    kept = attached.get_payload(decode=True)
    # With the key that the mail itself tells, to be compared with the one that is known.
    [key] = [
        line for line in mail_text.splitlines() if line.startswith(origin_of(economie.id) + "+")
    ]
    opened = notes.open_checkpoint(kept, [notes.parse_verifier(key)])
    assert (opened.size, opened.root) == (log.size, bytes(log.root))
    assert f"Il compte {log.size} entrées." in mail_text


def test_once_a_day_and_again_the_next(economie, log, auditor, run_outbox, mailoutbox):
    for hours in (0, 1, 5):
        put_mails_of_the_day(now=NOW + timedelta(hours=hours))
        run_outbox()
    assert len(mailoutbox) == 1
    happen(economie)
    sequence(economie)
    put_mails_of_the_day(now=NOW + timedelta(days=1))
    run_outbox()
    assert len(mailoutbox) == 2
    assert "point" in mailoutbox[1].subject.lower()
    assert mailoutbox[0].extra_headers["Message-ID"] != mailoutbox[1].extra_headers["Message-ID"]
    assert str(checkpoint(economie).size) in mailoutbox[1].body


def test_only_auditors_of_that_ministry_who_work_there(
    economie, sante, log, auditor, administrator, host, run_outbox, mailoutbox
):
    gone = make_member(economie, "Gaston", "Parti", roles=[Role.AUDITOR])
    elsewhere = make_member(sante, "Salomé", "Santé", roles=[Role.AUDITOR])
    with tenant_scope(economie.id):
        membership.deactivate(people=Member.objects.filter(id=gone.id), by=None, now=NOW)
    put_mails_of_the_day(now=NOW)
    run_outbox()
    assert [message.to for message in mailoutbox] == [[auditor.email]]
    assert elsewhere.email not in str(mailoutbox[0].message())


def test_who_stops_being_one_before_it_is_sent_receives_nothing(economie, log, auditor, mailoutbox):
    with tenant_scope(economie.id):
        Member.objects.filter(id=auditor.id).update(roles=[])
    mail(tenant_id=economie.id, member_id=str(auditor.id), size=log.size, day="2026-11-25")
    assert mailoutbox == []


def test_in_the_language_of_its_reader(economie, log, auditor, run_outbox, mailoutbox):
    with tenant_scope(economie.id):
        Member.objects.filter(id=auditor.id).update(language="en")
    put_mails_of_the_day(now=NOW)
    run_outbox()
    assert "November 25, 2026" in mailoutbox[0].subject or "25 November" in mailoutbox[0].subject


def test_what_left_is_remembered_even_where_the_mail_server_is_away(
    economie, log, auditor, run_outbox, monkeypatch
):
    def refused(*_, **__):
        raise OSError("the mail server is away")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refused)
    put_mails_of_the_day(now=NOW)
    run_outbox()
    with tenant_scope(economie.id):
        assert Work.objects.get(kind="auditors.mail_checkpoint").done_at is None
        assert list(Departure.objects.values_list("size", "to")) == [(log.size, "auditors")]
        assert sizes_outside(before=log.size + 1) == [log.size]
        assert sizes_outside(before=log.size) == []


def test_the_first_auditor_receives_it_on_the_day_on_which_they_come(
    economie, run_outbox, mailoutbox
):
    happen(economie)
    sequence(economie)
    put_mails_of_the_day(now=NOW)
    run_outbox()
    first = make_member(economie, "Aude", "Auditrice", roles=[Role.AUDITOR])
    put_mails_of_the_day(now=NOW)
    run_outbox()
    assert [message.to for message in mailoutbox] == [[first.email]]


def test_nothing_is_sent_of_a_log_without_a_checkpoint_or_without_auditors(
    economie, sante, auditor, run_outbox, mailoutbox
):
    happen(sante)
    sequence(sante)
    put_mails_of_the_day(now=NOW)
    run_outbox()
    assert mailoutbox == []
    with tenant_scope(sante.id):
        assert not Departure.objects.exists()
