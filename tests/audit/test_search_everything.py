"""Every combination of criteria finds what a plain reading of the whole log finds, page by page."""

import json
import random
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import search
from audit.kinds import Kind, Outcome
from audit.log import record
from audit.models import Event
from audit.search import Criteria, Edge, matching, page
from isolation.scope import tenant_scope

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
MANY = 2_600  # more than are read before the index is asked
NAMES = ("Hélène D’Œuvre", "Jean Saint-Martin", "Bo Li", "Noël Lié", "Martine Bo", "")
PEOPLE = [(UUID(int=n + 1), name) for n, name in enumerate(NAMES)]
MEETINGS = [UUID(int=1000 + n) for n in range(9)]
KINDS = [Kind.SIGN_IN, Kind.MUTED, Kind.PARTICIPANT_JOINED, Kind.MEETING_ENDED]
ORIGINS = (
    "10.1.2.3", "10.1.2.4", "10.1.3.3", "10.2.0.1", "192.168.1.9", "203.0.113.7", "2001:db8::1",
    "2001:db8:0:1::1", "2001:db9:ffff::1", None,
)  # fmt: skip
PAYLOADS = [
    {},
    {"reason": "member_left"},
    {"after": {"title": "Comité budgétaire d’été"}, "count": 12},
    {"message": 'ligne 1\nLigne "deux"\tC:\\nouveau', "list": ["œuvre", {"x": "Straße"}]},
    {"event": str(UUID(int=77))},
]


@pytest.fixture(scope="module")
def _logs(django_db_setup, django_db_blocker):
    """One log of many events and another of few, written once for all of these tests."""
    tenant, other = uuid4(), uuid4()
    with django_db_blocker.unblock():
        dice, rows = random.Random(5), []
        for n in range(MANY + 40):
            actor, subject = dice.choice(PEOPLE), dice.choice([*PEOPLE, (None, "")])
            rare = dice.random() < 0.003
            rows.append(
                {
                    "id": str(UUID(int=dice.getrandbits(128), version=4)),
                    "tenant_id": str(other if n >= MANY else tenant),
                    # Some in the same moment; over seven months.
                    "at": (NOW - timedelta(hours=2 * (n % 2_500))).isoformat(),
                    "kind": Kind.ROLES_CHANGED if rare else dice.choice(KINDS),
                    "actor_id": str(actor[0]),
                    "actor_name": actor[1],
                    "on_behalf_of": str(PEOPLE[0][0]) if rare else "",
                    "subject_id": str(subject[0] or ""),
                    "subject_name": subject[1],
                    "meeting_id": dice.choice([*map(str, MEETINGS), None]),
                    "outcome": "refused" if dice.random() < 0.05 else "success",
                    "request_id": f"{n:032x}",
                    "origin": dice.choice(ORIGINS),
                    "payload": {"word": "xylophone"} if rare else dice.choice(PAYLOADS),
                }
            )
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_event (id, tenant_id, at, kind, actor_id, actor_name, on_behalf_of,"
                " subject_id, subject_name, meeting_id, outcome, request_id, origin, payload)"
                " SELECT id, tenant_id, at, kind, actor_id, actor_name, on_behalf_of, subject_id,"
                " subject_name, meeting_id, outcome, request_id, origin, payload"
                " FROM jsonb_populate_recordset(NULL::audit_event, %s)",
                [json.dumps(rows)],
            )
        yield tenant, other
        with connections["owner"].cursor() as cursor:
            for table in ("audit_pending", "audit_event"):
                cursor.execute(
                    f"DELETE FROM {table} WHERE tenant_id = ANY(%s)",  # noqa: S608
                    [[tenant, other]],
                )


@pytest.fixture
def logs(_logs, db):
    return _logs


# --- The plain reading ----------------------------------------------------------------------
def folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("Œ", "OE")).lower()
    return "".join(c for c in plain if not unicodedata.combining(c)).replace("ß", "ss")


