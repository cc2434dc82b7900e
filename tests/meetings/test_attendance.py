"""Who was there: the same report whatever the order, and a doubt wherever something is missing."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isolation.scope import tenant_scope
from meetings.attendance import NEVER, SEAM, Interval, attendance_of, merge
from meetings.models import Meeting
from tests.meetings.telling import Telling

pytestmark = pytest.mark.django_db
SECOND = 1 / 60


@pytest.fixture
def day(telling, ines, tablet):
    """Inès is there from minute 0 to 10 and from 20 to 30, and on her tablet from 8 to 22."""
    telling.connects("PA_a", ines, 0)
    telling.connects("PA_b", tablet, 8)
    telling.connects("PA_c", ines, 20)
    return telling


ARRIVALS = [("joined", "PA_a"), ("joined", "PA_b"), ("joined", "PA_c")]
DEPARTURES = [("left", "PA_a", 10), ("left", "PA_b", 22), ("left", "PA_c", 30)]
LISTS = [
    ("listed", 5, "PA_a"),
    ("listed", 9, "PA_a", "PA_b"),
    ("listed", 15, "PA_b"),
    ("listed", 21, "PA_b", "PA_c"),
    ("listed", 25, "PA_c"),
    ("listed", 35),
]
HEARTBEATS = [
    ("heard", "PA_a", 1), ("heard", "PA_a", 7), ("heard", "PA_b", 9), ("heard", "PA_b", 20),
    ("heard", "PA_c", 21), ("heard", "PA_c", 29), ("heard", "PA_c", 30, True),
]  # fmt: skip
THE_DAY = [(0, 30, None, "")]


# --- Everything is told ------------------------------------------------------------------------
def test_an_arrival_and_a_departure_are_a_stay(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("joined", "PA_a"))
    [row] = telling.report()
    assert (row.name, row.organisation, row.role, row.proof) == (
        "Inès Invitée", "Ministère de la Santé", "participant", "agent",
    )  # fmt: skip
    assert row.is_present
    assert not row.is_uncertain
    telling.tell(("left", "PA_a", 10))
    [row] = telling.report()
    assert row.total == timedelta(minutes=10)
    assert not row.is_present
    assert row.sources == {"webhook"}


def test_no_order_of_the_notices_of_two_devices_changes_the_report(day):
    """Hours late, each of them twice, in every order."""
    notices = [ARRIVALS[0], DEPARTURES[0], ARRIVALS[1], DEPARTURES[1]]
    for order in itertools.permutations(notices):
        day.tell(*order, *order)
        assert day.stays() == [(0, 22, None, "")], order
        day.forget()


@pytest.mark.parametrize("seed", range(6))
def test_no_order_of_all_three_sources_changes_the_report(day, seed):
    shuffled = random.Random(seed)
    facts = ARRIVALS + DEPARTURES + LISTS + HEARTBEATS
    for _round in range(2):
        told = facts + shuffled.sample(facts, len(facts) // 2)
        shuffled.shuffle(told)
        day.tell(*told)
        assert day.stays() == THE_DAY, told
        assert day.report()[0].sources == {"webhook", "list", "browser"}
        day.forget()


def test_a_stay_with_a_gap_is_two_stays_and_one_with_a_seam_is_one(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.connects("PA_b", ines, 10.4)
    telling.connects("PA_c", ines, 20.6)
    for sid, minute in (("PA_a", 10), ("PA_b", 20), ("PA_c", 30)):
        telling.tell(("left", sid, minute), ("joined", sid))
    starts_and_ends = [stay[:2] for stay in telling.stays()]
    assert starts_and_ends == [(0, 20), (20.6, 30)]


def test_a_connection_shorter_than_the_notices_clock_has_no_negative_length(telling, ines):
    telling.connects("PA_a", ines, 0.99 * SECOND)
    telling.tell(("joined", "PA_a"), ("left", "PA_a", 0))
    [stay] = telling.report()[0].intervals
    assert stay.ends_at >= stay.starts_at


def test_people_are_told_in_the_order_of_their_arrival(telling, ines, camille):
    telling.connects("PA_a", camille, 5)
    telling.connects("PA_b", ines, 0)
    telling.tell(("joined", "PA_a"), ("joined", "PA_b"))
    assert [row.name for row in telling.report()] == ["Inès Invitée", "Camille Collègue"]


def test_who_was_let_in_and_never_arrived_is_not_counted(telling):
    assert telling.report() == []


# --- Something is lost -------------------------------------------------------------------------
LOSSES = {
    "joined": (("joined", "PA_a"), [(0, 10, None, "")]),
    "left": (("left", "PA_a", 10), [(0, 5, 12, "departure")]),
}


@pytest.mark.parametrize("lost", LOSSES)
def test_one_lost_notice_changes_nothing_that_is_true(telling, ines, lost):
    telling.connects("PA_a", ines, 0)
    fact, expected = LOSSES[lost]
    facts = [("joined", "PA_a"), ("listed", 5, "PA_a"), ("listed", 12), ("left", "PA_a", 10)]
    facts.remove(fact)
    for order in itertools.permutations(facts):
        if order.index(("listed", 12)) == 0:  # a list says nothing of whom nobody told yet
            continue
        telling.tell(*order)
        assert telling.stays() == expected, order
        telling.forget()


@pytest.mark.parametrize("lost", ARRIVALS + DEPARTURES)
def test_each_notice_lost_in_turn_leaves_the_day_as_it_was(day, lost):
    """Another device, and the browser's goodbye, cover what is missing."""
    facts = [fact for fact in ARRIVALS + DEPARTURES + LISTS + HEARTBEATS if fact != lost]
    day.tell(*facts)
    assert day.stays() == THE_DAY


