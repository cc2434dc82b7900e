"""Fills people's agendas: their own meetings, those they are invited to, those that were delivered."""

from datetime import datetime, timedelta
from uuid import uuid4

from isolation.scope import tenant_scope
from meetings.models import AgendaEntry, Invitation, Meeting, Participant, Presence

HOUR = timedelta(hours=1)


def make(host, title: str, starts_at: datetime, *, invited=(), length=HOUR, **details) -> Meeting:
    """A meeting as it stands in the host's ministry, without mails and deliveries."""
    with tenant_scope(host.tenant_id):
        meeting = Meeting.objects.create(
            host=host, title=title, starts_at=starts_at, ends_at=starts_at + length, **details
        )
        for person in invited:
            Invitation.objects.create(meeting=meeting, email=person.email)
    return meeting


def deliver(member, title: str, starts_at: datetime, *, length=HOUR, **details) -> AgendaEntry:
    """What another ministry delivered to this person."""
    delivered = {
        "meeting_id": uuid4(),
        "email": member.email,
        "slug": "bcdf-ghjk-mnpq-rstv",
        "organisation": "Ministère de la Santé",
        "host_name": "Zoé Ailleurs",
        "time_zone": "Europe/Paris",
        "sequence": 0,
    }
    with tenant_scope(member.tenant_id):
        return AgendaEntry.objects.create(
            **delivered | details, title=title, starts_at=starts_at, ends_at=starts_at + length
        )


def hold(meeting: Meeting, people: int, *, lasted=HOUR) -> Meeting:
    """The meeting took place and is over; so many came, the first of them on two devices."""
    with tenant_scope(meeting.tenant_id):
        meeting.state, meeting.started_at = "ended", meeting.starts_at
        meeting.ended_at = meeting.starts_at + lasted
        meeting.save()
        came = [
            Participant(
                meeting=meeting,
                guest_key=uuid4(),
                proof="name",
                role="guest",
                name=f"Personne {number}",
                admitted_at=meeting.starts_at,
            )
            for number in range(people)
        ]
        Participant.objects.bulk_create(came)
        Presence.objects.bulk_create(
            Presence(
                participant=one, connection=f"PA_{uuid4().hex[:12]}", joined_at=meeting.starts_at
            )
            for one in [*came, *came[:1]]
        )
    return meeting


def many(host, count: int, first: datetime, *, step=timedelta(minutes=10), title="Réunion"):
    """So many meetings of this host, one after the other."""
    with tenant_scope(host.tenant_id):
        return Meeting.objects.bulk_create(
            Meeting(
                host=host,
                title=f"{title} {number}",
                starts_at=first + number * step,
                ends_at=first + number * step + HOUR,
            )
            for number in range(count)
        )


def titles(answer) -> list[str]:
    """The titles of a page's lists, in the order in which they stand."""
    return [item.title for day in answer.context["days"] for item in day.items]
