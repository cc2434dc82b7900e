"""Searches under a name: one auditor's own, found again as they were asked, and forgotten with them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import people
from audit.kinds import Kind
from audit.log import record
from auditors import saved_searches
from auditors.models import SavedSearch
from isolation.scope import tenant_scope
from tenants import membership
from tenants.models import Member, Role
from tests.auditors.conftest import MFA, Somebody, opens_the_log, search, shown
from tests.auditors.test_pages import HOSTILE
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def keep(client, name: str, follow: bool = True, **fields):
    """Searches as a person does, then keeps the search under a name."""
    page = search(client, **fields)
    sent = {"name": name, "search": page.context["address"]}
    return client.post("/audit/recherches/enregistrer/", sent, follow=follow)


def kept(tenant) -> list[SavedSearch]:
    with tenant_scope(tenant.id):
        return list(SavedSearch.objects.order_by("name"))


def open_(client, saved):
    return client.get(f"/audit/recherches/{saved.id}/", follow=True)


@pytest.fixture
def other(signed_in, economie):
    """Another auditor of the same ministry."""
    return opens_the_log(signed_in, make_member(economie, "Ada", "Auditrice", roles=[Role.AUDITOR]))


EVERYTHING = {
    "person": "Léa D'Œuvre", "meeting": "comité", "kind": ["muted", "lobby_admitted"],
    "outcome": "success", "since": "2026-09-02T13:00", "until": "2026-09-02",
}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        (EVERYTHING, ["lobby_admitted"]),
        ({"person": "li", "outcome": "refused"}, ["sign_in_refused"]),
        ({"kind": ["sign_in"]}, ["sign_in"]),
    ],
)
def test_a_search_is_found_again_as_it_was(
    reader, log, economie, signed_in, auditor, fields, kinds
):
    answer = keep(reader, "  Entrées   de Léa ", **fields)
    assert "est enregistrée" in answer.content.decode()
    assert shown(answer) == kinds
    [saved] = kept(economie)
    assert (saved.name, saved.member_id) == ("Entrées de Léa", auditor.id)
    assert saved.asked == fields
    # In another session, which knows nothing of what was typed.
    later = opens_the_log(signed_in, auditor)
    assert "Entrées de Léa" in later.get("/audit/").content.decode()
    answer = open_(later, saved)
    assert shown(answer) == kinds
    for name, value in fields.items():
        assert answer.context["form"][name].value() == value
    for address, _status in answer.redirect_chain:
        assert "L%C3%A9a" not in address
        assert "Entr" not in address


def test_a_period_still_ends_now(reader, economie, time_machine):
    keep(reader, "Semaine", period="week", kind=["sign_out"])
    [saved] = kept(economie)
    with tenant_scope(economie.id):
        record(Kind.SIGN_OUT, actor=Somebody("Tôt"), at=timezone.now())
    assert shown(open_(reader, saved)) == ["sign_out"]
    time_machine.move_to(timezone.now() + timedelta(hours=3))
    assert shown(open_(reader, saved)) == ["sign_out"]
    with tenant_scope(economie.id):
        record(Kind.SIGN_OUT, actor=Somebody("Il y a huit jours"), at=timezone.now() - timedelta(8))
    assert shown(open_(reader, saved)) == ["sign_out"]
    assert saved.asked == {"kind": ["sign_out"], "period": "week"}


def test_the_same_name_takes_the_others_place(reader, economie):
    keep(reader, "Refus", outcome="refused")
    answer = keep(reader, "Refus", outcome="failed")
    assert "est remplacée" in answer.content.decode()
    [saved] = kept(economie)
    assert saved.asked == {"outcome": "failed"}


def test_they_are_listed_with_what_they_ask_and_deleted(reader, economie, log):
    keep(reader, "Refus", outcome="refused", period="month")
    keep(reader, "Arrivées", kind=["participant_joined"], person="Léa")
    page = reader.get("/audit/recherches/").content.decode()
    for words in (
        "Arrivées",
        "Refus",
        "Refusé",
        "30 derniers jours",
        "Arrivée dans la salle",
        "Léa",
    ):
        assert words in page, words
    arrivals, refusals = kept(economie)
    answer = reader.post(f"/audit/recherches/{refusals.id}/supprimer/", follow=True)
    assert "est supprimée" in answer.content.decode()
    assert kept(economie) == [arrivals]
    assert reader.post(f"/audit/recherches/{refusals.id}/supprimer/").status_code == 404
    assert reader.get(f"/audit/recherches/{refusals.id}/").status_code == 404


def test_opening_one_is_a_reading(reader, economie, events, log):
    keep(reader, "Léa", person="Léa")
    open_(reader, kept(economie)[0])
    assert [event.payload["filter"] for event in events("log_read")] == [{"person": "Léa"}]


# --- Whose they are -----------------------------------------------------------------------------
def test_nobody_else_sees_opens_replaces_or_deletes_them(
    reader, other, signed_in, sante, economie, host
):
    keep(reader, "Refus", outcome="refused")
    [saved] = kept(economie)
    foreign = opens_the_log(signed_in, make_member(sante, "Axel", "Auditeur", roles=[Role.AUDITOR]))
    for client in (other, foreign):
        assert "Refus</bdi>" not in client.get("/audit/").content.decode()
        assert client.get("/audit/recherches/").context["kept"] == []
        assert client.get(f"/audit/recherches/{saved.id}/").status_code == 404
        assert client.post(f"/audit/recherches/{saved.id}/supprimer/").status_code == 404
    keep(other, "Refus", outcome="failed")
    assert sorted(each.asked["outcome"] for each in kept(economie)) == ["failed", "refused"]
    assert signed_in(host, acr=MFA).get("/audit/recherches/").status_code == 403


def test_one_person_keeps_them_apart_in_each_ministry(reader, signed_in, sante, auditor, economie):
    keep(reader, "Refus", outcome="refused")
    there = make_member(sante, "Aude", "Auditrice", user=auditor.user, roles=[Role.AUDITOR])
    assert opens_the_log(signed_in, there).get("/audit/recherches/").context["kept"] == []


def test_they_are_shown_for_a_reason(signed_in, auditor, economie, reader):
    keep(reader, "Léa", outcome="refused")
    silent = signed_in(auditor, acr=MFA)
    for address in ("/audit/recherches/", f"/audit/recherches/{kept(economie)[0].id}/"):
        assert silent.get(address).url.startswith("/audit/motif/?next=")


# --- What is wrong ------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["", "   ", "?!", "x" * 61, "a\x00b"])
def test_a_name_that_says_nothing_is_refused_and_the_search_stays(reader, log, economie, name):
    answer = keep(reader, name, person="Léa", kind=["muted"])
    assert answer.status_code == 422
    assert kept(economie) == []
    assert answer.context["name_form"].errors["name"]
    assert shown(answer) == ["muted"]
    assert answer.context["form"]["person"].value() == "Léa"


@pytest.mark.parametrize(
    "address", ["who=AAAAAAAAAAAAAAAA", "outcome=nope", "kind=x", "period=\x00"]
)
def test_a_search_that_is_none_is_not_kept(reader, economie, address):
    sent = {"name": "Rien", "search": address}
    assert reader.post("/audit/recherches/enregistrer/", sent).status_code == 422
    assert kept(economie) == []


def test_the_whole_journal_is_no_search(reader, economie):
    assert "Filtrez d’abord" in keep(reader, "Tout").content.decode()
    assert kept(economie) == []


def test_there_are_so_many_at_most(reader, economie, monkeypatch):
    monkeypatch.setattr(saved_searches, "MOST", 2)
    for name in ("Un", "Deux"):
        keep(reader, name, outcome="refused")
    answer = keep(reader, "Trois", outcome="refused")
    assert answer.status_code == 422
    assert "supprimez-en une" in answer.content.decode()
    assert "remplacée" in keep(reader, "Deux", outcome="failed").content.decode()
    assert len(kept(economie)) == 2


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) <= 60])
def test_hostile_names_are_only_text(reader, economie, text):
    keep(reader, text, outcome="refused")
    for address in ("/audit/", "/audit/recherches/"):
        page = reader.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert not set("\u202e\u2066\u2069") & set(page)


def test_one_that_can_no_longer_be_asked_says_so(reader, economie):
    keep(reader, "Vieille", kind=["muted"], outcome="refused")
    with tenant_scope(economie.id):
        SavedSearch.objects.update(
            asked={"kind": ["coffee_made"], "period": "century", "outcome": "odd", "gone": "x"}
        )
    assert "coffee_made" in reader.get("/audit/recherches/").content.decode()
    answer = open_(reader, kept(economie)[0])
    assert answer.status_code == 422
    assert answer.context["lines"] == []


@pytest.mark.parametrize("how_many", [1, 8])
def test_the_list_is_one_statement_however_long(
    reader, economie, how_many, django_assert_max_num_queries
):
    for n in range(how_many):
        keep(reader, f"Recherche {n}", person=f"Personne {n}", meeting="comité")
    with CaptureQueriesContext(connection) as statements:
        reader.get("/audit/recherches/")
    assert sum("savedsearch" in each["sql"] for each in statements) == 1
    assert not any("meetings_meeting" in each["sql"] for each in statements)


# --- Forgotten ----------------------------------------------------------------------------------
def test_they_go_with_who_leaves(reader, other, auditor, economie):
    keep(reader, "Refus", outcome="refused")
    keep(other, "Les miennes", outcome="refused")
    with tenant_scope(economie.id):
        people_leaving = Member.objects.filter(id=auditor.id)
        membership.deactivate(people=people_leaving, by=None, now=timezone.now())
    assert [each.name for each in kept(economie)] == ["Les miennes"]


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "keeper"])
def test_they_go_with_who_is_erased_and_with_whom_they_look_for(
    reader, other, auditor, economie, sante
):
    paul = uuid4()
    keep(reader, "Refus", outcome="refused")
    keep(other, "Paul", person=str(paul).upper())
    keep(other, "Les miennes", outcome="refused")

    def erase(person_id, tenant=economie) -> None:
        people.erase(
            tenant_id=tenant.id, person_id=person_id, reason="Demande 7", now=timezone.now()
        )

    erase(paul, sante)
    assert len(kept(economie)) == 3
    erase(paul)
    assert [each.name for each in kept(economie)] == ["Les miennes", "Refus"]
    erase(auditor.id)
    assert [each.name for each in kept(economie)] == ["Les miennes"]