def test_without_any_notice_the_lists_and_the_browsers_tell_the_day(day):
    day.tell(*LISTS, *HEARTBEATS)
    assert day.stays() == THE_DAY
    assert day.report()[0].sources == {"list", "browser"}


def test_without_any_notice_or_heartbeat_the_lists_leave_a_bounded_doubt(day):
    day.tell(*LISTS)
    assert day.stays() == [(0, 25, 35, "departure")]
    assert day.report()[0].is_uncertain


def test_a_crashed_browser_left_between_its_last_sign_and_the_list_that_misses_it(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("joined", "PA_a"), ("listed", 5, "PA_a"), ("heard", "PA_a", 6))
    assert telling.report()[0].is_present
    telling.tell(("listed", 7))
    assert telling.stays() == [(0, 6, 7, "departure")]


def test_what_nobody_told_before_the_meetings_end_is_uncertain_until_then(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("joined", "PA_a"), ("listed", 5, "PA_a"), ("ended", 9))
    assert telling.stays() == [(0, 5, 9, "departure")]
    assert not telling.report()[0].is_present


def test_a_goodbye_counts_once_it_is_borne_out(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("joined", "PA_a"), ("heard", "PA_a", 4), ("heard", "PA_a", 8, True))
    assert telling.stays() == [(0, 8, None, "departure")]
    telling.tell(("listed", 9))
    assert telling.stays() == [(0, 8, None, "")]


def test_a_goodbye_is_borne_out_by_the_meetings_end(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("joined", "PA_a"), ("heard", "PA_a", 8, True), ("ended", 60))
    assert telling.stays() == [(0, 8, None, "")]


@pytest.mark.parametrize("sign", [("listed", 9, "PA_a"), ("heard", "PA_a", 9)])
def test_a_goodbye_that_was_not_meant_is_none(telling, ines, sign):
    """The page was kept by the browser and came back by the same connection."""
    telling.connects("PA_a", ines, 0)
    for order in itertools.permutations([("joined", "PA_a"), ("heard", "PA_a", 8, True), sign]):
        telling.tell(*order)
        assert telling.report()[0].is_present
        telling.tell(("listed", 12))
        assert telling.stays() == [(0, 9, 12, "departure")]
        telling.forget()


