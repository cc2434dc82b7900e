"""Reminders: to whom, when, once; whatever happens to the meeting or to the machine meanwhile."""

import email.policy
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from isolation import outbox
from isolation.models import Work
from isolation.scope import PLATFORM, tenant_scope
from meetings.models import AgendaEntry, Invitation, Meeting, ReminderClock
from meetings.reminders.services import put_due_reminders
from meetings.scheduling import Plan, cancel_meeting, change_meeting, schedule_meeting
from tenants import membership
from tenants.models import Member, Tenant
from tests.factories import make_member
from tests.room import apart

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def start():
    """When the meeting of these tests begins: in three days, on the minute."""
    return (timezone.now() + 3 * DAY).replace(second=0, microsecond=0)


@pytest.fixture(autouse=True)
def real_smtp(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def mails():
    """`mails(member)`: the reminders that this person's mail server received."""
    folder = Path(os.environ["VISIO_MAIL_DIR"])
    before = set(folder.glob("*.eml"))

    def read(member):
        messages = [
            message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in sorted(set(folder.glob("*.eml")) - before)
        ]
        mine = [message for message in messages if message["to"] == member.email]
        return [m for m in mine if m["subject"].strip().startswith(("Rappel", "Reminder"))]

    return read


@pytest.fixture
def clock(run_outbox):
    """`clock(moment, …)`: beat calls at these moments; before and after, all work is done."""

    def call(*moments):
        run_outbox()
        found = sum(put_due_reminders(now=moment) for moment in moments)
        run_outbox()
        return found

    return call


def wish(member, minutes: int, **fields) -> None:
    with tenant_scope(member.tenant_id):
        Member.objects.filter(id=member.id).update(reminder_minutes=minutes, **fields)


def plan(start, *invitees, title="Comité budgétaire") -> Plan:
    return Plan(title, "", start, start + HOUR, "Europe/Paris", invitees)


def invite(host, start, *invitees) -> Meeting:
    with tenant_scope(host.tenant_id):
        return schedule_meeting(plan=plan(start, *invitees), by=host)


def change(meeting, host, new) -> None:
    with tenant_scope(host.tenant_id):
        change_meeting(meeting=meeting, plan=new, by=host, now=timezone.now())


def test_each_is_reminded_as_long_before_as_they_wish(
    host, colleague, invitee, start, clock, mails
):
    wish(host, 10)
    wish(colleague, 60)
    wish(invitee, 1440)  # of another ministry
    invite(host, start, colleague.email, invitee.email)
    clock(start - 2 * DAY)
    assert clock(start - DAY - MINUTE) == 0
    assert clock(start - DAY) == 1
    assert [len(mails(person)) for person in (host, colleague, invitee)] == [0, 0, 1]
    assert clock(start - HOUR) == 1
    assert [len(mails(person)) for person in (host, colleague, invitee)] == [0, 1, 1]
    assert clock(start - 10 * MINUTE) == 1
    assert [len(mails(person)) for person in (host, colleague, invitee)] == [1, 1, 1]
    assert clock(start - MINUTE, start, start + HOUR) == 0


def test_who_wishes_none_and_who_is_not_concerned_hear_nothing(
    host, colleague, outsider, start, clock, mails
):
    wish(outsider, 10)
    invite(host, start, colleague.email)
    assert clock(start - DAY, start - HOUR, start - 10 * MINUTE, start) == 0
    assert mails(colleague) == mails(outsider) == []


def test_the_mail_speaks_its_readers_language_and_time(host, invitee, start, clock, mails):
    wish(invitee, 60, language="en", time_zone="Indian/Reunion")
    meeting = invite(host, start, invitee.email)
    clock(start - 2 * HOUR, start - HOUR)
    [mail] = mails(invitee)
    there = start.astimezone(ZoneInfo("Indian/Reunion"))
    for kind in ("plain", "html"):
        text = mail.get_body((kind,)).get_content()
        assert f"{there:%H:%M}" in text
        assert meeting.slug in text
        assert "Ministère de l’Économie" in text
        assert "/preferences/" in text
        assert "rejoindre" not in text.lower()
    assert mail["auto-submitted"] == "auto-generated"


def test_a_hostile_title_is_neither_a_header_nor_markup(host, start, clock, mails):
    wish(host, 10)
    with tenant_scope(host.tenant_id):
        hostile = plan(start, title="X\r\nBcc: tous@ailleurs.test <b>gras</b>")
        schedule_meeting(plan=hostile, by=host)
    clock(start - HOUR, start - 10 * MINUTE)
    [mail] = mails(host)
    assert mail["bcc"] is None
    assert "<b>" not in mail.get_body(("html",)).get_content()


# --- Once ------------------------------------------------------------------------------------------
def test_a_clock_that_comes_twice_finds_nothing_the_second_time(host, start, clock, mails):
    wish(host, 10)
    invite(host, start)
    clock(start - HOUR)
    assert clock(start - 10 * MINUTE, start - 10 * MINUTE, start - 11 * MINUTE) == 1
    assert len(mails(host)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_put_one_reminder(host, start):
    wish(host, 10)
    invite(host, start)
    put_due_reminders(now=start - HOUR)
    at_once = threading.Barrier(4)

    def beat(offset):
        at_once.wait()
        return apart(lambda: put_due_reminders(now=start - 10 * MINUTE + offset))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(beat, (timedelta(seconds=n) for n in range(4))))
    assert sum(found) == 1
    with tenant_scope(host.tenant_id):
        assert Work.objects.filter(kind="meetings.remind").count() == 1


def test_a_kill_while_looking_loses_nothing_and_repeats_nothing(
    host, start, clock, mails, monkeypatch
):
    """The clock moves in the transaction that puts the work: both stand or neither."""
    wish(host, 10)
    invite(host, start)
    clock(start - HOUR)

    class Killed(BaseException):
        pass

    put = outbox.put_all

    def killed(*args):
        put(*args)
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(outbox, "put_all", killed)
        put_due_reminders(now=start - 10 * MINUTE)
    with tenant_scope(host.tenant_id):
        assert not Work.objects.filter(kind="meetings.remind").exists()
    assert clock(start - 9 * MINUTE) == 1
    assert len(mails(host)) == 1


def test_a_kill_of_the_worker_before_it_sends_delays_only(host, start, clock, mails):
    wish(host, 10)
    invite(host, start)
    put_due_reminders(now=start - HOUR)
    put_due_reminders(now=start - 10 * MINUTE)
    with tenant_scope(host.tenant_id):  # leased by somebody who is no more
        works = Work.objects.filter(kind="meetings.remind")
        works.update(leased_until=timezone.now() + outbox.LEASE, attempts=1)
    clock(start - 9 * MINUTE)
    assert mails(host) == []
    with tenant_scope(host.tenant_id):
        works.update(leased_until=timezone.now() - MINUTE)
    clock(start - 8 * MINUTE)
    assert len(mails(host)) == 1
    clock(start - 7 * MINUTE)
    assert len(mails(host)) == 1


def test_a_clock_that_stood_still_catches_up_until_the_meeting_begins(
    host, colleague, start, clock, mails
):
    wish(host, 60)
    wish(colleague, 10)
    invite(host, start, colleague.email)
    clock(start - 3 * HOUR)
    assert clock(start - 5 * MINUTE) == 2  # the clock stood for three hours
    with tenant_scope(PLATFORM):
        assert ReminderClock.objects.get().looked_until == start - 5 * MINUTE
    late = invite(host, start + HOUR, colleague.email)
    assert clock(late.starts_at + MINUTE) == 0  # too late to be of use


def test_a_mail_server_that_is_away_delays_and_is_of_no_use_after_the_start(
    host, start, clock, mails, settings
):
    wish(host, 10)
    invite(host, start)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    clock(start - HOUR, start - 10 * MINUTE)
    with tenant_scope(host.tenant_id):
        work = Work.objects.get(kind="meetings.remind")
    assert work.attempts == 1
    settings.EMAIL_PORT = port
    with time_machine.travel(start + MINUTE):
        assert outbox.do(work.tenant_id, work.id)
    assert mails(host) == []


def test_a_person_of_two_ministries_is_reminded_once(host, invitee, economie, start, clock, mails):
    other = make_member(economie, "Inès", "Invitée", user=invitee.user)
    with tenant_scope(economie.id):
        Member.objects.filter(id=other.id).update(email=invitee.email)
    wish(invitee, 10)
    wish(other, 10)
    invite(host, start, invitee.email)
    clock(start - DAY)
    assert clock(start - 10 * MINUTE) == 1
    assert len(mails(invitee)) == 1


# --- What changes meanwhile ------------------------------------------------------------------------
def test_a_moved_meeting_reminds_before_its_new_start(host, invitee, start, clock, mails):
    wish(invitee, 60)
    meeting = invite(host, start, invitee.email)
    clock(start - 2 * HOUR)
    change(meeting, host, plan(start + DAY, invitee.email))
    assert clock(start - HOUR) == 0
    assert clock(start + DAY - HOUR) == 1
    assert len(mails(invitee)) == 1


def test_moved_after_its_reminder_it_reminds_again_for_the_new_start(
    host, invitee, start, clock, mails
):
    wish(invitee, 60)
    meeting = invite(host, start, invitee.email)
    clock(start - 2 * HOUR, start - HOUR)
    change(meeting, host, plan(start + 3 * HOUR, invitee.email))
    clock(start)
    assert clock(start + 2 * HOUR) == 1
    assert len(mails(invitee)) == 2


@pytest.mark.parametrize("what", ["cancelled", "moved", "uninvited", "unwished", "left"])
def test_what_changed_between_the_clock_and_the_mail_holds(
    host, invitee, start, clock, mails, run_outbox, what
):
    wish(invitee, 60)
    meeting = invite(host, start, invitee.email)
    clock(start - 2 * HOUR)
    assert put_due_reminders(now=start - HOUR) == 1
    if what == "cancelled":
        with tenant_scope(host.tenant_id):
            cancel_meeting(meeting=meeting, by=host, now=timezone.now())
    elif what == "moved":
        change(meeting, host, plan(start + DAY, invitee.email))
    elif what == "uninvited":
        change(meeting, host, plan(start))
    elif what == "unwished":
        wish(invitee, 0)
    else:
        with tenant_scope(invitee.tenant_id):
            people = Member.objects.filter(id=invitee.id)
            membership.deactivate(people=people, by=None, now=timezone.now())
    _deliveries_first(host)
    run_outbox()
    assert mails(invitee) == []


def _deliveries_first(host) -> None:
    with tenant_scope(host.tenant_id):
        deliveries = Work.objects.filter(kind="meetings.deliver_invitation", done_at=None)
        for work in list(deliveries):
            outbox.do(work.tenant_id, work.id)


def test_a_closed_ministry_reminds_nobody(host, start, clock):
    wish(host, 10)
    invite(host, start)
    clock(start - HOUR)
    Tenant.objects.filter(id=host.tenant_id).update(is_active=False)
    assert clock(start - 10 * MINUTE) == 0


# --- Cost --------------------------------------------------------------------------------------------
def many_meetings(host, start, count: int) -> None:
    with tenant_scope(host.tenant_id):
        Meeting.objects.bulk_create(
            Meeting(
                host=host, title=f"Réunion {n}", starts_at=start + n * MINUTE,
                ends_at=start + n * MINUTE + HOUR,
            )
            for n in range(count)
        )  # fmt: skip
        AgendaEntry.objects.bulk_create(
            AgendaEntry(
                meeting_id=meeting.id, email=host.email, slug=meeting.slug, title="x",
                organisation="x", host_name="x", starts_at=meeting.starts_at,
                ends_at=meeting.ends_at, time_zone="Europe/Paris", sequence=0,
            )
            for meeting in Meeting.objects.all()[: count // 2]
        )  # fmt: skip


def test_the_cost_does_not_depend_on_how_many_meetings_there_are(host, start):
    from django.db import connection

    wish(host, 10)
    costs = []
    for round_, count in enumerate((1, 300)):
        many_meetings(host, start + 9 * DAY, count)
        invite(host, start + round_ * HOUR)
        put_due_reminders(now=start + round_ * HOUR - HOUR / 2)
        with CaptureQueriesContext(connection) as sent:
            assert put_due_reminders(now=start + round_ * HOUR - 10 * MINUTE) == 1
        costs.append(len(sent))
    assert costs[0] == costs[1]


def test_due_reminders_are_found_by_indexes(host, start):
    """Among many meetings of many ministries; PostgreSQL itself says how it would look."""
    many_meetings(host, start - 30 * DAY, 20_000)
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("ANALYZE meetings_meeting, meetings_agendaentry, tenants_member")
        cursor.execute(
            "SELECT prosrc FROM pg_proc WHERE proname = 'visio_reminders_due'",
        )
        source = cursor.fetchone()[0]
        query = source.split("$query$")[1]
        for number, value in (
            ("$1", f"'{start.isoformat()}'::timestamptz"),
            ("$2", f"'{(start + MINUTE).isoformat()}'::timestamptz"),
            ("$3", "10"),
        ):
            query = query.replace(number, value)
        cursor.execute(f"EXPLAIN {query}")
        how = "\n".join(line for (line,) in cursor.fetchall())
    assert "meeting_to_remind" in how
    for table in ("meetings_meeting", "meetings_agendaentry"):
        assert f"Seq Scan on {table}" not in how


def test_what_is_asked_across_ministries_is_ids(host, start):
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT * FROM visio_reminders_due(%s, %s, 10)", [timezone.now(), timezone.now()]
        )
        assert [c.name for c in cursor.description] == ["tenant_id", "member_id", "meeting_id"]
    with tenant_scope(PLATFORM):
        assert not Meeting.objects.exists()
        assert not Invitation.objects.exists()
