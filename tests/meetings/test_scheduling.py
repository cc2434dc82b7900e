"""Planning through the pages: what is kept, what is refused and how, what stands in the log."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError

from audit.models import Event
from isolation.scope import tenant_scope
from meetings import scheduling
from meetings.models import AgendaEntry, Invitation, JoinLink, Meeting
from tenants.models import LONGEST_MEETING, Policy, Role
from tests.factories import make_member

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
HTML = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def typed():
    """What Hélène types for a meeting at 14:00 in Paris."""
    return {
        "title": "Comité budgétaire",
        "date": "2026-09-02",
        "start_time": "14:00",
        "end_time": "15:00",
        "time_zone": "Europe/Paris",
        "invitees": "ines.invitee@sante.test",
        "description": "",
    }


@pytest.fixture
def plan(signed_in, host):
    client = signed_in(host)

    def post(typed, path="/reunions/planifier/"):
        return client.post(path, typed)

    post.client = client
    return post


def only_meeting(tenant) -> Meeting:
    with tenant_scope(tenant.id):
        return Meeting.objects.get()


def kinds(tenant) -> list[str]:
    with tenant_scope(tenant.id):
        return list(Event.objects.order_by("at").values_list("kind", flat=True))


def test_fourteen_oclock_in_paris_is_noon_in_summer(plan, typed, economie):
    assert plan(typed).status_code == 302
    meeting = only_meeting(economie)
    assert meeting.starts_at == datetime(2026, 9, 2, 12, tzinfo=UTC)
    assert JoinLink.objects.get(slug=meeting.slug).tenant_id == economie.id
    assert kinds(economie) == ["meeting_created"]


def test_the_zone_is_the_one_that_was_chosen(plan, typed, economie):
    plan(typed | {"time_zone": "Indian/Reunion"})
    assert only_meeting(economie).starts_at == datetime(2026, 9, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 10_000}, "title"),
        ({"description": "x" * 5001}, "description"),
        ({"end_time": "13:00"}, "end_time"),
        ({"end_time": "14:00"}, "end_time"),
        ({"date": "2026-08-31"}, "date"),
        ({"date": "31/12"}, "date"),
        ({"start_time": "25:00"}, "start_time"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"invitees": "pas-une-adresse"}, "invitees"),
        ({"invitees": "a@b.test\r\nBcc: x"}, "invitees"),
        ({"date": "2027-03-28", "start_time": "02:30", "end_time": "04:00"}, "start_time"),
        ({"end_date": "2026-09-05"}, "end_time"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    plan, typed, economie, change, field
):
    answer = plan(typed | change)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    page = answer.content.decode()
    for name, value in (typed | change).items():
        if name not in ("time_zone", "description") and "\n" not in value:
            assert value in page
    with tenant_scope(economie.id):
        assert not Meeting.objects.exists()


def test_a_text_is_never_markup(plan, typed, economie, signed_in, host):
    plan(typed | {"title": HTML, "description": HTML})
    meeting = only_meeting(economie)
    for path in ("/", meeting.get_absolute_url(), f"{meeting.get_absolute_url()}modifier/",
                 f"{meeting.get_absolute_url()}annuler/", meeting.join_path):  # fmt: skip
        page = plan.client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_addresses_are_taken_once_and_the_host_not_at_all(plan, typed, economie, host):
    plan(typed | {"invitees": f"A@B.test, a@b.test;\n{host.email}\n c@d.test"})
    with tenant_scope(economie.id):
        assert set(Invitation.objects.values_list("email", flat=True)) == {"a@b.test", "c@d.test"}


def test_the_log_and_the_act_roll_back_together(plan, typed, economie, monkeypatch):
    def fails(*args, **kwargs):
        raise DatabaseError("the log is full")

    monkeypatch.setattr(scheduling, "record", fails)
    with pytest.raises(DatabaseError):
        plan(typed)
    monkeypatch.undo()
    with tenant_scope(economie.id):
        assert not Meeting.objects.exists()
        assert not Event.objects.exists()
    assert not JoinLink.objects.exists()


# --- The ministry's policy -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("policy", "change", "field"),
    [
        ({"longest_meeting_minutes": 30}, {}, "end_time"),
        ({"most_invitees": 1}, {"invitees": "a@b.test, c@d.test"}, "invitees"),
        ({"invite_external_people": False}, {"invitees": "a@ailleurs.test"}, "invitees"),
        ({"invite_other_ministries": False}, {}, "invitees"),
    ],
)
def test_the_policy_is_said_in_words(plan, typed, economie, sante, policy, change, field):
    with tenant_scope(economie.id):
        Policy.objects.create(**policy)
    answer = plan(typed | change)
    assert answer.status_code == 422
    assert "Votre ministère" in str(answer.context["form"].errors[field])


def test_only_organisers_plan_where_the_policy_says_so(signed_in, economie, colleague, typed):
    client = signed_in(colleague)
    assert client.get("/reunions/planifier/").status_code == 200
    with tenant_scope(economie.id):
        Policy.objects.create(who_may_organise="organisers")
    assert client.get("/reunions/planifier/").status_code == 403
    assert client.post("/reunions/planifier/", typed).status_code == 403
    assert client.post("/reunions/maintenant/").status_code == 403
    organiser = make_member(economie, "Odile", "Organise", roles=[Role.ORGANISER])
    assert signed_in(organiser).get("/reunions/planifier/").status_code == 200


# --- Changing and cancelling -----------------------------------------------------------------
def entry(tenant) -> AgendaEntry:
    with tenant_scope(tenant.id):
        return AgendaEntry.objects.get()


def test_a_change_reaches_the_other_ministrys_agenda(plan, typed, economie, sante, run_outbox):
    plan(typed)
    run_outbox()
    assert entry(sante).title == "Comité budgétaire"
    path = only_meeting(economie).get_absolute_url()
    plan(typed | {"title": "Comité élargi", "start_time": "14:30"}, f"{path}modifier/")
    run_outbox()
    delivered = entry(sante)
    assert (delivered.title, delivered.sequence) == ("Comité élargi", 1)
    assert delivered.starts_at == datetime(2026, 9, 2, 12, 30, tzinfo=UTC)


def test_changing_nothing_tells_nobody(plan, typed, economie, run_outbox):
    plan(typed)
    run_outbox()
    path = only_meeting(economie).get_absolute_url()
    plan(typed, f"{path}modifier/")
    assert only_meeting(economie).sequence == 0
    assert run_outbox() == 0


def test_who_is_no_longer_invited_sees_it_cancelled(plan, typed, economie, sante, run_outbox):
    plan(typed)
    run_outbox()
    path = only_meeting(economie).get_absolute_url()
    plan(typed | {"invitees": ""}, f"{path}modifier/")
    run_outbox()
    assert entry(sante).is_cancelled
    plan(typed, f"{path}modifier/")
    run_outbox()
    assert not entry(sante).is_cancelled


def test_a_cancelled_meeting_is_cancelled_everywhere_and_stays_so(
    plan, typed, economie, sante, run_outbox
):
    plan(typed)
    path = only_meeting(economie).get_absolute_url()
    assert plan({}, f"{path}annuler/").status_code == 302
    plan({}, f"{path}annuler/")
    run_outbox()
    assert entry(sante).is_cancelled
    assert kinds(economie).count("meeting_cancelled") == 1
    assert plan(typed | {"title": "Retour"}, f"{path}modifier/").status_code == 422


def test_a_colleague_who_is_invited_reads_but_does_not_change(
    plan, typed, economie, colleague, signed_in
):
    plan(typed | {"invitees": colleague.email})
    path = only_meeting(economie).get_absolute_url()
    client = signed_in(colleague)
    assert client.get(path).status_code == 200
    for act in ("modifier/", "annuler/", "terminer/"):
        assert client.post(f"{path}{act}", typed).status_code == 403


def test_a_colleague_who_is_not_invited_sees_nothing(plan, typed, economie, colleague, signed_in):
    plan(typed)
    path = only_meeting(economie).get_absolute_url()
    assert signed_in(colleague).get(path).status_code == 404


# --- The agenda ------------------------------------------------------------------------------
def test_the_agenda_shows_each_day_in_the_readers_zone(plan, typed, host, economie):
    plan(typed | {"start_time": "23:30", "end_time": "23:45"})
    days = plan.client.get("/").context["days"]
    assert [len(day.items) for day in days] == [0, 1, 0, 0, 0, 0, 0]
    with tenant_scope(economie.id):
        host.time_zone = "Indian/Reunion"  # two hours later: already the next day
        host.save()
    days = plan.client.get("/").context["days"]
    assert [len(day.items) for day in days] == [0, 0, 1, 0, 0, 0, 0]


def test_the_agenda_costs_the_same_whatever_its_length(
    signed_in, host, economie, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(host)
    costs = []
    for count in (5, 45):
        with tenant_scope(economie.id):
            for index in range(count):
                starts_at = NOW + timedelta(hours=index + 1)
                scheduling.schedule_meeting(
                    plan=scheduling.Plan(
                        "Réunion", "", starts_at, starts_at + timedelta(hours=1), "UTC"
                    ),
                    by=host,
                )
                AgendaEntry.objects.create(
                    meeting_id=host.id,
                    email=f"{index}{count}@x.test" if index else host.email.upper().lower(),
                    slug="x",
                    title="Ailleurs",
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(hours=1),
                    time_zone="UTC",
                    sequence=count,
                ) if count == 5 else None
        client.get("/")
        with CaptureQueriesContext(connection) as statements:
            page = client.get("/")
        costs.append(len(statements))
    assert len(page.context["days"][0].items) > 10
    assert costs[0] == costs[1] <= 15  # two of them only where a test holds a transaction open


def test_a_meeting_of_a_week_stands_in_the_agenda_until_it_ends(plan, host, economie):
    ends_at = NOW + timedelta(minutes=5)
    seminar = scheduling.Plan("Séminaire", "", ends_at - LONGEST_MEETING, ends_at, "UTC")
    with tenant_scope(economie.id):
        Policy.objects.create(longest_meeting_minutes=LONGEST_MEETING // timedelta(minutes=1))
        scheduling.schedule_meeting(plan=seminar, by=host)
    [item] = plan.client.get("/").context["days"][0].items
    assert item.title == "Séminaire"


def test_meeting_now_leads_straight_to_its_room(plan, economie):
    answer = plan({}, "/reunions/maintenant/")
    meeting = only_meeting(economie)
    assert answer.url == meeting.join_path
    assert meeting.ends_at.astimezone(ZoneInfo("UTC")) > NOW
