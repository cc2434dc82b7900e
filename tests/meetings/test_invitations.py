"""Invitations as they leave: over real SMTP, as calendars read them, once for each version."""

import email.policy
import os
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.utils import timezone

from audit.models import Event
from isolation import outbox
from isolation.models import Work
from isolation.scope import tenant_scope
from meetings import invitations, mails
from meetings.calendars import time_zone
from meetings.models import AgendaEntry
from meetings.scheduling import Plan, cancel_meeting, change_meeting, schedule_meeting
from tests.factories import make_tenant

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
HOSTILE = "Budget\r\nBcc: tous@ailleurs.test\r\nATTENDEE:mailto:x@ailleurs.test <b>&</b> ; , \\"


@pytest.fixture
def plan_for():
    """`plan_for("a@b.test", title=…)`: tomorrow at 14:00 in Paris."""

    def make(*invitees, title="Comité budgétaire", description="Ordre du jour", hours=24):
        start = (timezone.now() + timedelta(hours=hours)).astimezone(PARIS)
        start = start.replace(hour=14, minute=0, second=0, microsecond=0)
        return Plan(title, description, start, start + timedelta(hours=1), "Europe/Paris", invitees)

    return make


@pytest.fixture(autouse=True)
def real_smtp(settings):
    """Django's tests would keep mail in memory; ours goes to a real server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def mailbox():
    """`mailbox("a@b.test")`: what the mail server received for an address, oldest first."""
    folder = Path(os.environ["VISIO_MAIL_DIR"])
    before = set(folder.glob("*.eml"))

    def read(address: str):
        messages = [
            message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in sorted(set(folder.glob("*.eml")) - before)
        ]
        return [message for message in messages if message["to"] == address]

    return read


def calendar_of(message) -> icalendar.Calendar:
    part = next(p for p in message.walk() if p.get_content_type() == "text/calendar")
    calendar = icalendar.Calendar.from_ical(part.get_content())
    assert part.get_param("method") == calendar["METHOD"]
    return calendar


def invite(host, plan):
    with tenant_scope(host.tenant_id):
        return schedule_meeting(plan=plan, by=host)


def test_the_mail_is_what_calendars_read(host, plan_for, mailbox, run_outbox):
    meeting = invite(host, plan_for("zoe@ailleurs.test"))
    run_outbox()
    [message] = mailbox("zoe@ailleurs.test")
    assert message["subject"].strip().startswith("Invitation : Comité budgétaire, ")
    assert "14:00" in message["subject"]
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar", "application/ics"]
    [event] = calendar_of(message).walk("VEVENT")
    assert event["DTSTART"].dt == meeting.starts_at
    assert event["ATTENDEE"] == "mailto:zoe@ailleurs.test"
    assert "Hélène Hôte" in event["ORGANIZER"].params["CN"]
    assert meeting.slug in event["LOCATION"]
    assert meeting.slug in event["DESCRIPTION"]
    assert meeting.slug in event["CONFERENCE"]
    for kind in ("plain", "html"):
        text = message.get_body((kind,)).get_content()
        assert meeting.slug in text
        assert "heure de Paris" in text


def test_a_title_is_neither_a_header_nor_a_calendar_line(host, plan_for, mailbox, run_outbox):
    invite(host, plan_for("zoe@ailleurs.test", title=HOSTILE, description=HOSTILE))
    run_outbox()
    [message] = mailbox("zoe@ailleurs.test")
    assert message["bcc"] is None
    assert message["x-recipients"] == "zoe@ailleurs.test"
    [event] = calendar_of(message).walk("VEVENT")
    assert event["ATTENDEE"] == "mailto:zoe@ailleurs.test"
    assert "<b>" not in message.get_body(("html",)).get_content()


def test_each_version_is_sent_once_and_numbered(host, plan_for, mailbox, run_outbox):
    meeting = invite(host, plan_for("zoe@ailleurs.test"))
    run_outbox()
    with tenant_scope(host.tenant_id):
        change_meeting(
            meeting=meeting,
            plan=plan_for("zoe@ailleurs.test", title="Autre titre"),
            by=host,
            now=timezone.now(),
        )
    run_outbox()
    with tenant_scope(host.tenant_id):
        cancel_meeting(meeting=meeting, by=host, now=timezone.now())
    run_outbox()
    first, second, third = (calendar_of(m) for m in mailbox("zoe@ailleurs.test"))
    assert [c["METHOD"] for c in (first, second, third)] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [c.walk("VEVENT")[0] for c in (first, second, third)]
    assert [e["SEQUENCE"] for e in events] == [0, 1, 2]
    assert len({str(e["UID"]) for e in events}) == 1
    assert events[2]["STATUS"] == "CANCELLED"
    with tenant_scope(host.tenant_id):
        assert Event.objects.filter(kind="invitation_sent").count() == 3


def test_a_version_that_was_overtaken_is_not_sent(host, plan_for, mailbox, run_outbox):
    meeting = invite(host, plan_for("zoe@ailleurs.test"))
    with tenant_scope(host.tenant_id):
        change_meeting(
            meeting=meeting,
            plan=plan_for("zoe@ailleurs.test", title="Autre"),
            by=host,
            now=timezone.now(),
        )
    run_outbox()
    assert [m["subject"].split(",")[0] for m in mailbox("zoe@ailleurs.test")] == ["Modifié : Autre"]


def test_a_mail_server_that_is_away_delays_and_loses_nothing(
    host, plan_for, mailbox, run_outbox, settings
):
    port = settings.EMAIL_PORT
    settings.EMAIL_PORT = 9
    invite(host, plan_for("zoe@ailleurs.test"))
    run_outbox()
    settings.EMAIL_PORT = port
    with tenant_scope(host.tenant_id):
        work = Work.objects.get(kind="meetings.mail_invitation")
    assert work.attempts == 1
    assert outbox.do(work.tenant_id, work.id)
    assert len(mailbox("zoe@ailleurs.test")) == 1


def test_delivery_goes_to_the_tenant_of_the_address_and_nowhere_else(
    host, sante, justice, plan_for, run_outbox
):
    invite(host, plan_for("ines.invitee@sante.test", "zoe@ailleurs.test"))
    run_outbox()
    with tenant_scope(sante.id):
        entry = AgendaEntry.objects.get()
        assert entry.organisation == "Ministère de l’Économie"
        assert entry.host_name == "Hélène Hôte"
        assert Event.objects.get().kind == "invitation_delivered"
    with tenant_scope(justice.id):
        assert not AgendaEntry.objects.exists()


def test_a_late_delivery_never_goes_back_in_time(host, sante, plan_for, run_outbox):
    meeting = invite(host, plan_for("ines.invitee@sante.test"))
    run_outbox()
    with tenant_scope(sante.id):
        AgendaEntry.objects.update(sequence=7, title="Plus récent")
    with tenant_scope(host.tenant_id):
        invitation = meeting.invitations.get()
    invitations.deliver(tenant_id=host.tenant_id, invitation_id=str(invitation.id), sequence=0)
    with tenant_scope(sante.id):
        assert AgendaEntry.objects.get().title == "Plus récent"


def test_an_address_finds_its_tenant_by_membership_too(host, invitee, sante, plan_for, run_outbox):
    """A ministry that is mapped by SIRET may have addresses of any domain."""
    with tenant_scope(sante.id):
        invitee.email = "ines@operateur.test"
        invitee.save()
    invite(host, plan_for("ines@operateur.test"))
    run_outbox()
    with tenant_scope(sante.id):
        assert AgendaEntry.objects.get().email == "ines@operateur.test"


@pytest.mark.parametrize(
    ("zone", "moment", "offset"),
    [
        ("Europe/Paris", datetime(2026, 7, 1, 14), 2),
        ("Europe/Paris", datetime(2026, 10, 24, 14), 2),
        ("Europe/Paris", datetime(2026, 10, 26, 14), 1),
        ("Europe/Paris", datetime(2027, 3, 27, 14), 1),
        ("Europe/Paris", datetime(2027, 3, 29, 14), 2),
        ("America/Miquelon", datetime(2026, 7, 1, 14), -2),
        ("Indian/Reunion", datetime(2026, 7, 1, 14), 4),
        ("Pacific/Noumea", datetime(2026, 1, 1, 14), 11),
    ],
)
def test_a_time_zone_is_written_by_rules_that_every_client_reads(zone, moment, offset):
    """Never a list of dates (RDATE), which some clients read one hour late in summer."""
    component = time_zone(zone, moment.replace(tzinfo=ZoneInfo(zone)))
    text = component.to_ical().decode()
    assert "RDATE" not in text
    assert component.to_tz().utcoffset(moment) == timedelta(hours=offset)


def test_subjects_are_one_line():
    assert mails.one_line("a\r\nb\tc") == "a b c"


def test_a_meeting_of_one_ministry_is_never_in_two(host, plan_for, run_outbox):
    other = make_tenant("Autre", domain="autre.test", siret="11000009900017")
    invite(host, plan_for("x@autre.test"))
    run_outbox()
    with tenant_scope(other.id):
        from meetings.models import Invitation, Meeting

        assert not Meeting.objects.exists()
        assert not Invitation.objects.exists()


# --- As its reader prefers ----------------------------------------------------------------------
def prefer(member, **fields) -> None:
    with tenant_scope(member.tenant_id):
        type(member).objects.filter(id=member.id).update(**fields)


def test_who_prefers_english_is_written_to_in_english_by_their_own_clock(
    host, invitee, colleague, plan_for, mailbox, run_outbox
):
    """The preference stands in the reader's ministry, the meeting in the host's."""
    prefer(invitee, language="en", time_zone="Indian/Reunion")
    invite(host, plan_for(invitee.email, colleague.email, "zoe@ailleurs.test", hours=24))
    run_outbox()
    [english] = mailbox(invitee.email)
    assert english["subject"].strip().startswith("Invitation: Comité budgétaire")
    text = english.get_body(("plain",)).get_content()
    assert "invites you" in text
    summer = (
        icalendar.Calendar.from_ical(
            next(p for p in english.walk() if p.get_content_type() == "text/calendar").get_content()
        )
        .walk("VEVENT")[0]["DTSTART"]
        .dt.astimezone(ZoneInfo("Indian/Reunion"))
    )
    assert f"{summer:%H:%M}" in text
    for address in (colleague.email, "zoe@ailleurs.test"):
        [french] = mailbox(address)
        text = french.get_body(("plain",)).get_content()
        assert "vous invite à une réunion" in text
        assert "14:00" in text
        assert "heure de Paris" in text


def test_who_wishes_to_be_reminded_has_it_in_the_calendar_too(
    host, invitee, plan_for, mailbox, run_outbox
):
    prefer(invitee, reminder_minutes=60)
    meeting = invite(host, plan_for(invitee.email, "zoe@ailleurs.test"))
    run_outbox()
    with tenant_scope(host.tenant_id):
        cancel_meeting(meeting=meeting, by=host, now=timezone.now())
    run_outbox()
    asked, cancelled = (calendar_of(m) for m in mailbox(invitee.email))
    [alarm] = asked.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(hours=-1)
    assert alarm["ACTION"] == "DISPLAY"
    assert not cancelled.walk("VALARM")
    assert not calendar_of(mailbox("zoe@ailleurs.test")[0]).walk("VALARM")
