"""Who is to be reminded of which meeting, and of what remains true when the mail leaves.

Nothing is planned ahead: a moved or cancelled meeting, a changed preference or address need not be
followed. Each minute's reminders are found by an index on the times of start.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from isolation import outbox
from isolation.scope import PLATFORM, tenant_scope
from meetings.models import AgendaEntry, Meeting, MeetingState, ReminderClock
from meetings.policies import visible_meetings
from meetings.reminders import mails
from tenants.models import Member, MemberState, Reminder, Tenant

TO_COME = [MeetingState.SCHEDULED, MeetingState.LIVE]


@dataclass(frozen=True)
class Due:
    """One reminder: of whom, and of which meeting."""

    tenant_id: UUID
    member_id: UUID
    meeting_id: UUID


def put_due_reminders(*, now: datetime) -> int:
    """Puts into the outbox what fell due since the last call, of every tenant; how many that were.

    The first call ever only starts the clock. What falls due while it stands still is put later, as
    long as the meeting has not begun.
    """
    with tenant_scope(PLATFORM):
        ReminderClock.objects.bulk_create([ReminderClock(looked_until=now)], ignore_conflicts=True)
        clock = ReminderClock.objects.select_for_update().get()
        if clock.looked_until >= now:
            return 0
        due = [one for lead in Reminder if lead for one in _due(clock.looked_until, now, lead)]
        clock.looked_until = now
        clock.save(update_fields=["looked_until"])
        by_tenant: dict[UUID, list[Due]] = defaultdict(list)
        for one in due:
            by_tenant[one.tenant_id].append(one)
        for tenant_id, people in by_tenant.items():
            with tenant_scope(tenant_id):
                _put(people)
    return len(due)


def _due(since: datetime, now: datetime, lead: int) -> list[Due]:
    """Whoever wishes to be reminded so many minutes before, of what starts that much after."""
    before = timedelta(minutes=lead)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenant_id, member_id, meeting_id FROM visio_reminders_due(%s, %s, %s)",
            [max(since + before, now), now + before, lead],
        )
        return [Due(*row) for row in cursor.fetchall()]


def _put(people: list[Due]) -> None:
    """One piece of work for each person, meeting and time of start, in the scope of their tenant."""
    ids = {one.meeting_id for one in people}
    starts = dict(Meeting.objects.filter(id__in=ids).values_list("id", "starts_at"))
    delivered = AgendaEntry.objects.filter(meeting_id__in=ids)
    starts |= dict(delivered.values_list("meeting_id", "starts_at"))
    outbox.put_all(
        outbox.Order(
            "meetings.remind",
            key=f"remind:{one.member_id}:{one.meeting_id}:{starts[one.meeting_id].isoformat()}",
            payload={
                "member_id": str(one.member_id),
                "meeting_id": str(one.meeting_id),
                "starts_at": starts[one.meeting_id].isoformat(),
            },
        )
        for one in people
    )


def remind(*, tenant_id: UUID, member_id: str, meeting_id: str, starts_at: str) -> None:
    """Sends one reminder, unless it came to nothing: the meeting was moved or cancelled, the person
    was taken off the list, left, wants none any more, or it has begun.

    A crash between sending and its mark sends the same mail, with the same Message-ID, once more.
    """
    planned = datetime.fromisoformat(starts_at)
    with tenant_scope(tenant_id):
        people = Member.objects.filter(id=member_id, state=MemberState.ACTIVE)
        member = people.exclude(reminder_minutes=Reminder.NONE).first()
        meeting = _meeting_of(member, UUID(meeting_id), planned) if member else None
    if member is None or meeting is None or timezone.now() >= planned:
        return
    mails.send(meeting, to=member)


def _meeting_of(member: Member, meeting_id: UUID, starts_at: datetime) -> mails.Coming | None:
    """The meeting as it stands in the person's own tenant, if it still starts at this time."""
    own = visible_meetings(member).filter(id=meeting_id, state__in=TO_COME, starts_at=starts_at)
    if meeting := own.first():
        name = Tenant.objects.values_list("name", flat=True).get(id=meeting.tenant_id)
        return mails.Coming(
            meeting_id, meeting.title, starts_at, meeting.ends_at, meeting.join_path,
            meeting.host.full_name, name,
        )  # fmt: skip
    entries = AgendaEntry.objects.filter(
        meeting_id=meeting_id, email=member.email, is_cancelled=False, starts_at=starts_at
    )
    if entry := entries.first():
        return mails.Coming(
            meeting_id, entry.title, starts_at, entry.ends_at, entry.join_path,
            entry.host_name, entry.organisation,
        )  # fmt: skip
    return None
