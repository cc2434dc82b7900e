"""Lists: pages by cursor, filters, and what they cost whatever their length."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Event
from isolation.scope import tenant_scope
from meetings.models import AgendaEntry, Meeting
from tests.api.conftest import bearer
from tests.factories import make_member
from tests.statements import statements

pytestmark = pytest.mark.django_db
MEETINGS, MEMBERS = "/api/v1/meetings", "/api/v1/members"


def pages(client, url, **query) -> list[list[dict]]:
    """Every page of a list, followed by its cursors."""
    found, cursor = [], None
    while True:
        answer = client.get(url, query | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.content
        content = answer.json()
        found.append(content["items"])
        cursor = content["next"]
        assert bool(cursor) == ('rel="next"' in answer.get("Link", ""))
        if not cursor:
            return found


def titles(client, **query) -> list[str]:
    return [line["title"] for page in pages(client, MEETINGS, **query) for line in page]


def deliver(member, title, *, hours, **state):
    """An entry that another ministry delivered."""
    starts_at = timezone.now() + timedelta(hours=hours)
    with tenant_scope(member.tenant_id):
        return AgendaEntry.objects.create(
            meeting_id=AgendaEntry().id,
            email=member.email,
            slug="bcdf-ghjk-mnpq-rstv",
            title=title,
            organisation="Ministère de la Santé",
            host_name="Inès Invitée",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            time_zone="Europe/Paris",
            sequence=0,
            **state,
        )


def test_ones_own_invited_and_delivered_meetings_in_order(signed_in, host, colleague, planned):
    planned(host, "Invitée", hours=2, invitees=[colleague.email])
    planned(colleague, "Mienne", hours=1, invitees=[host.email])
    planned(host, "D’autres", hours=3)
    deliver(colleague, "Remise", hours=1.5)
    client = signed_in(colleague)
    assert titles(client) == ["Mienne", "Remise", "Invitée"]
    assert titles(client, sort="-starts_at") == ["Invitée", "Remise", "Mienne"]
    mine = [line["is_mine"] for line in client.get(MEETINGS).json()["items"]]
    assert mine == [True, False, False]


@pytest.mark.parametrize("sort", ["starts_at", "-starts_at"])
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_no_line_is_lost_or_doubled_between_pages(signed_in, host, planned, limit, sort):
    """Several begin at the same moment; whole pages of them."""
    made = {planned(host, f"{hours}-{n}", hours=hours).slug for hours in (1, 2) for n in range(4)}
    client = signed_in(host)
    found = pages(client, MEETINGS, limit=limit, sort=sort)
    slugs = [line["slug"] for page in found for line in page]
    assert len(slugs) == len(set(slugs)) == 8
    assert set(slugs) == made
    assert {len(page) for page in found[:-1]} <= {limit}


def test_what_comes_in_meanwhile_shifts_no_page(signed_in, host, planned):
    for hours in (2, 3, 4):
        planned(host, str(hours), hours=hours)
    client = signed_in(host)
    first = client.get(MEETINGS, {"limit": 2}).json()
    planned(host, "1", hours=1)
    second = client.get(MEETINGS, {"limit": 2, "cursor": first["next"]}).json()
    assert [line["title"] for line in second["items"]] == ["4"]


def test_filters(signed_in, host, planned):
    now = timezone.now()
    for hours in (1, 2, 3):
        planned(host, f"Comité {hours}", hours=hours)
    with tenant_scope(host.tenant_id):
        Meeting.objects.filter(title="Comité 2").update(state="cancelled")
    deliver(host, "Point 100 %", hours=2.5, is_cancelled=True)
    client = signed_in(host)
    after = (now + timedelta(hours=1.5)).isoformat()
    before = (now + timedelta(hours=2.7)).isoformat()
    assert titles(client, **{"from": after}) == ["Comité 2", "Point 100 %", "Comité 3"]
    assert titles(client, to=before) == ["Comité 1", "Comité 2", "Point 100 %"]
    assert titles(client, **{"from": after, "to": before}) == ["Comité 2", "Point 100 %"]
    assert titles(client, state="cancelled") == ["Comité 2", "Point 100 %"]
    assert titles(client, q="comité 3") == ["Comité 3"]
    assert titles(client, q="%") == ["Point 100 %"]
    assert titles(client, q="_") == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=ten",
        "limit=1&limit=2",
        "sort=title",
        "sort=starts_at;DROP TABLE meetings_meeting",
        "sort=host__user__username",
        "state=everything",
        "state=live'--",
        "q=" + "x" * 101,
        "q=%00",
        "from=yesterday",
        "from=2026-01-01",
        "from=1767225600",
        "from=2026-01-01T00:00:00",
        "to=99999-01-01T00:00:00Z",
        "cursor=x",
        "cursor=" + "x" * 1000,
        "cursor[]=x",
        "host__email=x",
        "tenant_id=00000000-0000-0000-0000-000000000000",
        "order_by=password",
    ],
)
def test_what_a_list_does_not_know_is_an_error(signed_in, host, query):
    answer = signed_in(host).get(f"{MEETINGS}?{query}")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    [error, *_] = answer.json()["errors"]
    assert query.startswith(error["parameter"])


def test_a_cursor_holds_for_one_caller_and_one_set_of_filters(signed_in, host, colleague, planned):
    for hours in (1, 2, 3):
        planned(host, hours=hours, invitees=[colleague.email])
    client = signed_in(host)
    cursor = client.get(MEETINGS, {"limit": 1, "q": "comité"}).json()["next"]
    good = {"limit": 2, "q": "comité", "cursor": cursor}
    assert len(client.get(MEETINGS, good).json()["items"]) == 2
    for asks, query in (
        (client, good | {"q": "autre"}),
        (client, good | {"sort": "-starts_at"}),
        (client, good | {"cursor": cursor[:-1]}),
        (client, good | {"cursor": cursor[1:]}),
        (signed_in(colleague), good),
    ):
        assert asks.get(MEETINGS, query).status_code == 422


@pytest.mark.parametrize("count", [1, 25])
def test_a_list_of_meetings_costs_the_same_whatever_its_length(
    signed_in, host, planned, economie, new_token, count
):
    for index in range(count):
        planned(host, hours=index + 1)
        deliver(host, "Remise", hours=index + 1)
    assert cost(signed_in(host), MEETINGS) == 4
    assert cost(bearer(new_token(economie)), MEETINGS) == 4


@pytest.mark.django_db(transaction=True)
def test_a_page_of_a_hundred_costs_the_statements_of_a_page_of_one(signed_in, host, planned):
    for index in range(100):
        planned(host, hours=index + 1)
    client = signed_in(host)
    for limit in (1, 20, 100):
        client.get(MEETINGS, {"limit": limit})
        with statements() as sent:
            answer = client.get(MEETINGS, {"limit": limit})
        assert len(answer.json()["items"]) == limit
        # Own scope; member, user and ministry; scope; the list.
        assert len(sent) == 4


@pytest.mark.parametrize("count", [0, 25])
def test_a_list_of_members_costs_the_same_whatever_its_length(
    economie, administrator, signed_in, new_token, count
):
    for index in range(count):
        make_member(economie, f"Agent {index}", "Test")
    assert cost(signed_in(administrator, acr="eidas2"), MEMBERS) == 5  # its reading is logged
    assert cost(bearer(new_token(economie)), MEMBERS) == 5


def cost(client, url) -> int:
    """Statements of one request as production makes them: a test's savepoints and the resets of
    the scope within its transaction are left out."""
    client.get(url)
    with CaptureQueriesContext(connection) as statements:
        assert client.get(url).status_code == 200
    asked = [each["sql"] for each in statements]
    counted = [
        sql
        for sql in asked
        if "SAVEPOINT" not in sql and "set_config('visio.tenant', ''" not in sql
    ]
    return len(counted)


# --- Members -----------------------------------------------------------------------------------------
@pytest.fixture
def crowd(economie, administrator):
    people = [make_member(economie, f"Agent {n:02}", "Dupont") for n in range(5)]
    people.append(make_member(economie, "Zoé", "Martin", roles=["organiser", "auditor"]))
    with tenant_scope(economie.id):
        people[0].state = "left"
        people[0].save()
    return people


def names(client, **query) -> list[str]:
    return [line["name"] for page in pages(client, MEMBERS, **query) for line in page]


def test_administrators_and_services_read_the_directory(
    crowd, service, signed_in, administrator, host
):
    everybody = sorted([*(p.full_name for p in crowd), administrator.full_name, host.full_name])
    for client in (service, signed_in(administrator, acr="eidas2")):
        assert sorted(names(client, limit=3)) == everybody
    assert signed_in(host).get(MEMBERS).status_code == 403


def test_members_by_name_address_state_and_role(crowd, service):
    assert names(service, q="zoé") == ["Zoé Martin"]
    assert len(names(service, q="dupont@economie")) == 5
    assert names(service, state="left") == ["Agent 00 Dupont"]
    assert names(service, role="auditor") == ["Zoé Martin"]
    assert names(service, q="zoé", role="administrator") == []
    assert service.get(MEMBERS, {"role": "root"}).status_code == 422


def test_the_directory_is_the_ministrys_own(service, outsider):
    assert "Omar" not in service.get(MEMBERS).content.decode()


def test_reading_the_directory_stands_in_the_log_once_a_list(crowd, service, economie):
    pages(service, MEMBERS, limit=2)
    with tenant_scope(economie.id):
        [event] = Event.objects.filter(kind="members_read")
    assert event.actor_name == "Réservation"
