"""What operators type."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import Event
from isolation.scope import tenant_scope
from tenants.models import Member, PromisedRole, Tenant
from tenants.services import sign_in_member

pytestmark = pytest.mark.django_db


def create(**options):
    call_command(
        "tenant_create",
        "Ministère de la Culture",
        **{
            "short_name": "culture",
            "administrator": "Ada.Admin@culture.test",
            "domain": ["culture.test"],
            "siret": ["11000004900012"],
        }
        | options,
    )


def test_an_operator_makes_a_ministry_and_names_its_administrator():
    create()
    tenant = Tenant.objects.get(short_name="culture")
    assert set(tenant.mappings.values_list("kind", "value")) == {
        ("domain", "culture.test"),
        ("siret", "11000004900012"),
    }
    with tenant_scope(tenant.id):
        assert PromisedRole.objects.get().email == "ada.admin@culture.test"
        assert Event.objects.get().kind == "tenant_created"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"siret": ["123"]}, "SIRET"),
        ({"domain": ["pas un domaine"]}, "domaine"),
        ({"administrator": "nobody"}, "adresse"),
        ({"domain": [], "siret": []}, "au moins"),
        ({"domain": ["economie.test"]}, "appartient déjà"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(economie, options, message):
    with pytest.raises(CommandError, match=message):
        create(**options)
    assert not Tenant.objects.filter(short_name="culture").exists()


def test_the_same_ministry_is_not_made_twice():
    create()
    with pytest.raises(CommandError, match="déjà"):
        create(domain=["autre.test"])


def test_a_departure_is_noted(economie, colleague):
    call_command("member_leave", tenant="economie", email=colleague.email)
    with tenant_scope(economie.id):
        assert Member.objects.get().state == "left"
        assert Event.objects.get().kind == "member_left"
    with pytest.raises(CommandError, match="Aucun agent"):
        call_command("member_leave", tenant="economie", email=colleague.email)


def test_demonstration_data_are_made_once_and_lead_their_people_in(settings, tmp_path):
    settings.DEVELOPMENT = True
    from visio.local.application import DEMO

    call_command("demo_seed", DEMO)
    call_command("demo_seed", DEMO)
    assert Tenant.objects.count() == 3
    economie = Tenant.objects.get(short_name="economie")
    from tenants.proconnect.backend import Claims
    from tests.factories import UserFactory

    claims = Claims("Adèle", "Morel", "adele.morel@economie.visio.test")
    member = sign_in_member(
        user=UserFactory(),
        claims=claims,
        tenant=economie,
        has_second_factor=True,
        now=timezone.now(),
    )
    assert member.roles == ["administrator"]


def test_demonstration_data_have_no_place_in_production(settings):
    settings.DEVELOPMENT = False
    with pytest.raises(CommandError):
        call_command("demo_seed", "x.json")


def test_the_order_of_claims_is_the_ministrys_to_set(economie):
    call_command(
        "tenant_mapping",
        tenant="economie",
        order=["domain", "siret"],
        siret=["11000009900017"],
        remove_siret=["11000001500013"],
    )
    economie.refresh_from_db()
    assert economie.mapping_order == ["domain", "siret"]
    assert list(economie.mappings.filter(kind="siret").values_list("value", flat=True)) == [
        "11000009900017"
    ]
    with tenant_scope(economie.id):
        assert Event.objects.get().kind == "mapping_changed"
    with pytest.raises(CommandError, match="SIRET"):
        call_command("tenant_mapping", tenant="economie", siret=["1"])


def test_a_policy_changes_and_the_log_keeps_both(economie):
    call_command(
        "tenant_policy", "link_admits_members=false", "most_invitees=20", tenant="economie"
    )
    with tenant_scope(economie.id):
        event = Event.objects.get()
    assert event.payload["before"] == {"link_admits_members": True, "most_invitees": 500}
    assert event.payload["after"] == {"link_admits_members": False, "most_invitees": 20}


@pytest.mark.parametrize(
    "rule", ["coffee=free", "most_invitees=many", "who_may_organise=nobody", "tenant_id=x"]
)
def test_a_rule_that_does_not_exist_is_refused(economie, rule):
    with pytest.raises(CommandError):
        call_command("tenant_policy", rule, tenant="economie")
    with tenant_scope(economie.id):
        assert not Event.objects.exists()