def said_in(value) -> str:
    if isinstance(value, dict):
        return " ".join(map(said_in, value.values()))
    if isinstance(value, list):
        return " ".join(map(said_in, value))
    return str(value)


def words_in(text: str) -> set[str]:
    whole = re.sub(r"(\w{8})-(\w{4})-(\w{4})-(\w{4})-(\w{12})", r"\1\2\3\4\5", text)
    return set(re.findall(r"[^\W_]+", folded(whole)))


def named(name: str, words) -> bool:
    begun = " " + re.sub(r"[-'’._]", " ", folded(name))
    return all((word if len(word) > 2 else f" {word}") in begun for word in map(folded, words))


def fits(event: Event, asked: Criteria) -> bool:
    ids = (event.actor_id, event.subject_id, event.on_behalf_of)
    text = " ".join(
        (*ids, event.actor_name, event.subject_name, str(event.meeting_id), event.request_id,
         said_in(event.payload))
    )  # fmt: skip
    return (
        (not asked.words or named(event.actor_name, asked.words) or named(event.subject_name, asked.words))
        and (not asked.people or any(str(person) in ids for person in asked.people))
        and (not asked.kinds or event.kind in asked.kinds)
        and (not asked.outcome or event.outcome == asked.outcome)
        and (asked.meetings is None or event.meeting_id in asked.meetings)
        and (not asked.since or event.at >= asked.since)
        and (not asked.until or event.at < asked.until)
        and (not asked.network or (event.origin and ip_address(event.origin) in asked.network))
        and (not asked.text or words_in(asked.text) <= words_in(text))
    )  # fmt: skip


moments = st.integers(0, 5_200).map(lambda hours: NOW - timedelta(hours=hours))
criteria = st.builds(
    Criteria,
    words=st.sampled_from(
        [(), (), ("helene",), ("h",), ("li",), ("martin", "JEAN"), ("helene", "li"), ("oeuv",), ("Lié",), ("rtin",), ("nobody",)]
    ),
    people=st.sampled_from(
        [(), (), (), *((person,) for person, _name in PEOPLE), (uuid4(),),
         tuple(person for person, _name in PEOPLE[:2])]
    ),
    kinds=st.sampled_from(
        [(), (), ("muted",), ("roles_changed",), ("sign_in", "muted", "roles_changed"), ("token_refused",)]
    ),
    outcome=st.sampled_from(["", "", "success", "refused", "failed"]),
    meetings=st.sampled_from([None, None, None, (MEETINGS[0],), tuple(MEETINGS[:5]), (), (uuid4(),)]),
    since=st.none() | moments,
    until=st.none() | moments,
    network=st.sampled_from([None, None, None, *map(ip_network, (
        "10.1.2.3/32", "10.1.2.0/24", "10.1.2.0/30", "10.0.0.0/15", "10.0.0.0/8", "0.0.0.0/0",
        "192.168.0.0/18", "2001:db8::/32", "2001:db8::/63", "2001:db8::/40", "2001:db8::1/128",
        "2001::/16", "::/0",
    ))]),
    text=st.sampled_from(
        ["", "", "", "budgétaire", "MEMBER left", "member_left", "xylophone", "ligne deux", "nouveau", "strasse", "OEUVRE", "12", "noel", "rien du tout", "budg",
         str(PEOPLE[2][0]), str(PEOPLE[2][0]).replace("-", ""), str(UUID(int=77)), f"{9:032x}", str(MEETINGS[3])]
    ),
)  # fmt: skip


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(asked=criteria, edges=st.tuples(moments, moments))
def test_every_combination_finds_what_a_plain_reading_finds(logs, asked, edges):
    tenant, _other = logs
    with tenant_scope(tenant):
        everything = _everything(tenant)
        wanted = [event.id for event in everything if fits(event, asked)]
        assert [event.id for event in matching(asked)] == wanted
        assert [event.id for event in page(asked, most=20)] == wanted[:20]
        order = {event.id: place for place, event in enumerate(everything)}
        for at in edges:
            edge = Edge(at, UUID(int=1 << 127))
            older = [i for i in wanted if (everything[order[i]].at, i) < (edge.at, edge.id)]
            assert [event.id for event in page(asked, edge=edge, most=20)] == older[:20]
            newer = list(reversed(wanted[: len(wanted) - len(older)]))
            edge = Edge(at, edge.id, newer=True)
            assert [event.id for event in page(asked, edge=edge, most=20)] == newer[:20]


