"""The week and the list of what is to come: what stands where, page by page, at what cost."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs

import pytest
import time_machine

from isolation.scope import tenant_scope
from meetings.models import Participant
from tests.meetings.agendas import deliver, hold, make, many, titles
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)  # a Wednesday
WEEK, LIST, PAST = "/agenda/semaine/", "/agenda/liste/", "/agenda/passees/"
HTML = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=True):
        yield


def in_hours(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def days_of(answer) -> dict[date, list[str]]:
    days = answer.context["days"]
    return {day.date: [item.title for item in day.items] for day in days if day.items}


# --- The week ----------------------------------------------------------------------------------
def test_a_week_begins_on_monday_and_holds_own_invited_and_delivered(
    signed_in, host, colleague, outsider
):
    make(colleague, "Mienne", in_hours(-48))
    make(host, "Invitée", in_hours(1), invited=[colleague])
    make(host, "D’autres", in_hours(1))
    make(outsider, "D’ailleurs", in_hours(1))
    deliver(colleague, "Remise", in_hours(96))
    make(colleague, "La semaine d’après", in_hours(24 * 5))
    answer = signed_in(colleague).get(WEEK)
    assert [day.date.day for day in answer.context["days"]] == [31, 1, 2, 3, 4, 5, 6]
    assert days_of(answer) == {
        date(2026, 8, 31): ["Mienne"],
        date(2026, 9, 2): ["Invitée"],
        date(2026, 9, 6): ["Remise"],
    }
    page = answer.content.decode()
    assert "Ministère de la Santé" in page
    assert "D’autres" not in page
    assert "D’ailleurs" not in page
    [tomorrow] = [day for day in answer.context["days"] if day.is_today]
    assert tomorrow.date == NOW.date()


def test_one_goes_from_week_to_week_by_addresses(signed_in, host):
    make(host, "Dans deux semaines", in_hours(24 * 14))
    client = signed_in(host)
    answer = client.get(f"{WEEK}2026-09-17/")
    assert titles(answer) == ["Dans deux semaines"]
    page = answer.content.decode()
    for address in (f"{WEEK}2026-09-07/", f"{WEEK}2026-09-21/"):
        assert f'href="{address}"' in page
    assert "Cette semaine" in page
    assert "Cette semaine" not in client.get(WEEK).content.decode()


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2000-01-01", 200),
        ("2099-12-31", 200),
        ("2026-02-30", 404),
        ("2026-13-01", 404),
        ("1999-12-31", 404),
        ("9999-12-31", 404),
        ("2026-9-1", 404),
        ("٢٠٢٦-٠٩-٠١", 404),
        ("2026-09-01'--", 404),
        ("today", 404),
    ],
)
def test_a_day_is_a_day_of_our_century_or_nothing(signed_in, host, day, status):
    assert signed_in(host).get(f"{WEEK}{day}/").status_code == status


def test_the_week_is_the_readers_own(signed_in, host):
    """Sunday 23:30 in Paris is already Monday where Hélène works."""
    starts_at = datetime(2026, 9, 6, 21, 30, tzinfo=UTC)
    make(host, "Tard", starts_at, length=timedelta(minutes=15))
    assert titles(signed_in(host).get(WEEK)) == ["Tard"]
    with tenant_scope(host.tenant_id):
        host.time_zone = "Indian/Reunion"
        host.save()
    client = signed_in(host)
    assert titles(client.get(WEEK)) == []
    assert titles(client.get(f"{WEEK}2026-09-07/")) == ["Tard"]


def test_a_meeting_over_several_days_stands_on_each_and_a_week_long_one_is_found(signed_in, host):
    make(host, "Séminaire", in_hours(-1), length=timedelta(days=7))
    client = signed_in(host)
    assert titles(client.get(WEEK)) == ["Séminaire"] * 5
    assert titles(client.get(f"{WEEK}2026-09-07/")) == ["Séminaire"] * 3


def test_what_goes_on_is_joined_in_one_click_and_what_is_over_is_not(signed_in, host):
    live = make(host, "En cours", in_hours(-0.5), state="live", started_at=in_hours(-0.5))
    later = make(host, "Plus tard", in_hours(3))
    over = hold(make(host, "Finie", in_hours(-2)), 1)
    away = make(host, "Demain", in_hours(30))
    page = signed_in(host).get(WEEK).content.decode()
    joins = [f'fr-btn--secondary" href="{one.join_path}"' in page for one in (live, later)]
    assert joins == [True, True]
    assert over.join_path not in page
    assert away.join_path not in page  # its own page, one click away, has the button
    assert away.get_absolute_url() in page


def test_an_open_week_asks_for_its_part_alone(signed_in, host):
    make(host, HTML, in_hours(1))
    client = signed_in(host)
    for address in (WEEK, f"{WEEK}2026-09-02/", LIST, PAST, "/agenda/recherche/?q=script"):
        answer = client.get(address, headers={"X-Fragment": "agenda"})
        part = answer.content.decode()
        assert "<html" not in part
        assert "<script>alert" not in part
        assert answer["Cache-Control"] == "no-store"
        assert "<script>alert" not in client.get(address).content.decode()


def test_who_waits_is_counted_in_the_week_and_the_list(signed_in, host):
    meeting = make(host, "Comité", in_hours(0.5))
    with tenant_scope(host.tenant_id):
        Participant.objects.create(
            meeting=meeting,
            user=host.user,
            from_tenant_id=host.tenant_id,
            name="Paul",
            state="waiting",
            knocked_at=NOW,
            waits_until=in_hours(1),
        )
    client = signed_in(host)
    for address in (WEEK, LIST):
        assert "Une personne attend" in client.get(address).content.decode()


# --- What is to come ---------------------------------------------------------------------------
def test_the_list_is_what_goes_on_and_what_comes(signed_in, host, colleague):
    make(colleague, "En retard", in_hours(-30), state="live", started_at=in_hours(-30))
    make(colleague, "Commencée", in_hours(-0.5))
    make(colleague, "Passée", in_hours(-3))
    hold(make(colleague, "Finie plus tôt", in_hours(-0.2)), 1, lasted=timedelta(minutes=5))
    make(colleague, "Annulée par moi", in_hours(2), state="cancelled")
    make(host, "Invitée", in_hours(3), invited=[colleague])
    deliver(colleague, "Remise", in_hours(4))
    deliver(colleague, "Remise puis annulée", in_hours(5), is_cancelled=True)
    deliver(colleague, "Remise et finie", in_hours(-0.5), ended_at=NOW, people=3)
    answer = signed_in(colleague).get(LIST)
    assert titles(answer) == [
        "En retard",
        "Commencée",
        "Invitée",
        "Remise",
        "Remise puis annulée",
    ]
    page = answer.content.decode()
    assert page.count(">Rejoindre<") == 4
    assert page.count(">Annulée<") == 1


def test_no_line_is_lost_or_doubled_forth_and_back(signed_in, host):
    """Several begin at the same moment; whole pages of them."""
    many(host, 30, in_hours(1), step=timedelta(0), title="Même")
    many(host, 25, in_hours(2), title="Suite")
    for number in range(10):
        deliver(host, f"Remise {number}", in_hours(1))
    client = signed_in(host)
    forth = [client.get(LIST)]
    while after := forth[-1].context["page"].after:
        forth.append(client.get(LIST, {"apres": after}))
    pages = [titles(answer) for answer in forth]
    assert [len(page) for page in pages] == [20, 20, 20, 5]
    assert len({title for page in pages for title in page}) == 65
    back = [forth[-1]]
    while before := back[-1].context["page"].before:
        back.append(client.get(LIST, {"avant": before}))
    assert [titles(answer) for answer in back[::-1]] == pages
    assert 'rel="prev"' not in back[-1].content.decode()


@pytest.mark.parametrize(
    "turn",
    [
        "apres=",
        "apres=x",
        "apres=1.2",
        "apres=-1.00000000000000000000000000000000",
        "apres=999999999999999999.00000000000000000000000000000000",
        "apres=9999999999999999999999.00000000000000000000000000000000",
        "apres=٣.00000000000000000000000000000000",
        "apres=1.' OR 1=1--",
        "avant=%00",
        "avant=1.%FF",
        "apres=a&avant=b",
        "apres=" + "1" * 5000,
    ],
)
@pytest.mark.parametrize("address", [LIST, PAST])
def test_what_is_no_place_of_a_list_is_its_beginning(signed_in, host, address, turn):
    make(host, "Prochaine", in_hours(1))
    make(host, "Dernière", in_hours(-2))
    answer = signed_in(host).get(f"{address}?{turn}")
    assert answer.status_code == 200
    assert titles(answer) == (["Prochaine"] if address == LIST else ["Dernière"])


def test_another_persons_place_shows_ones_own_list(signed_in, host, colleague):
    many(host, 25, in_hours(1))
    make(colleague, "Mienne", in_hours(2.5))
    after = signed_in(host).get(LIST).context["page"].after
    assert titles(signed_in(colleague).get(LIST, {"apres": after})) in ([], ["Mienne"])


def test_every_way_has_an_address_and_says_which_one_is_shown(signed_in, host):
    client = signed_in(host)
    for address in ("/", WEEK, LIST, PAST):
        page = client.get(address).content.decode()
        assert f'href="{address}" aria-current="page"' in page
        for other in ("/", WEEK, LIST, PAST):
            assert f'class="visio-views__view" href="{other}"' in page


@pytest.mark.parametrize("address", [WEEK, LIST, PAST, "/agenda/recherche/?q=x"])
def test_who_is_not_signed_in_is_led_there_and_back(client, db, address):
    answer = client.get(address, headers={"host": "localhost"})
    assert answer.status_code == 302
    [target] = parse_qs(answer.url.partition("?")[2])["next"]
    assert target == address
    assert client.post(WEEK, headers={"host": "localhost"}).status_code in (302, 401)


# --- What it costs -----------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("address", "cost"),
    [("/", 7), (WEEK, 6), (LIST, 6), (PAST, 6), ("/agenda/recherche/?q=reunion", 8)],
)
def test_a_page_costs_the_same_whatever_there_is(signed_in, host, address, cost):
    """Twenty among 100 as among 500. Three of the statements find who reads, and where they work;
    the others are the meetings, who waits or how many came, and what the ministry allows; today's
    also shows one's own room."""
    client = signed_in(host)
    client.get(address)
    for count in (100, 400):
        many(host, count, in_hours(0), step=timedelta(minutes=3))
        for meeting in many(host, count, in_hours(-9000), step=timedelta(minutes=3))[-5:]:
            hold(meeting, 2)
        for number in range(5):
            deliver(host, f"Réunion remise {number}", in_hours(number))
        with statements() as sent:
            assert client.get(address).status_code == 200
        assert len(sent) == cost, "\n".join(sent)