def test_a_page_that_is_closed_long_after_its_connection_broke_proves_no_presence(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("joined", "PA_a"), ("listed", 5, "PA_a"), ("listed", 6))
    telling.tell(("heard", "PA_a", 40, True))
    assert telling.stays() == [(0, 5, 6, "departure")]


def test_a_restart_of_livekit_splits_nobodys_presence_for_longer_than_it_took(
    telling, ines, camille
):
    """The room is gone with everybody in it; they come back by connections of new names."""
    telling.connects("PA_a", ines, 0)
    telling.connects("PA_b", camille, 0)
    telling.connects("PA_c", ines, 10.5)
    telling.connects("PA_d", camille, 10.2)
    before = [("joined", "PA_a"), ("joined", "PA_b"), ("listed", 10, "PA_a", "PA_b")]
    telling.tell(*before, ("joined", "PA_c"), ("joined", "PA_d"), ("listed", 11, "PA_c", "PA_d"))
    assert telling.stays(ines) == [(0, None, None, "")]
    assert telling.stays(camille) == [(0, None, None, "")]
    telling.forget()
    telling.connects("PA_c", ines, 12)  # she needed longer
    telling.tell(*before, ("listed", 11), ("joined", "PA_c"), ("left", "PA_c", 20))
    assert telling.stays(ines) == [(0, 10, 11, "departure"), (12, 20, None, "")]


def test_two_lists_in_the_wrong_order_say_the_same(telling, ines):
    telling.connects("PA_a", ines, 0)
    gone = [("listed", 5, "PA_a"), ("listed", 6)]
    still_there = [("listed", 5), ("listed", 6, "PA_a")]
    for lists, expected in ((gone, (0, 5, 6, "departure")), (still_there, (0, None, None, ""))):
        for order in (lists, lists[::-1]):
            telling.tell(("joined", "PA_a"), *order)
            assert telling.stays() == [expected]
            telling.forget()


def test_a_list_from_before_an_arrival_or_of_its_very_moment_says_nothing_of_it(telling, ines):
    telling.connects("PA_a", ines, 10)
    telling.tell(("joined", "PA_a"), ("listed", 9), ("listed", 10.1))
    assert telling.report()[0].is_present
    telling.tell(("listed", 11))
    assert telling.stays() == [(10, 10, 11, "departure")]


def test_while_livekit_is_away_nothing_is_learnt(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("joined", "PA_a"))
    telling.livekit.is_away = True
    telling.tell(("listed", 5))
    assert telling.report()[0].is_present
    telling.livekit.is_away = False
    telling.tell(("listed", 6))
    assert not telling.report()[0].is_present


def test_the_end_of_a_failed_try_to_reconnect_does_not_end_what_goes_on(telling, ines):
    """LiveKit told of an end, and lists the connection long afterwards."""
    telling.connects("PA_a", ines, 0)
    facts = [("joined", "PA_a"), ("aborted", "PA_a", 5), ("listed", 8, "PA_a")]
    for order in itertools.permutations(facts):
        telling.tell(*order)
        assert telling.report()[0].is_present
        telling.forget()
    telling.tell(*facts, ("listed", 12))
    assert telling.stays() == [(0, 8, 12, "departure")]


def test_a_list_read_in_the_second_of_the_departure_makes_no_doubt_of_it(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("joined", "PA_a"), ("left", "PA_a", 5), ("listed", 5 + SECOND, "PA_a"))
    assert telling.stays() == [(0, 5, None, "")]


def test_the_end_of_a_resumed_connection_is_told_as_a_failed_try(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("aborted", "PA_a", 12), ("joined", "PA_a"), ("listed", 5, "PA_a"))
    assert telling.stays() == [(0, 12, None, "")]


def test_a_connection_that_never_came_about_is_no_presence(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("aborted", "PA_a", 0.5))
    assert telling.report() == []


