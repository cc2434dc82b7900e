"""Questions to the log: each criterion alone and with others, names in every spelling."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connections

from audit.kinds import Kind, Outcome
from audit.log import record
from audit.models import Event
from audit.search import Criteria, Edge, matching, page, story
from isolation.scope import tenant_scope

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


class Somebody:
    def __init__(self, name):
        self.id, self.audit_name = uuid4(), name


HELENE, SAINT_MARTIN, LI = map(Somebody, ("Hélène D’Œuvre", "Jean Saint-Martin", "Bo Li"))
MEETING, OTHER = uuid4(), uuid4()


@pytest.fixture
def log(economie):
    """Seven events, an hour apart, the last one now."""
    happened = [
        (Kind.SIGN_IN, {"actor": HELENE}),
        (Kind.SIGN_IN_REFUSED, {"actor": LI, "outcome": Outcome.REFUSED, "reason": "state"}),
        (Kind.MEETING_CANCELLED, {"actor": HELENE, "meeting_id": MEETING}),
        (Kind.LOBBY_KNOCKED, {"actor": LI, "subject": LI, "meeting_id": MEETING, "proof": "none"}),
        (Kind.LOBBY_ADMITTED, {"actor": HELENE, "subject": LI, "meeting_id": MEETING}),
        (Kind.MUTED, {"actor": HELENE, "subject": SAINT_MARTIN, "meeting_id": OTHER}),
        (Kind.MEETING_ENDED, {"meeting_id": MEETING}),
    ]
    with tenant_scope(economie.id):
        for hours, (kind, details) in enumerate(happened):
            record(kind, at=NOW - timedelta(hours=6 - hours), **details)
        yield


def found(**criteria) -> str:
    """The places of the events that fit, counted from the oldest; the same by page and at once."""
    order = list(Event.objects.order_by("at").values_list("id", flat=True))
    asked = Criteria(**criteria)
    at_once = [order.index(event.id) for event in matching(asked)]
    assert [order.index(event.id) for event in page(asked, most=50)] == at_once
    assert at_once == sorted(at_once, reverse=True)
    return "".join(map(str, reversed(at_once)))


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (("helene",), "0245"),
        (("HÉLÈNE", "oeuvre"), "0245"),
        (("élèn",), "0245"),
        (("œuvre", "d"), "0245"),
        (("martin",), "5"),
        (("saint", "jean"), "5"),
        (("li",), "134"),
        (("bo", "li"), "134"),
        (("helene", "li"), ""),  # of one person, not of two
        (("len",), "0245"),
        (("le",), ""),  # two letters: only where a word begins
        (("nobody",), ""),
        (("100%",), ""),
        (("%",), ""),
        (("_",), ""),
        (("\\",), ""),
        (("'; DROP TABLE audit_event; --",), ""),
    ],
)
def test_names_are_found_whatever_the_accents_case_and_order(log, words, places):
    assert found(words=words) == places


@pytest.mark.parametrize(
    ("criteria", "places"),
    [
        ({}, "0123456"),
        ({"people": (LI.id,)}, "134"),
        ({"kinds": ("sign_in", "sign_in_refused")}, "01"),
        ({"outcome": "refused"}, "1"),
        ({"meetings": (MEETING,)}, "2346"),
        ({"meetings": (MEETING, OTHER)}, "23456"),
        ({"meetings": ()}, ""),
        ({"since": NOW - timedelta(hours=2)}, "456"),
        ({"until": NOW - timedelta(hours=2)}, "0123"),
        ({"words": ("helene",), "kinds": ("muted", "sign_in")}, "05"),
        ({"words": ("helene",), "meetings": (MEETING,)}, "24"),
        ({"words": ("helene",), "meetings": ()}, ""),
        ({"words": ("li",), "outcome": "refused"}, "1"),
        ({"words": ("li",), "since": NOW - timedelta(hours=3), "until": NOW}, "34"),
        ({"kinds": ("lobby_admitted",), "meetings": (OTHER,)}, ""),
        (
            {
                "words": ("li",),
                "kinds": ("lobby_admitted",),
                "outcome": "success",
                "meetings": (MEETING,),
                "since": NOW - timedelta(hours=5),
                "until": NOW,
            },
            "4",
        ),
        ({"people": (LI.id,), "kinds": ("lobby_knocked",)}, "3"),
    ],
)
def test_criteria_are_asked_for_together(log, criteria, places):
    assert found(**criteria) == places


@pytest.mark.parametrize("criteria", [Criteria(), Criteria(words=("helene",))])
def test_pages_follow_each_other_both_ways_even_at_the_same_moment(economie, criteria):
    with tenant_scope(economie.id):
        for _ in range(7):
            record(Kind.SIGN_IN, actor=HELENE, at=NOW)
        newest_first = list(matching(criteria))
        assert len(newest_first) == 7

        def beyond(event, *, newer=False):
            return list(page(criteria, edge=Edge(event.at, event.id, newer), most=3))

        first = list(page(criteria, most=3))
        second = beyond(first[-1])
        third = beyond(second[-1])
        assert first + second + third == newest_first
        assert beyond(third[-1]) == []
        assert beyond(second[0], newer=True) == list(reversed(first))


def test_a_story_goes_forward_in_time(log):
    first = list(story(MEETING, most=2))
    rest = list(story(MEETING, after=Edge(first[-1].at, first[-1].id), most=50))
    kinds = [event.kind for event in first + rest]
    assert kinds == ["meeting_cancelled", "lobby_knocked", "lobby_admitted", "meeting_ended"]


def test_names_of_another_ministry_are_not_found(log, sante):
    with tenant_scope(sante.id):
        assert list(matching(Criteria(words=("helene",)))) == []
        assert list(page(Criteria(words=("helene",)), most=5)) == []


def test_without_a_scope_the_function_finds_nothing(log):
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('visio.tenant', '', true)")
        cursor.execute(
            "SELECT visio_events_matching('{helene}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 9)"
        )
        assert cursor.fetchall() == []