_read: dict[UUID, list[Event]] = {}


def _everything(tenant: UUID) -> list[Event]:
    if tenant not in _read:
        _read[tenant] = list(Event.objects.order_by("-at", "-id"))
        assert len(_read[tenant]) == MANY
    return _read[tenant]


ALL_AT_ONCE = Criteria(
    words=("li",), kinds=("muted", "sign_in"), outcome="success", meetings=tuple(MEETINGS),
    since=NOW - timedelta(days=200), network=ip_network("10.0.0.0/8"), text="budgetaire",
)  # fmt: skip


@pytest.mark.parametrize(
    "asked", [ALL_AT_ONCE, Criteria(text="xylophone"), Criteria(network=ip_network("10.1.2.0/24"))]
)
def test_another_ministry_finds_its_own_events_only(logs, asked):
    tenant, other = logs
    with tenant_scope(other):
        own = set(Event.objects.values_list("id", flat=True))
        assert len(own) == 40
        assert {event.id for event in matching(asked)} <= own
        assert {event.id for event in page(asked, most=50)} <= own
    with tenant_scope(tenant):
        assert matching(asked).count() > 0
    with tenant_scope(uuid4()):
        assert list(page(asked, most=50)) == []


def test_a_search_is_one_statement_whatever_is_asked(logs):
    with tenant_scope(logs[0]), CaptureQueriesContext(connection) as statements:
        assert list(page(ALL_AT_ONCE, most=50))
    assert len(statements) == 1


def test_what_was_sorted_in_is_found_as_before(logs):
    with tenant_scope(logs[0]):
        before = [event.id for event in page(ALL_AT_ONCE, most=50)]
        search.settle()
        assert [event.id for event in page(ALL_AT_ONCE, most=50)] == before


@pytest.mark.parametrize(
    "text",
    ["%", "_", "\\", "'; DROP TABLE audit_event; --", "k=muted", "=mar", "&|!:*()", "«»", "\u202e", "🙂", "\ud7ff"],
)  # fmt: skip
def test_hostile_text_is_only_text(logs, text):
    with tenant_scope(logs[0]):
        assert list(matching(Criteria(text=text))) == []
        assert list(page(Criteria(text=text, kinds=("sign_in",)), most=5)) == []


def test_hostile_payloads_are_written_and_found_by_their_beginning(economie):
    with tenant_scope(economie.id):
        long_word, megabyte = "x" * 50_000, "mot " * 250_000
        event = record(
            Kind.LOG_READ,
            at=NOW,
            filter={
                "a": f"début {long_word}",
                "b": megabyte,
                "c": {"d": [["\u0001ligne\u2028fin"]]},
            },
        )
        record(Kind.SIGN_IN, at=NOW, actor=_Long(), subject=_Long())
        assert [found.id for found in matching(Criteria(text="debut"))] == [event.id]
        assert matching(Criteria(words=("㍿",), outcome=Outcome.SUCCESS)).count() <= 1


class _Long:
    id, audit_name = "y" * 64, "㍿" * 300


def test_a_person_is_found_by_id_where_somebody_acts_for_them(economie):
    person = uuid4()
    with tenant_scope(economie.id):
        event = record(Kind.MEETING_CANCELLED, on_behalf_of=str(person), at=NOW)
        assert [found.id for found in matching(Criteria(people=(person,)))] == [event.id]
        assert [found.id for found in Event.objects.filter(id__in=search.about([person]))] == [
            event.id
        ]