def test_what_comes_after_the_meetings_end_is_not_of_the_meeting(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.connects("PA_b", ines, 31)
    telling.tell(("joined", "PA_a"), ("ended", 30), ("left", "PA_a", 31))
    telling.tell(("joined", "PA_b"), ("heard", "PA_b", 32), ("left", "PA_b", 40))
    assert telling.stays() == [(0, 30, None, "")]


# --- What browsers alone tell ------------------------------------------------------------------
def test_what_the_browser_alone_tells_is_said_to_be_unconfirmed(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("heard", "PA_a", 1))
    assert telling.stays() == [(1, None, None, "unconfirmed")]
    telling.tell(("heard", "PA_a", 5), ("listed", 6))
    assert telling.stays() == [(1, 5, None, "unconfirmed")]
    assert not telling.report()[0].is_present


def test_livekits_word_confirms_it(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("heard", "PA_a", 1), ("listed", 2, "PA_a"))
    assert telling.stays() == [(0, None, None, "")]


def test_an_arrival_that_only_the_browser_told_says_so(telling, ines):
    telling.connects("PA_a", ines, 0)
    telling.tell(("heard", "PA_a", 1), ("aborted", "PA_a", 5))
    assert telling.stays() == [(1, 5, None, "arrival")]


def test_a_claim_stands_beside_what_livekit_told_and_not_in_it(telling, ines, tablet):
    telling.connects("PA_a", ines, 10)
    telling.connects("PA_b", tablet, 0)
    telling.tell(("joined", "PA_a"), ("left", "PA_a", 20))
    telling.tell(("heard", "PA_b", 12), ("heard", "PA_b", 18), ("listed", 30))
    assert telling.stays() == [(10, 20, None, "")]
    telling.tell(("heard", "PA_b", 5), ("heard", "PA_b", 25))
    assert telling.stays() == [
        (5, 10, None, "unconfirmed"),
        (10, 20, None, ""),
        (20, 25, None, "unconfirmed"),
    ]


# --- The cost ----------------------------------------------------------------------------------
def test_a_report_asks_once_whatever_its_length(day, camille):
    day.connects("PA_d", camille, 3)
    counts = []
    for facts in (ARRIVALS[:1], [*ARRIVALS[1:], *DEPARTURES, ("joined", "PA_d")]):
        day.tell(*facts)
        with tenant_scope(day.meeting.tenant_id):
            meeting = Meeting.objects.get(id=day.meeting.id)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                attendance_of(meeting)
        counts.append(len(asked))
    assert counts == [1, 1]


# --- Whatever happens --------------------------------------------------------------------------
connections_of_a_person = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(1, 1500)), min_size=1, max_size=3
)


def facts_of(lives: list[tuple[int, int]]) -> list[tuple]:
    """All that honest sources tell of connections that live from a second to another."""
    facts: list[tuple] = []
    for n, (begins, lasts) in enumerate(lives):
        sid, end = f"PA_{n}", (begins + lasts) / 60
        facts += [("joined", sid), ("left", sid, end), ("heard", sid, end, True)]
        facts += [("heard", sid, (begins + after) / 60) for after in (1, 301, 601) if after < lasts]
    for second in range(7, 5000, 311):
        there = [
            f"PA_{n}"
            for n, (begins, lasts) in enumerate(lives)
            if begins <= second < begins + lasts
        ]
        facts.append(("listed", second / 60, *there))
    return facts


def tell_all(telling: Telling, ines, lives, facts) -> None:
    telling.forget()
    telling.connections.clear()
    for n, (begins, _lasts) in enumerate(lives):
        telling.connects(f"PA_{n}", ines, begins / 60)
    telling.tell(*facts)


def truth(telling: Telling, lives) -> list[Interval]:
    return merge(
        Interval(telling.at(begins / 60), telling.at((begins + lasts) / 60))
        for begins, lasts in lives
    )


