"""Pages of the log, one event, a meeting's story; hostile text in all of them."""

from uuid import uuid4

import pytest

from audit.kinds import Kind
from audit.log import record
from audit.models import Event
from auditors import pages
from isolation.scope import tenant_scope
from tests.auditors.conftest import Somebody, at, shown

pytestmark = pytest.mark.django_db


def link_in(answer, words: str) -> str:
    """Where a link with these words leads."""
    import re
    from html import unescape

    page = answer.content.decode()
    found = re.search(rf'href="([^"]*)"[^>]*>{words}', page)
    return unescape(found[1]) if found else ""


# --- Pages -----------------------------------------------------------------------------------
def test_pages_are_turned_both_ways_and_every_event_is_seen_once(reader, economie, monkeypatch):
    monkeypatch.setattr(pages, "LENGTH", 3)
    with tenant_scope(economie.id):
        for n in range(8):
            # Three at the same moment: the moment alone is no place.
            record(Kind.SIGN_OUT, actor=Somebody(f"Personne {n}"), at=at(n // 3))
    address = "/audit/?kind=sign_out"
    seen, first = [], None
    while address:
        answer = reader.get(address)
        first = first or answer
        seen.append([line.actor for line in answer.context["lines"]])
        older = link_in(answer, "Plus anciens")
        address = f"/audit/{older}" if older else ""
    assert [len(page) for page in seen] == [3, 3, 2]
    assert len({name for page in seen for name in page}) == 8
    assert link_in(first, "Plus récents") == ""
    back = reader.get(f"/audit/{link_in(answer, 'Plus récents')}")
    assert [line.actor for line in back.context["lines"]] == seen[1]
    back = reader.get(f"/audit/{link_in(back, 'Plus récents')}")
    assert [line.actor for line in back.context["lines"]] == seen[0]


def test_new_events_do_not_move_the_pages_that_were_reached(reader, economie, monkeypatch):
    monkeypatch.setattr(pages, "LENGTH", 2)
    with tenant_scope(economie.id):
        for n in range(4):
            record(Kind.SIGN_OUT, actor=Somebody(f"Personne {n}"), at=at(n))
    first = reader.get("/audit/?kind=sign_out")
    with tenant_scope(economie.id):
        record(Kind.SIGN_OUT, actor=Somebody("Nouvelle"), at=at(9))
    second = reader.get(f"/audit/{link_in(first, 'Plus anciens')}")
    assert [line.actor for line in second.context["lines"]] == ["Personne 1", "Personne 0"]


def test_an_empty_log_and_an_empty_answer_say_so(reader, log):
    assert (
        "Rien dans le journal ne correspond"
        in reader.get("/audit/?outcome=failed").content.decode()
    )
    oldest = f"0-{uuid4().hex}"
    assert "Il n’y a rien de plus ancien" in reader.get(f"/audit/?older={oldest}").content.decode()


# --- One event -------------------------------------------------------------------------------
def test_an_event_is_told_whole(reader, economie, log):
    with tenant_scope(economie.id):
        event = Event.objects.create(
            kind=Kind.MUTED, at=at(0.5), actor_id="acteur-1", actor_name="Hélène Hôte",
            on_behalf_of="Camille Collègue", subject_id="sujet-1", subject_name="Léa D’Œuvre",
            meeting_id=log.committee.id, request_id="f" * 32, origin="192.0.2.7",
            payload={"everybody": False, "rights": {"chat": True, "odd_one": [1, 2]}, "starts_at":
                     "2026-09-02T12:00:00+00:00", "nothing": None, "deep": {"a": {"b": {"c": "x"}}}},
        )  # fmt: skip
    page = reader.get(f"/audit/{event.id}/").content.decode()
    for words in (
        "Micro coupé par un organisateur", "Réussi", "14:00:30", "2026-09-02 12:00:30", "acteur-1",
        "Hélène Hôte", "Au nom de", "Camille Collègue", "sujet-1", "Léa D’Œuvre",
        "Comité budgétaire d’été", str(log.committee.id), "f" * 32, "192.0.2.7", str(event.id),
        "Tout le monde", "non", "Droits › Chat", "oui", "Droits › Odd one", "1, 2", "Début prévu",
        "2 septembre 2026 14:00", "Deep › A › B › C", "attend sa place",
    ):  # fmt: skip
        assert words in page, words


def test_a_delivered_event_says_from_where(reader, log):
    page = reader.get(f"/audit/{log.copy.id}/").content.decode()
    assert "Copie transmise par Ministère de la Santé" in page
    assert "Réunion d’un autre ministère" in page
    assert "Transmis par Ministère de la Santé" in reader.get("/audit/").content.decode()


def test_what_the_system_did_has_no_author(reader, economie):
    with tenant_scope(economie.id):
        event = record(Kind.POLICY_CHANGED, subject_id=uuid4(), before={}, after={"a": 1})
    page = reader.get(f"/audit/{event.id}/").content.decode()
    assert "Le système" in page
    assert "Objet" in page


def test_the_way_back_keeps_the_filter_and_nothing_else(reader, log):
    page = reader.get(f"/audit/{log.muting.id}/?outcome=success&kind=muted&evil=%22%3E")
    assert 'href="/audit/?kind=muted&amp;outcome=success"' in page.content.decode()


def test_an_event_that_is_not_there_is_not_found(reader):
    assert reader.get(f"/audit/{uuid4()}/").status_code == 404
    assert reader.get("/audit/not-an-id/").status_code == 404


def test_a_kind_that_the_catalogue_has_forgotten_is_shown_by_its_name(reader, economie):
    with tenant_scope(economie.id):
        event = Event.objects.create(kind="coffee_made", outcome="odd", at=at(0))
    assert "coffee_made" in reader.get("/audit/").content.decode()
    assert "coffee_made" in reader.get(f"/audit/{event.id}/").content.decode()


# --- A meeting's story -----------------------------------------------------------------------
def test_a_meetings_story_in_order_with_its_attendance(reader, log):
    answer = reader.get(f"/audit/reunions/{log.committee.id}/")
    assert shown(answer) == [
        "meeting_started", "lobby_knocked", "lobby_admitted", "participant_joined", "meeting_ended",
    ]  # fmt: skip
    page = answer.content.decode()
    assert "Comité budgétaire d’été" in page
    assert f"/reunions/{log.committee.id}/presence/" in page


def test_another_ministrys_meeting_has_the_story_of_what_was_delivered(reader, log):
    answer = reader.get(f"/audit/reunions/{log.foreign}/")
    assert shown(answer) == ["lobby_admitted"]
    page = answer.content.decode()
    assert "appartient à un autre ministère (Ministère de la Santé)" in page
    assert "presence/" not in page


def test_a_meeting_of_which_nothing_is_known_is_not_found(reader):
    assert reader.get(f"/audit/reunions/{uuid4()}/").status_code == 404


def test_a_long_story_is_told_in_parts(reader, economie, log, monkeypatch):
    monkeypatch.setattr(pages, "STORY_LENGTH", 4)
    address = f"/audit/reunions/{log.committee.id}/"
    first = reader.get(address)
    assert shown(first)[-1] != "meeting_ended"
    second = reader.get(f"{address}{link_in(first, 'La suite')}")
    assert shown(first) + shown(second) == [
        "meeting_started", "lobby_knocked", "lobby_admitted", "participant_joined", "meeting_ended",
    ]  # fmt: skip


# --- Hostile text ----------------------------------------------------------------------------
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202egnp.exe",
    "\u2066caché\u2069",
    '=HYPERLINK("http://x.test")',
    "ligne\nsuivante\r\net encore",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "x" * 300,
    "👩‍⚕️ Zoë Ångström",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(reader, economie, host, text):
    from meetings.scheduling import Plan, schedule_meeting

    with tenant_scope(economie.id):
        meeting = schedule_meeting(
            plan=Plan(text[:200], "", at(0), at(60), "Europe/Paris"), by=host
        )
        someone = Somebody(text)
        event = record(
            Kind.ROOM_RIGHTS_CHANGED, actor=someone, subject=someone, meeting_id=meeting.id, at=at(1),
            rights={"detail": text, "<b>clé</b>": text},
        )  # fmt: skip
    for address in ("/audit/", f"/audit/{event.id}/", f"/audit/reunions/{meeting.id}/"):
        answer = reader.get(address)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>clé" not in page
        assert not set("\u202e\u2066\u2069") & set(page)
        if "\u202e" in text:
            assert "[U+202E]gnp.exe" in page


def test_a_payload_of_a_megabyte_is_folded_away_and_whole(reader, economie):
    with tenant_scope(economie.id):
        event = record(Kind.CHAT_DELETED, actor=Somebody("Léa"), at=at(0), message="é" * 1_000_000)
    assert len(reader.get("/audit/").content) < 200_000
    page = reader.get(f"/audit/{event.id}/").content.decode()
    assert "é" * 1_000_000 in page
    assert "<details" in page


@pytest.mark.parametrize("payload", [[], [1, {"a": [2]}], "texte", 7, {"a": {}}, {"": ""}])
def test_any_payload_can_be_shown(reader, economie, payload):
    with tenant_scope(economie.id):
        event = Event.objects.create(kind=Kind.MUTED, payload=payload, at=at(0))
    assert reader.get(f"/audit/{event.id}/").status_code == 200
