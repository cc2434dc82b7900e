"""Signing in with ProConnect: who gets in and where, and every way in which it is refused."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

from audit.models import Event
from isolation.scope import PLATFORM, tenant_scope
from tenants.models import Member, MemberState, PromisedRole, Role, TenantMapping, User
from tenants.proconnect import provider

pytestmark = pytest.mark.django_db


def members(tenant) -> list[Member]:
    with tenant_scope(tenant.id):
        return list(Member.objects.all())


def events(tenant_id, kind: str) -> list[dict]:
    with tenant_scope(tenant_id):
        return list(Event.objects.filter(kind=kind).values_list("payload", flat=True))


def test_the_request_is_what_proconnect_wants(visitor, economie):
    query = parse_qs(urlsplit(visitor.start()).query)
    assert len(query["state"][0]) >= 32
    assert len(query["nonce"][0]) >= 32
    assert query["code_challenge_method"] == ["S256"]
    assert set(query) == {
        "response_type", "scope", "client_id", "redirect_uri", "state", "nonce", "claims",
        "code_challenge", "code_challenge_method",
    }  # fmt: skip


def test_a_member_is_made_just_in_time(visitor, economie, helene):
    answer = visitor.sign_in(**helene)
    assert (answer.status_code, answer.url) == (302, "/")
    [member] = members(economie)
    assert (member.full_name, member.email) == ("Hélène Hôte", "helene.hote@economie.test")
    assert len(events(economie.id, "sign_in")) == 1
    assert "Agenda" in visitor.client.get("/").content.decode()


def test_a_person_is_known_by_subject_whatever_their_address_becomes(visitor, economie, helene):
    visitor.sign_in(**helene, sub="one-person")
    second = type(visitor)()
    second.sign_in(**helene | {"email": "helene.nouvelle@economie.test"}, sub="one-person")
    [member] = members(economie)
    assert member.email == "helene.nouvelle@economie.test"
    assert User.objects.count() == 1


def test_the_same_address_from_another_subject_is_another_person(visitor, economie, helene):
    visitor.sign_in(**helene, sub="one-person")
    type(visitor)().sign_in(**helene, sub="another-person")
    assert User.objects.count() == 2


def test_the_way_leads_back_to_the_page_that_asked(visitor, economie, helene):
    answer = visitor.sign_in(query="?next=/reunions/planifier/", **helene)
    assert answer.url == "/reunions/planifier/"


@pytest.mark.parametrize("target", ["https://ailleurs.test/", "//ailleurs.test/", "javascript:x"])
def test_the_way_never_leads_to_another_site(visitor, economie, helene, target):
    assert visitor.sign_in(query=f"?next={target}", **helene).url == "/"


@pytest.mark.parametrize(
    ("kind", "claim"),
    [("siret", {"siret": "11000009900017"}), ("idp_id", {"idp_id": "71144ab3-0000"})],
)
def test_a_siret_or_an_identity_provider_leads_to_its_tenant(
    visitor, economie, helene, kind, claim
):
    TenantMapping.objects.create(tenant=economie, kind=kind, value=claim[kind])
    visitor.sign_in(**helene | {"email": "x@ailleurs.test"} | claim)
    assert len(members(economie)) == 1


def test_a_claim_outside_of_the_tenants_order_leads_nobody_to_it(visitor, economie, helene):
    economie.mapping_order = ["domain"]
    economie.save()
    siret = {"email": "x@ailleurs.test", "siret": "11000001500013"}
    assert visitor.sign_in(**helene | siret).status_code == 403
    assert members(economie) == []


def test_who_belongs_to_no_tenant_is_told_so(visitor, economie, helene):
    answer = visitor.sign_in(**helene | {"email": "x@ailleurs.test"})
    assert answer.status_code == 403
    assert "39000000000019" in answer.content.decode()  # what to hand to the support
    assert events(PLATFORM, "sign_in_refused") == [{"reason": "no_tenant", "detail": ""}]
    assert visitor.client.get("/reunions/planifier/").status_code == 302


def test_a_person_of_two_tenants_chooses(visitor, economie, sante, helene):
    answer = visitor.sign_in(**helene | {"siret": "11000002300017"}, query="?next=/r/x/")
    assert answer.url == "/choisir/"
    page = visitor.client.get("/choisir/").content.decode()
    assert economie.name in page
    assert sante.name in page
    assert members(economie) == members(sante) == []
    answer = visitor.client.post("/choisir/", {"tenant": str(sante.id)})
    assert answer.url == "/r/x/"
    assert (len(members(economie)), len(members(sante))) == (0, 1)


def test_nobody_chooses_a_tenant_that_is_not_theirs(visitor, economie, sante, justice, helene):
    visitor.sign_in(**helene | {"siret": "11000002300017"})
    assert visitor.client.post("/choisir/", {"tenant": str(justice.id)}).status_code == 200
    assert members(justice) == []


def test_promised_roles_are_kept_at_the_first_sign_in(visitor, economie, helene):
    with tenant_scope(economie.id):
        PromisedRole.objects.create(email=helene["email"], roles=[Role.ADMINISTRATOR])
    visitor.sign_in(**helene | {"acr": "eidas1-mfa"})
    assert members(economie)[0].roles == ["administrator"]
    assert len(events(economie.id, "roles_changed")) == 1


def test_who_has_left_is_refused_and_put_out(visitor, economie, helene):
    visitor.sign_in(**helene)
    with tenant_scope(economie.id):
        Member.objects.update(state=MemberState.LEFT)
    answer = visitor.client.get("/", follow=True)
    assert answer.status_code == 403
    assert "fermé" in answer.content.decode()
    answer = type(visitor)().sign_in(**helene)
    assert answer.status_code == 403
    assert events(economie.id, "sign_in_refused") == [{"reason": "member_left"}]


# --- What the provider may get wrong ---------------------------------------------------------
WRONG = {
    "another issuer": {"id_token": {"iss": "https://ailleurs.test/"}},
    "another audience": {"id_token": {"aud": "another-client"}},
    "expired": {"id_token": {"exp_offset": -60}},
    "not issued yet": {"id_token": {"iat_offset": 60}},
    "issued long ago": {"id_token": {"iat_offset": -3600}},
    "another nonce": {"id_token": {"nonce": "x" * 43}},
    "no nonce": {"id_token": {"nonce": None}},
    "no subject": {"id_token": {"sub": None}},
    "unsigned": {"id_token_alg": "none"},
    "signed with the client's secret": {"id_token_alg": "HS256"},
    "signed with another key": {"id_token_alg": "other-key"},
    "userinfo of somebody else": {"userinfo_claims": {"sub": "somebody-else"}},
    "userinfo for another client": {"userinfo_claims": {"aud": "another-client"}},
    "userinfo unsigned": {"userinfo_unsigned": True},
    "token: 500": {"token": "500"},
    "token: garbage": {"token": "garbage"},
    "token: never": {"token": "hang"},
    "keys: 500": {"jwks": "500"},
    "keys: garbage": {"jwks": "garbage"},
    "keys: never": {"jwks": "hang"},
    "userinfo: 500": {"userinfo": "500"},
    "userinfo: never": {"userinfo": "hang"},
}


@pytest.mark.parametrize("fault", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_answer_is_refused_with_a_page_and_a_log(visitor, economie, helene, faults, fault):
    back = visitor.choose(visitor.start(), **helene)
    faults(**fault)
    answer = visitor.come_back(back)
    assert answer.status_code == 403
    assert 'href="/oidc/authenticate/"' in answer.content.decode()  # the way to try again
    assert len(events(PLATFORM, "sign_in_refused")) == 1
    assert members(economie) == []
    assert visitor.client.get("/reunions/planifier/").status_code == 302


@pytest.mark.parametrize("fault", ["500", "garbage", "hang"])
def test_a_provider_that_cannot_be_discovered_is_said_so(visitor, economie, faults, fault):
    faults(discovery=fault)
    answer = visitor.client.get("/oidc/authenticate/")
    assert answer.status_code == 403
    assert "ProConnect ne répond pas" in answer.content.decode()


def test_a_provider_that_is_away_is_said_so(visitor, economie, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:9/api/v2"
    provider.forget()
    assert visitor.client.get("/oidc/authenticate/").status_code == 403


def test_another_state_or_a_second_use_is_refused(visitor, economie, helene):
    back = visitor.choose(visitor.start(), **helene)
    stranger = type(visitor)()
    assert stranger.come_back(back).status_code == 400
    assert visitor.come_back(back).status_code == 302
    assert visitor.come_back(back).status_code == 400
    assert visitor.client.get("/oidc/callback/").status_code == 400


def test_an_error_with_an_unknown_state_signs_nobody_out(visitor, economie, helene):
    visitor.sign_in(**helene)
    assert visitor.client.get("/oidc/callback/?error=access_denied&state=x").status_code == 400
    assert visitor.client.get("/reunions/planifier/").status_code == 200


def test_who_gives_up_is_told_that_nothing_happened(visitor, economie):
    answer = visitor.sign_in(cancel="1")
    assert answer.status_code == 403
    assert "interrompu" in answer.content.decode()


# --- Second factor ---------------------------------------------------------------------------
def test_a_second_factor_is_asked_for_and_checked(visitor, economie, helene, faults):
    claims = json.loads(parse_qs(urlsplit(visitor.start("?mfa=1")).query)["claims"][0])
    assert claims["id_token"]["acr"]["essential"] is True
    assert "eidas1-mfa" in claims["id_token"]["acr"]["values"]
    back = visitor.choose(visitor.start("?mfa=1"), **helene | {"acr": "eidas1-mfa"})
    faults(id_token={"acr": "eidas1"})
    answer = visitor.come_back(back)
    assert answer.status_code == 403
    assert "double authentification" in answer.content.decode()


def test_a_level_that_the_provider_cannot_give_is_refused(visitor, economie, helene):
    answer = visitor.sign_in(query="?mfa=1", **helene)
    assert answer.status_code == 403
    assert "double authentification" in answer.content.decode()


def test_with_a_second_factor_the_session_knows_it(visitor, economie, helene):
    visitor.sign_in(query="?mfa=1", **helene | {"acr": "eidas1-mfa"})
    assert visitor.client.session["acr"] == "eidas1-mfa"


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_administers_or_audits_does_not_get_in_with_one_factor(visitor, economie, helene, role):
    with tenant_scope(economie.id):
        PromisedRole.objects.create(email=helene["email"], roles=[role])
    answer = visitor.sign_in(query="?next=/reunions/planifier/", **helene)
    assert answer.url.startswith("/oidc/authenticate/?mfa=1&next=")
    assert visitor.client.get("/reunions/planifier/").status_code == 302
    assert members(economie) == []  # nothing is half done
    back = visitor.choose(visitor.client.get(answer.url).url, **helene | {"acr": "eidas1-mfa"})
    assert visitor.come_back(back).url == "/reunions/planifier/"
    assert visitor.client.get("/reunions/planifier/").status_code == 200


def test_a_name_is_never_markup(visitor, economie, helene):
    visitor.sign_in(**helene | {"given_name": "<script>alert(1)</script>"})
    page = visitor.client.get("/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


# --- Silent sign-in, sign-out ----------------------------------------------------------------
def test_a_link_signs_in_silently_where_a_session_is_open(visitor, economie, helene):
    visitor.sign_in(**helene)
    visitor.client.cookies.clear()  # Visio has forgotten; the provider has not
    answer = visitor.client.get("/reunions/planifier/")
    assert "silent=1" in answer.url
    address = visitor.client.get(answer.url).url
    assert parse_qs(urlsplit(address).query)["prompt"] == ["none"]
    assert visitor.come_back(visitor.choose(address)).url == "/reunions/planifier/"


def test_without_a_session_a_page_asks_and_nothing_loops(visitor, economie):
    answer = visitor.client.get("/reunions/planifier/")
    answer = visitor.come_back(visitor.choose(visitor.client.get(answer.url).url))
    assert answer.url == "/reunions/planifier/"
    answer = visitor.client.get("/reunions/planifier/")
    assert answer.status_code == 401
    assert "ProConnect" in answer.content.decode()


def test_signing_out_ends_both_sessions(visitor, economie, helene):
    visitor.sign_in(**helene)
    assert visitor.client.get("/oidc/logout/").status_code == 405
    answer = visitor.client.post("/oidc/logout/")
    query = parse_qs(urlsplit(answer.url).query)
    assert answer.url.startswith(f"{settings.OIDC_ISSUER}/session/end")
    assert query["post_logout_redirect_uri"] == [f"{settings.PUBLIC_URL}/oidc/logout-callback/"]
    assert {"id_token_hint", "state"} <= set(query)
    assert visitor.client.get("/reunions/planifier/").status_code == 302
    assert visitor.client.get(f"/oidc/logout-callback/?state={query['state'][0]}").url == (
        "/deconnecte/"
    )
    assert len(events(economie.id, "sign_out")) == 1


def test_each_sign_in_makes_a_new_session(visitor, economie, helene):
    visitor.start()
    before = visitor.client.session.session_key
    visitor.sign_in(**helene)
    assert visitor.client.session.session_key != before


def test_no_token_reaches_the_log(visitor, economie, helene, faults, logged):
    back = visitor.choose(visitor.start(), **helene)
    faults(userinfo="500")
    visitor.come_back(back)
    assert "proconnect_unavailable" in logged()
    for secret in ("eyJ", "helene", "code="):
        assert secret not in logged()


def test_what_should_never_be_logged_is_cut_out(logged):
    import logging

    logging.getLogger("any").error(
        "GET /rtc?access_token=abc by %s: password=%s %s",
        "helene.hote@economie.test", "hunter2", "eyJhbGciOi.eyJzdWIi.c2ln",
    )  # fmt: skip
    for secret in ("abc", "helene", "hunter2", "eyJ"):
        assert secret not in logged()