in_database = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@in_database
@given(lives=connections_of_a_person, data=st.data())
def test_shuffling_and_doubling_what_is_told_changes_no_report(telling, ines, lives, data):
    facts = facts_of(lives)
    doubled = data.draw(st.lists(st.sampled_from(facts), max_size=5))
    tell_all(telling, ines, lives, data.draw(st.permutations(facts + doubled)))
    [row] = telling.report()
    assert row.intervals == truth(telling, lives)


@in_database
@given(lives=connections_of_a_person, data=st.data())
def test_losing_whatever_makes_no_false_claim(telling, ines, lives, data):
    """Nothing is claimed that was not, and nothing that LiveKit told of is claimed to be over
    before it was: what is not known lies between `ends_at` and `ends_before`."""
    facts = facts_of(lives)
    kept = data.draw(st.permutations(facts))[: data.draw(st.integers(0, len(facts)))]
    tell_all(telling, ines, lives, kept)
    telling.tell(data.draw(st.sampled_from([("ended", 90), ("listed", 90)])))
    tick = timedelta(seconds=2)
    were = truth(telling, lives)
    for row in telling.report():
        for stay in row.intervals:
            assert stay.ends_at is not None
            assert any(
                was.starts_at - tick <= stay.starts_at and stay.ends_at <= was.ends_at + tick
                for was in were
            )
    told = [
        life
        for n, life in enumerate(lives)
        if any(f"PA_{n}" in fact for fact in kept if fact[0] != "heard")
    ]
    possible = [
        (stay.starts_at - tick, (stay.ends_before or stay.ends_at) + SEAM)
        for row in telling.report()
        for stay in row.intervals
    ]
    for was in truth(telling, told):
        moment = was.starts_at
        while moment < was.ends_at - tick:
            reached = [end for start, end in possible if start <= moment < end]
            assert reached, f"said to be away at {telling.minute(moment)}"
            moment = max(reached)


moments = st.integers(0, 200).map(lambda n: datetime(2026, 9, 1, tzinfo=UTC) + n * SEAM / 2)


@st.composite
def stays(draw) -> Interval:
    start, end = sorted((draw(moments), draw(moments)))
    kind = draw(st.sampled_from(["", "", "present", "departure", "unbounded", "unconfirmed"]))
    if kind == "present":
        return Interval(start)
    if kind == "departure":
        return Interval(start, end, end + draw(st.integers(1, 100)) * SEAM / 2, "departure")
    return Interval(start, end, None, {"unbounded": "departure"}.get(kind, kind))


@given(st.lists(stays(), max_size=6), st.randoms())
def test_merging_is_the_same_in_any_order_and_again(intervals, chance):
    merged = merge(intervals)
    shuffled = intervals * 2
    chance.shuffle(shuffled)
    assert merge(shuffled) == merged
    assert merge(merged) == merged


@given(st.lists(stays(), max_size=6))
def test_merging_loses_no_presence_and_no_doubt(intervals):
    """Each moment is as certain as the most certain of the stays makes it; and whoever may have
    been there by one of them may have been there by the whole."""
    merged = merge(intervals)

    def certain(stays, moment):
        told = [stay for stay in stays if stay.doubt != "unconfirmed"]
        return any(stay.starts_at <= moment <= (stay.ends_at or NEVER) for stay in told)

    def possible(stays, moment):
        ends = [
            (stay, NEVER if stay.doubt == "departure" else stay.ends_at or NEVER) for stay in stays
        ]
        return any(stay.starts_at <= moment <= (stay.ends_before or end) for stay, end in ends)

    first = datetime(2026, 9, 1, tzinfo=UTC)
    for n in range(320):
        moment = first + n * SEAM / 2 + SEAM / 4
        if certain(intervals, moment):
            assert certain(merged, moment)
        if possible(intervals, moment):
            assert possible(merged, moment)
        if certain(merged, moment):  # but for the seams, which are no absences
            near = [moment - SEAM, moment, moment + SEAM]
            assert any(certain(intervals, at) for at in near)
