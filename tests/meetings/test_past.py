"""What is over: how long it lasted, how many came, and what of it another ministry is told."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from isolation.scope import tenant_scope
from meetings import ending
from meetings.attendance import attendance_of, numbers_of_people
from meetings.models import AgendaEntry, Meeting, Participant, Presence
from meetings.scheduling import Plan, schedule_meeting
from tests.meetings.agendas import HOUR, deliver, hold, make, many, titles

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)
PAST = "/agenda/passees/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=True):
        yield


def in_hours(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def test_what_is_over_the_latest_first_with_its_length_and_people(signed_in, host, colleague):
    hold(make(colleague, "Mienne", in_hours(-48)), 3, lasted=timedelta(minutes=65))
    seen = hold(make(host, "Invitée", in_hours(-24), invited=[colleague]), 1)
    make(colleague, "Jamais commencée", in_hours(-3))
    hold(make(colleague, "Finie avant l’heure", in_hours(-0.5)), 2, lasted=timedelta(minutes=10))
    make(colleague, "En cours", in_hours(-0.5), state="live", started_at=in_hours(-0.5))
    make(colleague, "Annulée", in_hours(-5), state="cancelled")
    make(colleague, "À venir", in_hours(1))
    make(host, "D’autres", in_hours(-4))
    deliver(
        colleague,
        "Remise",
        in_hours(-2),
        started_at=in_hours(-2),
        ended_at=in_hours(-1.5),
        people=7,
    )
    deliver(colleague, "Remise et annulée", in_hours(-2.5), is_cancelled=True)
    answer = signed_in(colleague).get(PAST)
    assert titles(answer) == [
        "Finie avant l’heure",
        "Remise",
        "Jamais commencée",
        "Invitée",
        "Mienne",
    ]
    page = answer.content.decode()
    for words in ("1 h 05", "10 min", "30 min", "7 participants", "3 participants"):
        assert words in page, words
    assert page.count("Personne n’est venu") == 1
    assert f'href="{seen.get_absolute_url()}#attendance"' in page
    assert 'id="attendance"' in signed_in(colleague).get(seen.get_absolute_url()).content.decode()


def test_the_number_is_that_of_the_attendance(host):
    """Whatever was told of connections: by LiveKit, by its lists, by browsers alone, too late."""
    meeting = hold(make(host, "Comité", in_hours(-2)), 3)
    start = meeting.starts_at
    told = [
        {"joined_at": start, "left_at": start + HOUR},
        {"listed_since": start, "listed_at": start},
        {"heard_first_at": start},  # by the browser alone
        {"heard_first_at": start, "left_at": start + HOUR},
        {"left_at": start + HOUR},  # nothing tells that it began
        {"missing_at": start},
        {"said_goodbye_at": start},
        {"joined_at": meeting.ended_at + HOUR},  # after the end
        {"joined_at": meeting.ended_at},
        {"joined_at": meeting.ended_at + HOUR, "listed_since": start},
        {"heard_first_at": start, "connection": "PA_known"},  # claims another's connection
        {"joined_at": start, "connection": "PA_known"},
        {},
    ]
    with tenant_scope(host.tenant_id):
        for number, facts in enumerate(told):
            person = Participant.objects.create(
                meeting=meeting,
                guest_key=uuid4(),
                proof="name",
                role="guest",
                name=f"Témoin {number}",
                admitted_at=start,
            )
            Presence.objects.create(participant=person, **{"connection": f"PA_{number:04}"} | facts)
        assert numbers_of_people([meeting.id]) == {meeting.id: len(attendance_of(meeting))}
        assert len(attendance_of(meeting)) == 3 + 6
        assert numbers_of_people([]) == {}


def test_another_ministry_is_told_how_many_came_and_not_who(
    signed_in, host, invitee, run_outbox, economie
):
    plan = Plan("Comité", "", in_hours(-1), in_hours(0.2), "Europe/Paris", (invitee.email,))
    with tenant_scope(host.tenant_id):
        meeting = schedule_meeting(plan=plan, by=host)
    run_outbox()
    hold(meeting, 4)
    with tenant_scope(host.tenant_id):
        Meeting.objects.filter(id=meeting.id).update(state="live", ended_at=None)
        assert ending.end(meeting.id, by=host, now=in_hours(-0.1))
    with tenant_scope(invitee.tenant_id):
        assert AgendaEntry.objects.get().people is None
    run_outbox()
    client = signed_in(invitee)
    answer = client.get(PAST)
    assert titles(answer) == ["Comité"]
    page = answer.content.decode()
    assert "4 participants" in page
    assert "54 min" in page
    assert "Personne 1" not in page
    assert f"/reunions/{meeting.id}" not in page
    assert titles(client.get("/agenda/liste/")) == []
    assert "Rejoindre<" not in client.get("/").content.decode()
    told = client.get(f"/api/v1/meetings/{meeting.slug}").json()
    assert (told["state"], told["ended_at"] is None) == ("ended", False)


def test_pages_of_what_is_over_forth_and_back(signed_in, host):
    many(host, 45, in_hours(-900), step=timedelta(0))
    client = signed_in(host)
    first = client.get(PAST)
    second = client.get(PAST, {"apres": first.context["page"].after})
    third = client.get(PAST, {"apres": second.context["page"].after})
    assert [len(titles(page)) for page in (first, second, third)] == [20, 20, 5]
    assert not third.context["page"].after
    back = client.get(PAST, {"avant": third.context["page"].before})
    assert titles(back) == titles(second)


def test_nothing_yet_says_what_will_be_here(signed_in, host):
    assert "Aucune réunion passée" in signed_in(host).get(PAST).content.decode()
    gone = f"{PAST}?apres=1.{uuid4().hex}"
    assert "rien de plus ancien" in signed_in(host).get(gone).content.decode()
