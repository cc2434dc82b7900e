"""Each filter alone and combined; what is typed wrong is kept, and no name reaches an address."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.kinds import Kind
from audit.log import record
from audit.models import Event
from auditors import kind_groups, known_meetings, searches
from isolation.scope import tenant_scope
from meetings.models import AgendaEntry
from meetings.scheduling import Plan, schedule_meeting
from tests.auditors.conftest import WHY, Somebody, at, search, shown

pytestmark = pytest.mark.django_db

ALL = [
    "lobby_admitted", "meeting_ended", "muted", "participant_joined", "lobby_admitted",
    "lobby_knocked", "meeting_started", "sign_in_refused", "sign_in",
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({}, ALL),
        ({"person": "léa"}, ["muted", "participant_joined", "lobby_admitted", "lobby_knocked", "sign_in"]),
        ({"person": "MARTIN  oeuvre"}, ["muted", "participant_joined", "lobby_admitted", "lobby_knocked", "sign_in"]),
        ({"person": "LEA"}, ["muted", "participant_joined", "lobby_admitted", "lobby_knocked", "sign_in"]),
        ({"person": "Li"}, ["lobby_admitted", "sign_in_refused"]),
        ({"person": "personne"}, []),
        ({"outcome": "refused"}, ["sign_in_refused"]),
        ({"outcome": "failed"}, []),
        ({"kind": ["muted"]}, ["muted"]),
        ({"kind": ["sign_in", "muted"]}, ["muted", "sign_in"]),
        ({"meeting": "budgetaire comite"}, ["meeting_ended", "participant_joined", "lobby_admitted", "lobby_knocked", "meeting_started"]),
        ({"meeting": "EQUIPE"}, ["muted"]),
        ({"meeting": "aucune ne s’appelle ainsi"}, []),
        ({"since": "2026-09-02T14:58"}, ["lobby_admitted", "meeting_ended"]),
        ({"until": "2026-09-02T13:10"}, ["sign_in_refused", "sign_in"]),
        ({"since": "2026-09-02T14:02", "until": "2026-09-02T14:03"}, ["participant_joined", "lobby_admitted"]),
        ({"since": "2026-09-02", "until": "2026-09-02"}, ALL),
        ({"since": "2026-09-03"}, []),
        ({"person": "léa", "kind": ["lobby_admitted", "muted"]}, ["muted", "lobby_admitted"]),
        ({"person": "léa", "meeting": "comité"}, ["participant_joined", "lobby_admitted", "lobby_knocked"]),
        ({"person": "li", "outcome": "success"}, ["lobby_admitted"]),
        ({"person": "léa", "meeting": "comité", "kind": ["lobby_admitted", "muted"], "outcome": "success",
          "since": "2026-09-02", "until": "2026-09-02T14:02"}, ["lobby_admitted"]),
    ],
)  # fmt: skip
def test_filters_alone_and_together(reader, log, fields, kinds):
    answer = search(reader, **fields)
    assert answer.status_code == 200
    assert shown(answer) == kinds
    if "person" in fields or "meeting" in fields:
        address = answer.redirect_chain[-1][0]
        for typed in ("person", "meeting"):
            assert f"{typed}=" not in address
    # The address alone says the same, and the form is filled as it was.
    again = reader.get(answer.redirect_chain[-1][0])
    assert shown(again) == kinds
    for name, value in fields.items():
        said = again.context["form"][name].value()
        assert said == (" ".join(value.split()) if isinstance(value, str) else value)


def test_a_meeting_by_its_id_stands_in_the_address(reader, log):
    answer = search(reader, meeting=str(log.foreign))
    assert answer.redirect_chain[-1][0] == f"/audit/?meeting={log.foreign}"
    assert shown(answer) == ["lobby_admitted"]
    assert shown(search(reader, meeting=str(uuid4()))) == []


def test_a_person_by_id_is_one_person_among_those_of_the_same_name(reader, log, economie):
    with tenant_scope(economie.id):
        record(Kind.SIGN_OUT, actor=Somebody(log.lea.audit_name), at=at(5))
    assert "sign_out" in shown(search(reader, person=log.lea.audit_name))
    assert "sign_out" not in shown(search(reader, person=str(log.lea.id)))
    assert "muted" in shown(search(reader, person=str(log.lea.id)))


def test_meetings_of_other_ministries_are_found_by_the_title_that_was_delivered(
    reader, log, economie
):
    with tenant_scope(economie.id):
        AgendaEntry.objects.create(
            meeting_id=log.foreign, email="a@economie.test", slug="bcdf-ghjk-mnpq-rstv",
            title="Accès aux soins", organisation="Ministère de la Santé", host_name="Inès Invitée",
            starts_at=at(0), ends_at=at(60), time_zone="Europe/Paris", sequence=0,
        )  # fmt: skip
    answer = search(reader, meeting="soins")
    assert shown(answer) == ["lobby_admitted"]
    assert "Accès aux soins" in answer.content.decode()


@pytest.mark.parametrize(
    ("period", "days"), [("today", 0), ("week", 6), ("month", 29), ("year", 364)]
)
def test_periods_reach_back_from_now(reader, economie, period, days):
    with tenant_scope(economie.id):
        record(Kind.SIGN_OUT, actor=Somebody("Dedans"), at=timezone.now() - timedelta(days=days))
        late = timezone.now() - timedelta(days=days + 2)
        record(Kind.SIGN_OUT, actor=Somebody("Dehors"), at=late)
    page = reader.get(f"/audit/?period={period}").content.decode()
    assert "Dedans" in page
    assert "Dehors" not in page


# --- What is wrong ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("outcome", "nope", "Ce résultat n’existe pas"),
        ("kind", "nope", "n’existe pas"),
        ("period", "century", "Cette période n’existe pas"),
        ("since", "hier", "Cette date n’est pas valable"),
        ("since", "2026-02-30", "Cette date n’est pas valable"),
        ("until", "9999-12-31", "Cette date n’est pas valable"),
        ("until", "0001-01-01T00:00", "Cette date n’est pas valable"),
        ("until", "2026-09-02T14:00+99:00", "Cette date n’est pas valable"),
        ("since", "٢٠٢٦-٠٩-٠٢", "Cette date n’est pas valable"),
        ("person", "?!", "au moins une lettre"),
        ("person", "a " * 20, "trop de mots"),
        ("person", "x" * 101, "100"),
        ("person", "a\x00b", "nul"),
        ("meeting", "%%%", "au moins une lettre"),
        ("meeting", "x" * 201, "200"),
        ("address", "10.1.2", "ni une adresse ni un réseau"),
        ("address", "10.1.2.3/33", "ni une adresse ni un réseau"),
        ("address", "fe80::1%eth0", "ni une adresse ni un réseau"),
        ("address", "'; DROP TABLE audit_event; --", "ni une adresse ni un réseau"),
        ("address", "١٠.١.٢.٣", "ni une adresse ni un réseau"),
        ("address", "1" * 61, "60"),
        ("address", "10.1.2.3\x00", "nul"),
        ("text", "?!", "au moins une lettre"),
        ("text", "a " * 20, "trop de mots"),
        ("text", "x" * 201, "200"),
        ("text", "a\x00b", "nul"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(reader, log, events, field, value, words):
    kept = {"person": "Léa", "outcome": "success", "kind": ["muted"], "meeting": "équipe"}
    answer = search(reader, **(kept | {field: value}))
    assert answer.status_code == 422
    assert answer.context["lines"] == []
    page = answer.content.decode()
    assert words.lower() in page.lower()
    form = answer.context["form"]
    for name in set(kept) - {field}:
        assert form[name].value() == kept[name]
    assert events("log_read") == []


def test_a_period_and_dates_contradict_each_other(reader, log):
    answer = search(reader, period="week", since="2026-09-02")
    assert answer.status_code == 422
    assert "pas les deux" in answer.content.decode()
    answer = search(reader, since="2026-09-03", until="2026-09-01")
    assert "La fin vient avant le début" in answer.content.decode()


def test_a_title_of_too_many_meetings_asks_for_more(reader, economie, host, monkeypatch):
    monkeypatch.setattr(known_meetings, "MOST", 2)
    with tenant_scope(economie.id):
        for n in range(3):
            plan = Plan(f"Point {n}", "", at(0), at(60), "Europe/Paris")
            schedule_meeting(plan=plan, by=host)
    answer = search(reader, meeting="point")
    assert answer.status_code == 422
    assert "précisez le titre" in answer.content.decode()
    assert search(reader, meeting="point 1").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "outcome=success%27%20OR%201=1--",
        "kind=sign_in%27);DROP%20TABLE%20audit_event;--",
        "period=week;SELECT%20pg_sleep(9)",
        "since=2026-09-02%27--",
        "meeting=%27%20OR%20%27%27=%27",
        "who=%27%20OR%201=1",
        "who=../../etc/passwd",
        "titled=x",
        "from=10.0.0.0/8",
        "says=%27%20OR%201=1",
    ],
)
def test_what_is_injected_into_an_address_is_only_a_wrong_filter(reader, log, query):
    for address in ("/audit/", "/audit/export.csv", "/audit/export.jsonl"):
        answer = reader.get(f"{address}?{query}")
        assert answer.status_code == 422
        assert not answer.streaming
        assert answer.context["lines"] == []


@pytest.mark.parametrize(
    "query",
    ["sort=actor_name", "order_by=payload;--", "o=-at", "sort=%27;DROP%20TABLE%20audit_event"],
)
def test_the_order_is_not_the_addresss_to_say(reader, log, query):
    assert shown(reader.get(f"/audit/?{query}")) == ALL


@pytest.mark.parametrize("name", ["newer", "older"])
@pytest.mark.parametrize(
    "place", ["x", "1", "-1-" + "a" * 32, "9" * 40 + "-" + "0" * 32, "1-'; DROP TABLE x; --", "%00"]
)
def test_a_place_that_does_not_exist_is_said_and_the_newest_are_shown(reader, log, name, place):
    answer = reader.get("/audit/", {name: place})
    assert answer.status_code == 200
    assert shown(answer) == ALL
    assert "n’existe pas" in answer.content.decode()
    assert reader.get(f"/audit/reunions/{log.committee.id}/", {"after": place}).status_code == 404


def test_names_that_mean_something_to_sql_are_only_names(reader, log):
    for person in ("%", "_", "'; DROP TABLE audit_event; --", "\\", "Léa%"):
        answer = search(reader, person=person + " léa")
        assert answer.status_code == 200
        wanted = [] if "DROP" in person else shown(search(reader, person="léa"))
        assert shown(answer) == wanted


# --- From where, and in which words -------------------------------------------------------------
@pytest.fixture
def origins(log, economie):
    """Where somebody came from, in the order of time."""
    with tenant_scope(economie.id):
        for n, origin in enumerate(("10.1.2.3", "10.1.9.9", "2001:db8::7", "198.51.100.1")):
            Event.objects.create(
                kind=Kind.SIGN_OUT, at=at(100 + n), actor_name=f"Depuis {n}", origin=origin,
                payload={"detail": f"Étage n°{n}, « Réseau_Filaire »"},
            )  # fmt: skip


def who(answer) -> list[str]:
    return [line.actor[-1] for line in answer.context["lines"] if line.actor.startswith("Depuis")]


@pytest.mark.parametrize(
    ("typed", "kept", "found"),
    [
        ("10.1.2.3", "10.1.2.3", "0"),
        (" 10.1.2.3/32 ", "10.1.2.3", "0"),
        ("10.1.2.3/16", "10.1.0.0/16", "10"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8", "10"),
        ("2001:0DB8::/32", "2001:db8::/32", "2"),
        ("0.0.0.0/0", "0.0.0.0/0", "310"),
        ("10.1.2.4", "10.1.2.4", ""),
    ],
)
def test_an_address_or_a_network(reader, origins, events, typed, kept, found):
    answer = search(reader, address=typed)
    assert who(answer) == list(found)
    address = answer.redirect_chain[-1][0]
    assert "10." not in address
    assert "2001" not in address
    assert who(reader.get(address)) == list(found)
    assert events("log_read")[-1].payload == WHY | {"filter": {"address": kept}}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("étage", "3210"),
        ("RESEAU 2", "2"),
        ("reseau_filaire depuis", "3210"),
        ("rese", ""),  # whole words
        ("introuvable", ""),
    ],
)
def test_words_of_what_an_event_says(reader, origins, events, logged, typed, found):
    answer = search(reader, text=typed)
    assert who(answer) == list(found)
    address = answer.redirect_chain[-1][0]
    assert typed.split()[0] not in address
    assert who(reader.get(address)) == list(found)
    assert events("log_read")[-1].payload == WHY | {"filter": {"text": typed}}
    assert f"text={typed.split()[0]}" not in logged()


def test_address_and_words_go_with_the_rest(reader, origins):
    fields = {"person": "depuis", "address": "10.0.0.0/8", "text": "etage", "kind": ["sign_out"]}
    answer = search(reader, **fields)
    assert who(answer) == ["1", "0"]
    chips = {chip["label"]: chip["without"] for chip in answer.context["chips"]}
    assert who(reader.get(f"/audit/?{chips['Adresse réseau']}")) == ["3", "2", "1", "0"]
    assert who(reader.get(f"/audit/?{chips['Texte']}")) == ["1", "0"]
    exported = b"".join(reader.get(f"/audit/export.jsonl?{chips['Texte']}"))
    assert exported.count(b"Depuis") == 2


def test_another_ministrys_addresses_and_words_are_not_found(reader, log, sante):
    with tenant_scope(sante.id):
        Event.objects.create(kind=Kind.SIGN_OUT, origin="10.1.2.3", payload={"a": "secret"})
    assert search(reader, address="10.1.2.3").context["lines"] == []
    assert search(reader, text="secret").context["lines"] == []


# --- Names and addresses ------------------------------------------------------------------------
def test_no_name_reaches_an_address_or_the_technical_log(reader, log, logged):
    page = search(reader, person="D’Œuvre", meeting="budgétaire", outcome="success")
    links = re.findall(r'(?:href|action)="([^"]*)"', page.content.decode())
    for text in [*links, *(address for address, _status in page.redirect_chain), logged()]:
        assert "uvre" not in text
        assert "budg" not in text
    assert any("who=" in link for link in links)


def test_a_search_is_forgotten(reader, log, time_machine):
    address = search(reader, person="Léa").redirect_chain[-1][0]
    time_machine.move_to(timezone.now() + searches.LIFETIME + timedelta(seconds=1))
    answer = reader.get(f"{address}&outcome=success")
    assert answer.status_code == 422
    assert answer.context["lines"] == []
    assert answer.context["form"]["outcome"].value() == "success"


def test_the_same_search_has_the_same_address_and_only_the_last_are_kept(reader, log):
    first = search(reader, person="Léa").redirect_chain[-1][0]
    assert search(reader, person="Léa").redirect_chain[-1][0] == first
    for n in range(searches.MOST_KEPT + 5):
        search(reader, follow=False, person=f"Quelqu’un {n}")
    assert len(reader.session[searches.KEY]) == searches.MOST_KEPT
    assert reader.get(first).status_code == 422


def test_each_chip_takes_one_thing_away(reader, log):
    answer = search(reader, person="léa", kind=["muted"], outcome="success")
    chips = {chip["label"]: chip["without"] for chip in answer.context["chips"]}
    assert set(chips) == {"Personne", "Types d’événement", "Résultat"}
    assert shown(reader.get(f"/audit/?{chips['Personne']}")) == ["muted"]
    assert len(shown(reader.get(f"/audit/?{chips['Types d’événement']}"))) == 5


def test_every_kind_of_the_catalogue_is_offered_once():
    offered = [kind for _group, kinds in kind_groups.choices() for kind, _label in kinds]
    assert sorted(offered) == sorted(Kind.values)


# --- What it costs ------------------------------------------------------------------------------
@pytest.mark.parametrize("query", ["", "who"])
def test_the_number_of_statements_does_not_depend_on_the_rows(reader, log, economie, query):
    address = search(reader, person="Léa").redirect_chain[-1][0] if query else "/audit/"
    counts = []
    for _round in range(2):
        reader.get(address)  # the reading is recorded once
        with CaptureQueriesContext(connection) as statements:
            answer = reader.get(address)
        counts.append(len(statements))
        with tenant_scope(economie.id):
            for n in range(40):
                record(Kind.MUTED, actor=Somebody(f"Léa {n}"), meeting_id=uuid4(), at=at(n))
    assert len(answer.context["lines"]) > 40
    assert counts[0] == counts[1]
    assert counts[1] <= 20
