"""Finding one's meetings again by words: what is found, what is not, whatever is typed."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, connections

from isolation.scope import tenant_scope
from meetings.models import Invitation
from tests.meetings.agendas import deliver, hold, make, many, titles
from tests.statements import statements

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)
SEARCH, LIST, PAST = "/agenda/recherche/", "/agenda/liste/", "/agenda/passees/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=True):
        yield


def in_hours(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def found(client, q: str) -> list[str]:
    """What a search finds, past and future, by title."""
    answer = client.get(SEARCH, {"q": q})
    assert answer.status_code == 200
    pages = [answer.context.get(name) for name in ("upcoming", "past")]
    return sorted(item.title for page in pages if page for item in page.items)


@pytest.fixture
def reader(signed_in, colleague, host, outsider):
    """Camille, with meetings of her own, of Hélène's, of Zoé's who works elsewhere, and of others
    that are none of her business."""
    make(colleague, "Comité budgétaire", in_hours(1))
    hold(make(colleague, "Comité de la rentrée", in_hours(-48)), 2)
    make(host, "Œuvres sociales", in_hours(2), invited=[colleague])
    make(host, "Point d’étape 100 %", in_hours(-3), invited=[colleague], slug="zzzz-yyyy-xxxx-wwww")
    deliver(colleague, "Échange interministériel", in_hours(30), slug="wxyz-2346-79bc-dfgh")
    make(host, "Comité secret", in_hours(1))
    make(outsider, "Comité de Justice", in_hours(1))
    return signed_in(colleague)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("comité", ["Comité budgétaire", "Comité de la rentrée"]),
        ("COMITE", ["Comité budgétaire", "Comité de la rentrée"]),
        ("comite rentree", ["Comité de la rentrée"]),
        ("rentrée comité", ["Comité de la rentrée"]),
        ("budget", ["Comité budgétaire"]),
        ("oeuvres", ["Œuvres sociales"]),
        ("ﬁ", []),  # a ligature, composed
        ("echange", ["Échange interministériel"]),
        ("e\u0301change", ["Échange interministériel"]),  # the accent by itself
        # By who organises, and by both at once.
        ("helene", ["Point d’étape 100 %", "Œuvres sociales"]),
        ("Hôte Hélène", ["Point d’étape 100 %", "Œuvres sociales"]),
        ("hote oeuvres", ["Œuvres sociales"]),
        ("zoé ailleurs", ["Échange interministériel"]),
        ("economie.test", []),  # an address is no name
        # By the link's code: whole, in part, without hyphens, or as a link.
        ("zzzz-yyyy-xxxx-wwww", ["Point d’étape 100 %"]),
        ("ZZZZ-YYYY", ["Point d’étape 100 %"]),
        ("zzzzyyyyxxxxwwww", ["Point d’étape 100 %"]),
        ("https://visio.test/r/zzzz-yyyy-xxxx-wwww/", ["Point d’étape 100 %"]),
        ("wxyz 2346 79bc dfgh", ["Échange interministériel"]),
        ("zzz", []),
        # Signs that mean something to a database.
        ("%", ["Point d’étape 100 %"]),
        ("100 %", ["Point d’étape 100 %"]),
        ("_", []),
        ("\\", []),
        ("'", ["Point d’étape 100 %"]),  # as one types an apostrophe
        ("' OR 1=1 --", []),
        ("secret", []),
        ("justice", []),
    ],
)
def test_what_words_find(reader, q, expected):
    assert found(reader, q) == sorted(expected)


@pytest.mark.parametrize(
    "q",
    [
        "",
        "   ",
        "\x00",
        "\u202e\u200b",
        "\ufdfa" * 200,
        "a" * 100_000,
        "mot " * 5_000,
        "(((((",
        "{{ 7 * 7 }}",
        "https://[::1/r/",
        "/r//",
        "😀",
    ],
)
def test_whatever_is_typed_is_only_words(reader, q):
    for address in (SEARCH, LIST, PAST):
        assert reader.get(address, {"q": q}).status_code == 200
    assert found(reader, q) == []
    assert "49" not in found(reader, q)


def test_what_was_typed_comes_back_as_text(reader):
    page = reader.get(SEARCH, {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_bytes_that_are_no_text(reader):
    assert reader.get(f"{SEARCH}?q=%ff%fe%00").status_code == 200
    assert reader.get(f"{SEARCH}?q=x&q=comite").status_code == 200


def test_a_search_goes_on_in_the_lists(signed_in, host):
    many(host, 25, in_hours(1), title="Comité")
    many(host, 25, in_hours(-900), title="Comité")
    make(host, "Autre chose", in_hours(0.5))
    client = signed_in(host)
    answer = client.get(SEARCH, {"q": "comite"})
    assert [len(answer.context[name].items) for name in ("upcoming", "past")] == [10, 10]
    assert answer.context["past"].items[0].title == "Comité 24"  # the latest first
    after = answer.context["upcoming"].after
    assert f"{LIST}?q=comite&amp;apres={after}" in answer.content.decode()
    rest = client.get(LIST, {"q": "comite", "apres": after})
    assert titles(rest) == [f"Comité {number}" for number in range(10, 25)]
    assert "q=comite" in rest.content.decode()
    assert "Autre chose" not in titles(client.get(LIST, {"q": "comite"}))


def test_who_is_no_longer_invited_finds_it_no_longer(signed_in, host, colleague):
    meeting = make(host, "Comité", in_hours(1), invited=[colleague])
    client = signed_in(colleague)
    assert found(client, "comite") == ["Comité"]
    with tenant_scope(host.tenant_id):
        Invitation.objects.filter(meeting=meeting).update(withdrawn_at=NOW)
    assert found(client, "comite") == []


def test_a_changed_title_is_found_by_its_new_words(signed_in, host):
    meeting = make(host, "Ancien nom", in_hours(1))
    with tenant_scope(host.tenant_id):
        meeting.title = "Élargi"
        meeting.save()
    client = signed_in(host)
    assert found(client, "elargi") == ["Élargi"]
    assert found(client, "ancien") == []


@pytest.mark.django_db(transaction=True)
def test_a_search_reads_ones_own_meetings_and_no_others(signed_in, host, colleague, outsider):
    """Whoever else has thousands, in this ministry or in others: the plan goes by the reader."""
    many(outsider, 3_000, in_hours(0))
    many(colleague, 3_000, in_hours(0))
    mine = many(host, 50, in_hours(0))
    theirs = many(colleague, 200, in_hours(1), title="Invitée")
    with tenant_scope(host.tenant_id):
        Invitation.objects.bulk_create(
            Invitation(meeting=meeting, email=host.email) for meeting in theirs
        )
    client = signed_in(host)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE meetings_meeting, meetings_invitation, tenants_member")
    with statements() as sent:
        assert client.get(SEARCH, {"q": "introuvable"}).status_code == 200
    lists = [sql for sql in sent if sql.startswith("(SELECT")]
    assert len(lists) == 2
    with tenant_scope(host.tenant_id), connection.cursor() as cursor:
        for sql in lists:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
            [[plan]] = cursor.fetchone()
            read = sum(rows_read(plan["Plan"], "meetings_meeting"))
            assert read <= len(mine) + len(theirs), plan


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/", LIST, PAST])
def test_no_plan_is_kept_for_lists_by_time(signed_in, host, path):
    """It would forget for whom and for which days it was made, and go through all that a large
    ministry has in those days (docs/decisions/2026-11-25-speed.md)."""
    client = signed_in(host)
    for _ in range(8):  # psycopg prepares after the fifth
        assert client.get(path).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        kept = [statement for (statement,) in cursor.fetchall()]
    assert kept  # the reader, for instance
    assert not [statement for statement in kept if statement.startswith("(SELECT")]


def rows_read(node: dict, table: str):
    """How many rows of a table each part of a plan looked at."""
    if node.get("Relation Name") == table:
        removed = node.get("Rows Removed by Filter", 0)
        yield (node["Actual Rows"] + removed) * node["Actual Loops"]
    for child in node.get("Plans", []):
        yield from rows_read(child, table)
