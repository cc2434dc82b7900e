"""Tokens: made, shown once, kept as a hash; what opens nothing, and that each refusal is logged."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from audit.models import Event
from isolation.scope import PLATFORM, tenant_scope
from tenants.api_tokens.models import ApiToken
from tenants.api_tokens.services import TOKEN
from tenants.models import Tenant
from tests.api.conftest import bearer
from tests.factories import make_member

pytestmark = pytest.mark.django_db
ADDRESS = "/administration/jetons/"


def events(tenant_id, kind) -> list[Event]:
    with tenant_scope(tenant_id):
        return list(Event.objects.filter(kind=kind).order_by("at"))


def only_token(tenant) -> ApiToken:
    with tenant_scope(tenant.id):
        return ApiToken.objects.get()


# --- What a token opens ----------------------------------------------------------------------------
def test_a_service_is_told_who_it_is(service, economie):
    me = service.get("/api/v1/me").json()
    assert (me["kind"], me["name"], me["roles"]) == ("service", "Réservation", [])
    assert me["tenant"]["id"] == str(economie.id)
    assert "meetings:write" in me["scopes"]


@pytest.mark.parametrize(
    ("scope", "opens"),
    [
        ("meetings:read", {"/api/v1/meetings", "/api/v1/meetings/SLUG"}),
        ("attendance:read", {"/api/v1/meetings/SLUG/attendance"}),
        ("members:read", {"/api/v1/members"}),
        ("meetings:write", set()),
    ],
)
def test_each_scope_opens_its_own_things(economie, host, planned, new_token, scope, opens):
    meeting = planned(host)
    client = bearer(new_token(economie, scope))
    for path in (
        "/api/v1/meetings",
        "/api/v1/meetings/SLUG",
        "/api/v1/meetings/SLUG/attendance",
        "/api/v1/members",
    ):
        answer = client.get(path.replace("SLUG", meeting.slug))
        assert answer.status_code == (200 if path in opens else 403), path
        if path not in opens:
            assert answer.json()["type"] == "urn:visio:problem:scope-missing"
    reasons = {event.payload["reason"] for event in events(economie.id, "token_refused")}
    assert reasons == {"scope"}


def test_without_the_scope_nothing_is_written(economie, host, planned, new_token):
    meeting = planned(host)
    client = bearer(new_token(economie, "meetings:read", "attendance:read", "members:read"))
    url = f"/api/v1/meetings/{meeting.slug}"
    for answer in (
        client.post("/api/v1/meetings", {}, content_type="application/json"),
        client.patch(url, {"title": "x"}, "application/json", headers={"if-match": "*"}),
        client.delete(url, headers={"if-match": "*"}),
    ):
        assert answer.status_code in (403, 422)
    with tenant_scope(economie.id):
        meeting.refresh_from_db()
    assert (meeting.title, meeting.state) == ("Comité budgétaire", "scheduled")


def test_a_room_is_entered_by_people(service, host, planned):
    """Neither joined, nor ended, nor read."""
    meeting = planned(host)
    for act in ("join", "end", "chat", "mute", "barred"):
        method = service.get if act in ("barred",) else service.post
        answer = method(f"/api/v1/meetings/{meeting.slug}/{act}")
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:visio:problem:people-only"


# --- What opens nothing ------------------------------------------------------------------------------
def test_an_expired_token(economie, new_token):
    client = bearer(new_token(economie, days=1, now=timezone.now() - timedelta(days=2)))
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer.json()["reason"]) == (401, "expired")
    assert "invalid_token" in answer["WWW-Authenticate"]
    [event] = events(economie.id, "token_refused")
    assert (event.outcome, event.payload["reason"]) == ("refused", "expired")


def test_a_revoked_token_opens_nothing_from_the_next_request_on(economie, new_token):
    client = bearer(new_token(economie))
    assert client.get("/api/v1/me").status_code == 200
    call_command("api_token_revoke", tenant="economie", token_id=str(only_token(economie).id))
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer.json()["reason"]) == (401, "revoked")


def test_a_token_of_a_closed_ministry(economie, new_token):
    client = bearer(new_token(economie))
    Tenant.objects.filter(id=economie.id).update(is_active=False)
    assert client.get("/api/v1/me").json()["reason"] == "closed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "visio_",
        "visio_" + "0" * 32 + "_" + "0" * 32 + "_" + "A" * 43,
        "visio_" + "0" * 32 + "_" + "0" * 32 + "_" + "A" * 43 + "\x7f",
        "visio_" + "G" * 32 + "_" + "0" * 32 + "_" + "A" * 43,
        "../../etc/passwd",
        "x" * 20_000,
        "' OR 1=1 --",
        "é",
    ],
)
def test_what_is_no_token(economie, text):
    answer = bearer(text).get("/api/v1/me")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


def test_the_secret_and_every_other_part_count(economie, justice, new_token):
    """Of the right token with another secret, id or ministry nothing is left."""
    text = new_token(economie)
    _, tenant, token, secret = text.split("_", 3)
    wrong = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for parts in (
        (tenant, token, wrong),
        (tenant, uuid4().hex, secret),
        (justice.id.hex, token, secret),
        (uuid4().hex, token, secret),
    ):
        answer = bearer("visio_" + "_".join(parts)).get("/api/v1/me")
        assert (answer.status_code, answer.json()["reason"]) == (401, "unknown")
    assert len(events(economie.id, "token_refused")) == 1  # the id that exists there
    assert events(justice.id, "token_refused") == []
    assert len(events(PLATFORM, "token_refused")) == 3


def test_a_token_in_the_address_is_refused_and_noted(economie, new_token, signed_in, host):
    text = new_token(economie)
    for client in (bearer(text), signed_in(host)):
        for query in (f"?access_token={text}", f"?x={text}", "?access_token=other"):
            answer = client.get(f"/api/v1/me{query}")
            assert answer.status_code == 400
            assert answer.json()["type"] == "urn:visio:problem:token-in-query"
            assert text not in answer.content.decode()
    assert {e.payload["reason"] for e in events(economie.id, "token_refused")} == {"in_query"}


def test_who_tries_token_after_token_is_not_listened_to(economie):
    client = bearer("visio_nonsense")
    answers = [client.get("/api/v1/me").status_code for _ in range(35)]
    assert answers[:30] == [401] * 30
    assert set(answers[30:]) == {429}
    assert len(events(PLATFORM, "token_refused")) == 30
    assert int(client.get("/api/v1/me")["Retry-After"]) > 0


def test_where_a_token_is_shown_the_session_counts_for_nothing(signed_in, host):
    client = signed_in(host)
    assert client.get("/api/v1/me").status_code == 200
    answer = client.get("/api/v1/me", headers={"authorization": "Bearer visio_x"})
    assert answer.status_code == 401


def test_a_token_needs_no_form_token_and_a_session_does(economie, host, new_token):
    from django.conf import settings
    from django.test import Client

    from tests.cast import sign_in

    session = sign_in(host).cookies[settings.SESSION_COOKIE_NAME].value
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    answer = client.post("/api/v1/meetings", {}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:visio:problem:form-token"
    token = {"authorization": f"Bearer {new_token(economie)}"}
    answer = client.post("/api/v1/meetings", {}, content_type="application/json", headers=token)
    assert answer.status_code == 422


# --- What is kept ------------------------------------------------------------------------------------
def test_only_a_hash_is_kept_and_no_log_has_the_token(economie, new_token, logged):
    import structlog

    text = new_token(economie)
    bearer(text).get("/api/v1/me")
    structlog.get_logger("test").warning("seen", header=f"Bearer {text}", path=f"/x/{text}")
    secret = TOKEN.fullmatch(text)[3]
    assert secret not in logged()
    with connections["owner"].cursor() as cursor:
        for table in ("tenants_apitoken", "audit_event"):
            cursor.execute(f"SELECT {table}::text FROM {table}")  # noqa: S608
            assert secret not in str(cursor.fetchall())


def test_the_last_use_is_noted_by_the_hour(economie, new_token):
    client, now = bearer(new_token(economie)), timezone.now()
    noted = []
    for minutes in (0, 30, 61):
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            client.get("/api/v1/me")
        noted.append(only_token(economie).last_used_at)
    assert noted[0] == noted[1] == now
    assert noted[2] == now + timedelta(minutes=61)


def test_the_database_keeps_to_a_year(economie, new_token):
    new_token(economie)
    with (
        tenant_scope(economie.id),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=400))


def test_a_service_is_authenticated_in_one_statement_of_its_own(
    economie, new_token, django_assert_max_num_queries
):
    client = bearer(new_token(economie))
    client.get("/api/v1/me")
    # The scope and its reset, a savepoint, the token; and the ministry of /me.
    with django_assert_max_num_queries(6):
        client.get("/api/v1/me")


# --- The administrators' page ------------------------------------------------------------------------
@pytest.fixture
def page(signed_in, administrator):
    return signed_in(administrator, acr="eidas2")


FORM = {"name": "Réservation de salles", "scopes": ["meetings:read"], "days": "90"}


def test_an_administrator_makes_a_token_that_is_shown_once(page, economie, administrator):
    answer = page.post(ADDRESS, FORM)
    text = answer.context["text"]
    assert text in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert text not in page.get(ADDRESS).content.decode()
    assert bearer(text).get("/api/v1/meetings").status_code == 200
    [event] = events(economie.id, "token_created")
    assert event.actor_id == str(administrator.id)
    assert event.payload["scopes"] == ["meetings:read"]


def test_an_administrator_revokes_a_token(page, economie, administrator):
    text = page.post(ADDRESS, FORM).context["text"]
    url = f"{ADDRESS}{only_token(economie).id}/revoquer/"
    assert "Réservation de salles" in page.get(url).content.decode()
    assert page.post(url).status_code == 302
    assert page.post(url).status_code == 302  # twice changes nothing
    assert bearer(text).get("/api/v1/me").status_code == 401
    [event] = events(economie.id, "token_revoked")
    assert event.actor_id == str(administrator.id)
    assert "Révoqué" in page.get(ADDRESS).content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"days": "366"}, "days"),
        ({"days": "-1"}, "days"),
        ({"days": "∞"}, "days"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(page, economie, change, field):
    answer = page.post(ADDRESS, FORM | change)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    with tenant_scope(economie.id):
        assert not ApiToken.objects.exists()


def test_a_name_is_never_markup(page):
    page.post(ADDRESS, FORM | {"name": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.get(ADDRESS).content.decode()


def test_only_administrators_with_a_second_factor(
    signed_in, economie, administrator, host, auditor, new_token
):
    new_token(economie)
    url = f"{ADDRESS}{only_token(economie).id}/revoquer/"
    for client in (signed_in(host), signed_in(auditor, acr="eidas2")):
        for answer in (client.get(ADDRESS), client.post(ADDRESS, FORM), client.post(url)):
            assert answer.status_code == 403
    client = signed_in(administrator)
    for answer in (client.get(ADDRESS), client.post(ADDRESS, FORM), client.post(url)):
        assert answer.status_code == 302
        assert answer.url.startswith("/oidc/authenticate/?mfa=1")
    assert only_token(economie).revoked_at is None


def test_another_ministrys_administrator_sees_and_revokes_nothing(
    signed_in, economie, justice, new_token
):
    new_token(economie, name="Parapheur")
    stranger = make_member(justice, "Jules", "Juge", roles=["administrator"])
    client = signed_in(stranger, acr="eidas2")
    assert "Parapheur" not in client.get(ADDRESS).content.decode()
    url = f"{ADDRESS}{only_token(economie).id}/revoquer/"
    assert client.post(url).status_code == 404
    assert only_token(economie).revoked_at is None


# --- The commands --------------------------------------------------------------------------------------
def test_an_operator_makes_a_token(economie, capsys):
    call_command(
        "api_token_create", tenant="economie", name="Annuaire", scope=["members:read"], days=365
    )
    text = capsys.readouterr().out.strip()
    assert bearer(text).get("/api/v1/members").status_code == 200
    [event] = events(economie.id, "token_created")
    assert (event.actor_id, event.payload["by_operator"]) == ("", True)


@pytest.mark.parametrize(
    "change", [{"days": 366}, {"days": 0}, {"name": " "}, {"tenant": "nulle-part"}]
)
def test_what_an_operator_gets_wrong_is_said(economie, change):
    about = {"tenant": "economie", "name": "x", "scope": ["members:read"], "days": 30}
    with pytest.raises(CommandError):
        call_command("api_token_create", **(about | change))


def test_an_operator_cannot_revoke_another_ministrys_token(economie, justice, new_token):
    new_token(economie)
    with pytest.raises(CommandError):
        call_command("api_token_revoke", tenant="justice", token_id=str(only_token(economie).id))
