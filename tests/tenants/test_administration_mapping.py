"""What leads people to the ministry, and the box that tries it: what it says and what it does not."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from isolation.scope import PLATFORM, tenant_scope
from tenants import services
from tenants.models import MappingKind, Member, Tenant, TenantMapping
from tests.factories import make_tenant
from tests.tenants import administration as portal
from tests.tenants.administration import administer, events

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(administrator):
    return administer(administrator)


def send(client, action: str, **body):
    return client.post(portal.MAPPING, {"action": action} | body)


def domains(tenant) -> set[str]:
    return set(tenant.mappings.filter(kind="domain").values_list("value", flat=True))


# --- Changing it -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("domain", " @Musees.Economie.test ", "musees.economie.test"),
        ("siret", "110 000 098 00017", "11000009800017"),
        ("idp_id", "71144AB3-EE1A-4401", "71144ab3-ee1a-4401"),
    ],
)
def test_one_more_leads_here_and_stands_in_the_log(
    client, economie, administrator, kind, typed, kept
):
    assert send(client, "add", kind=kind, value=typed).status_code == 302
    assert economie.mappings.filter(kind=kind, value=kept).exists()
    [event] = events(economie, "mapping_changed")
    assert event.actor_id == str(administrator.id)
    assert kept in event.payload["after"][kind]
    assert kept not in event.payload["before"][kind]
    assert set(event.payload["after"]) == {kind}


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("siret", "123", "14 chiffres"),
        ("siret", "１１００００１５０００１３４", "14 chiffres"),
        ("domain", "pas un domaine", "n’est pas un domaine"),
        ("domain", "a" * 250 + ".test", "n’est pas un domaine"),
        ("domain", "sante.test", "appartient déjà à un ministère : Ministère de la Santé"),
        ("domain", "SANTE.test", "appartient déjà à un ministère : Ministère de la Santé"),
        ("domain", "economie.test", "déjà rattaché à ce ministère"),
        ("idp_id", "deux mots", "fournisseur d’identité"),
        ("idp_id", "<script>", "fournisseur d’identité"),
        ("domain", "", "Écrivez ce qui doit mener"),
        ("coffee", "x", ""),
    ],
)
def test_what_cannot_lead_here_is_refused_with_words(client, economie, sante, kind, value, words):
    answer = send(client, "add", kind=kind, value=value)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "<script>" not in answer.content.decode().replace("<script ", "")
    assert events(economie, "mapping_changed") == []
    assert domains(sante) == {"sante.test"}


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_domain_that_two_ministries_take_at_once_goes_to_one(economie, sante):
    start, refused = threading.Barrier(2), []

    def take(tenant):
        start.wait()
        try:
            pair = (MappingKind.DOMAIN, "commun.test")
            services.change_mapping(tenant=Tenant.objects.get(id=tenant.id), add=[pair])
        except ValidationError:
            refused.append(tenant)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(one,)) for one in (economie, sante)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert TenantMapping.objects.filter(value="commun.test").count() == 1


def test_another_ministrys_lines_are_not_ours_to_remove(client, sante):
    send(client, "remove", kind="domain", value="sante.test")
    assert domains(sante) == {"sante.test"}
    assert events(sante, "mapping_changed") == []


def test_a_line_goes_and_stands_in_the_log(client, economie):
    send(client, "remove", kind="siret", value="11000001500013")
    assert not economie.mappings.filter(kind="siret").exists()
    [event] = events(economie, "mapping_changed")
    assert event.payload == {"before": {"siret": ["11000001500013"]}, "after": {"siret": []}}


def test_the_line_on_which_one_stands_oneself_goes_only_after_a_word(client, economie):
    page = send(client, "remove", kind="domain", value="economie.test").content.decode()
    assert "Vous ne pourriez plus vous identifier" in page
    assert domains(economie) == {"economie.test"}
    send(client, "remove", kind="domain", value="economie.test", confirmed="1")
    assert domains(economie) == set()


def test_no_word_where_something_else_leads_here_too(client, economie, administrator):
    with tenant_scope(economie.id):
        Member.objects.filter(id=administrator.id).update(siret="11000001500013")
    assert send(client, "remove", kind="domain", value="economie.test").status_code == 302
    assert domains(economie) == set()


def test_the_order_changes_and_warns_alike(client, economie):
    page = send(client, "order", first="siret", second="idp_id", third="").content.decode()
    assert "laisse de côté ce qui vous mène" in page
    send(client, "order", first="domain", second="siret", third="")
    economie.refresh_from_db()
    assert economie.mapping_order == ["domain", "siret"]
    [event] = events(economie, "mapping_changed")
    assert event.payload["before"] == {"order": ["idp_id", "siret", "domain"]}


@pytest.mark.parametrize(
    "order",
    [
        {"first": "domain", "second": "domain", "third": ""},
        {"first": "", "second": "domain", "third": ""},
        {"first": "coffee"},
        {},
    ],
)
def test_an_order_that_is_none_is_refused(client, economie, order):
    assert send(client, "order", **order).status_code == 422
    economie.refresh_from_db()
    assert economie.mapping_order == ["idp_id", "siret", "domain"]


# --- Trying it ---------------------------------------------------------------------------------
def answer_of(client, **claims) -> str:
    page = client.post(portal.MAPPING, {"action": "try"} | claims)
    assert page.status_code == 200
    [_before, answer] = page.content.decode().split('class="visio-explanation"')
    return " ".join(answer.split("</section>")[0].split())


def test_the_box_says_which_claim_decides(client, economie):
    answer = answer_of(client, siret="110 000 015 00013", email="qui@economie.test")
    assert "arrive dans votre ministère" in answer
    assert "et c’est l’indication qui compte" in answer
    assert "mène ici également" in answer
    assert "n’est pas donné" in answer  # the identity provider


def test_the_box_says_when_the_order_leaves_a_claim_out(client, economie):
    economie.mapping_order = ["domain"]
    economie.save()
    answer = answer_of(client, siret="11000001500013")
    assert "n’arrive dans aucun ministère" in answer
    assert "votre ordre n’en tient pas compte" in answer


def test_a_domain_alone_stands_for_its_addresses(client):
    assert "arrive dans votre ministère" in answer_of(client, email="ECONOMIE.test")


def test_of_other_ministries_the_box_says_the_name_and_nothing_else(client, sante):
    by_siret = answer_of(client, siret="11000002300017")
    by_domain = answer_of(client, email="x@sante.test")
    for answer in (by_siret, by_domain):
        assert "Ministère de la Santé" in answer
    # Neither by which claim, nor what else leads there.
    assert by_siret.replace("11000002300017", "").count("Santé") == 1
    assert "sante.test" not in by_siret
    assert "11000002300017" not in by_domain
    both = answer_of(client, siret="11000002300017", email="x@economie.test")
    assert "choisit entre votre ministère et : Ministère de la Santé" in both


def test_a_closed_ministry_is_not_reached(client, sante):
    sante.is_active = False
    sante.save()
    assert "dans aucun ministère" in answer_of(client, email="x@sante.test")


@pytest.mark.parametrize(
    "claims", [{}, {"siret": "12"}, {"siret": "x\0"}, {"email": "x" * 300}, {"idp_id": "y" * 65}]
)
def test_what_cannot_be_tried_is_said_so(client, claims):
    answer = client.post(portal.MAPPING, {"action": "try"} | claims)
    assert answer.status_code == 422


def test_what_is_tried_stands_nowhere(client, economie, logged):
    page = client.post(portal.MAPPING, {"action": "try", "email": "secret@economie.test"})
    assert "no-store" in page.headers["Cache-Control"]
    assert "location" not in page.headers
    assert "secret" not in logged()
    from audit.models import Event

    for scope in (economie.id, PLATFORM):
        with tenant_scope(scope):
            assert not Event.objects.exists()


def test_the_page_names_no_other_ministrys_lines(client, sante):
    make_tenant("Ministère caché", domain="cache.test", siret="11000007700017")
    page = client.get(portal.MAPPING).content.decode()
    for secret in ("sante.test", "11000002300017", "caché", "cache.test"):
        assert secret not in page
