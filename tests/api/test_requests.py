"""Versions, doubled requests, limits, and what is sent in bad faith or by mistake."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from isolation.scope import tenant_scope
from meetings.models import Meeting
from tenants.api import throttles
from tenants.api.idempotency import forget_old_answers
from tenants.models import IdempotentAnswer
from tests.api.asking import ALL, body, cancel, patch, post
from tests.api.conftest import bearer

pytestmark = pytest.mark.django_db


# --- Versions ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/api/v1/me", ALL, ALL + "/SLUG", ALL + "/SLUG/attendance"])
def test_what_has_not_changed_is_not_sent_again(signed_in, host, planned, path):
    client, meeting = signed_in(host), planned(host)
    path = path.replace("SLUG", meeting.slug)
    first = client.get(path)
    tag = first["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, headers={"if-none-match": known})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    assert "private" in first["Cache-Control"]


def test_who_has_not_seen_how_it_stands_changes_nothing(signed_in, host, planned):
    client, meeting = signed_in(host), planned(host)
    url = f"{ALL}/{meeting.slug}"
    old = client.get(url)["ETag"]
    for act in (lambda tag: patch(client, meeting.slug, {"title": "x"}, if_match=tag),
                lambda tag: cancel(client, meeting.slug, if_match=tag)):  # fmt: skip
        assert act("").status_code == 428
        assert act('"other"').status_code == 412
        assert act(f"W/{old}").status_code == 412
    assert patch(client, meeting.slug, {"title": "Premier"}, if_match=old).status_code == 200
    late = patch(client, meeting.slug, {"title": "Second"}, if_match=old)
    assert (late.status_code, late["ETag"]) == (412, client.get(url)["ETag"])
    assert client.get(url).json()["title"] == "Premier"


def test_what_was_made_or_changed_reads_as_it_was_answered(signed_in, host):
    """In whatever offset the moments were told, the version is the same."""
    client = signed_in(host)
    told = {"starts_at": "2998-12-01T14:00:00+01:00", "ends_at": "2998-12-01T15:00:00+01:00"}
    made = post(client, body(**told))
    url = made["Location"]
    read = client.get(url)
    assert (read.content, read["ETag"]) == (made.content, made["ETag"])
    told["ends_at"] = "2998-12-02T00:00:00.5+09:30"
    changed = patch(client, made.json()["slug"], told, if_match=made["ETag"])
    assert changed.status_code == 200
    assert client.get(url)["ETag"] == changed["ETag"]


def test_another_invitee_is_another_version(signed_in, host, planned, invitee):
    client, meeting = signed_in(host), planned(host)
    tag = client.get(f"{ALL}/{meeting.slug}")["ETag"]
    patch(client, meeting.slug, {"invitees": [invitee.email]})
    assert patch(client, meeting.slug, {"title": "x"}, if_match=tag).status_code == 412


# --- Doubled requests ------------------------------------------------------------------------------------
def count(tenant) -> int:
    with tenant_scope(tenant.id):
        return Meeting.objects.count()


def test_the_same_key_is_answered_alike_and_done_once(signed_in, host, economie):
    client, content = signed_in(host), body()
    first, second = (post(client, content, idempotency_key="k-1") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    for header in ("Location", "ETag"):
        assert first[header] == second[header]
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert count(economie) == 1


def test_the_same_key_for_something_else_is_refused(signed_in, host, economie):
    client = signed_in(host)
    post(client, body(), idempotency_key="k-1")
    answer = post(client, body(title="Autre"), idempotency_key="k-1")
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:visio:problem:key-reused"
    assert count(economie) == 1


def test_a_key_belongs_to_who_chose_it(signed_in, host, colleague, service, economie):
    content = body()
    for client in (signed_in(host), signed_in(colleague)):
        assert post(client, content, idempotency_key="k-1").status_code == 201
    assert post(service, body(host=host.email), idempotency_key="k-1").status_code == 201
    assert count(economie) == 3


def test_a_refused_request_leaves_no_key(signed_in, host, economie):
    client = signed_in(host)
    assert post(client, body(title=" "), idempotency_key="k-1").status_code == 422
    assert post(client, body(), idempotency_key="k-1").status_code == 201
    assert count(economie) == 1


def test_a_key_is_forgotten_after_a_day(signed_in, host, economie):
    client, content = signed_in(host), body()
    post(client, content, idempotency_key="k-1")
    with tenant_scope(economie.id):
        IdempotentAnswer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    post(client, content, idempotency_key="k-1")
    assert count(economie) == 2
    assert forget_old_answers(now=timezone.now()) == 0
    assert forget_old_answers(now=timezone.now() + timedelta(hours=25)) == 1


@pytest.mark.parametrize("key", ["a b", "é", "x" * 256, "a\tb"])
def test_a_key_is_visible_and_short(signed_in, host, key):
    answer = post(signed_in(host), body(), idempotency_key=key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_of_two_at_once_one_acts_and_both_are_answered_alike(host, economie, new_token):
    text, content = new_token(economie), json.dumps(body(host=host.email))
    together, answers = threading.Barrier(4), []

    def ask():
        together.wait()
        answers.append(post(bearer(text), content, idempotency_key="k-1"))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 3
    assert count(economie) == 1


# --- Limits ------------------------------------------------------------------------------------------------
def test_whoever_asks_too_often_is_told_when_to_come_back(service, signed_in, host, monkeypatch):
    monkeypatch.setattr(throttles.Pace, "allow_request", lambda *about: False)
    for client in (service, signed_in(host)):
        answer = client.get(ALL)
        assert answer.status_code == 429
        assert answer.json()["retry_after"] == int(answer["Retry-After"]) > 0


def test_each_caller_is_counted_alone(service, signed_in, host, monkeypatch):
    from meetings import api_meetings

    monkeypatch.setattr(api_meetings.read_pace, "most", 3)
    statuses = [service.get(ALL).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert signed_in(host).get(ALL).status_code == 200


# --- What is sent ------------------------------------------------------------------------------------------
def send(client, content, content_type="application/json", url=ALL):
    return client.generic("POST", url, content, content_type)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"null", 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b"NaN", 400),
        (b'{"title": NaN}', 400),
        (b'{"title": Infinity}', 400),
        (b'{"title": "a", "title": "b"}', 400),
        (b'{"x": {"y": 1, "y": 2}}', 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400),
        (b'{"title": ' + b"[" * 20 + b"]" * 20 + b"}", 400),
        (b"\xff\xfe{}", 400),
        (b"\x00", 400),
        (b'{"title": "\\ud800"}', 422),
        (b'{"\\ud800": 1}', 422),
        (b'{"title": ' + b"9" * 5000 + b"}", 400),
        (b'{"title": "' + b"x" * 900_000 + b'"}', 422),
        (b'{"title": "' + b"x" * 1_100_000 + b'"}', 413),
        (b"%PDF-1.7", 400),
    ],
)
def test_what_is_no_meeting(signed_in, host, economie, content, status):
    answer = send(signed_in(host), content)
    assert answer.status_code == status, answer.content[:500]
    assert answer["Content-Type"] == "application/problem+json"
    assert len(answer.content) < 5000
    assert count(economie) == 0


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
        "",
    ],
)
def test_only_json_is_read(signed_in, host, media_type):
    answer = send(signed_in(host), json.dumps(body()), media_type)
    assert answer.status_code == 415
    assert answer["Content-Type"] == "application/problem+json"


def test_ids_and_slugs_that_are_none(service):
    for slug in ("x", "%00", "..%2f..%2fetc", "bcdf-ghjk-mnpq-rstv'--", "é" * 50, "1" * 5000):
        for path in (f"{ALL}/{slug}", f"{ALL}/{slug}/attendance"):
            answer = service.get(path)
            assert answer.status_code == 404
            assert answer["Content-Type"] == "application/problem+json"


def test_addresses_and_methods_that_do_not_exist(service):
    for path in ("/api/v1/", "/api/v1/meeting", "/api/v1/me/", "/api/v1/meetings/a/b/c"):
        answer = service.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["type"] == "urn:visio:problem:no-such-address"
    answer = service.put(ALL)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")
    assert answer.json()["type"] == "urn:visio:problem:method"


def test_a_failure_is_a_problem_document_without_its_cause(signed_in, host, monkeypatch):
    from django.db import OperationalError

    from meetings import listing

    client = signed_in(host)
    client.raise_request_exception = False
    for error, status in ((RuntimeError("secret"), 500), (OperationalError("secret"), 503)):

        def fail(*about, error=error):
            raise error

        monkeypatch.setattr(listing, "of_member", fail)
        answer = client.get(ALL)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert "secret" not in answer.content.decode()
        assert answer["X-Request-Id"]


# --- The document and its page -------------------------------------------------------------------------------
def test_everybody_may_read_what_the_api_can_do(client):
    headers = {"host": "localhost"}
    document = client.get("/api/v1/openapi.json", headers=headers).json()
    page = client.get("/api/", headers=headers)
    text = page.content.decode()
    for method, path, operation in (
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ):
        assert operation["summary"]
        assert f'id="{operation["operationId"]}"' in text, (method, path)
    assert "http://" not in text.replace(document["servers"][0]["url"], "").replace(
        "http://www.w3.org", ""
    )
    assert "<script>" not in text


def test_the_document_is_valid_and_complete():
    """Every reference leads somewhere, every operation has an id, a summary and its problems."""
    import jsonschema_rs

    from visio.api import api

    document = json.loads(json.dumps(api.get_openapi_schema()))
    assert document["openapi"] == "3.1.0"
    ids = [o["operationId"] for methods in document["paths"].values() for o in methods.values()]
    assert len(ids) == len(set(ids)) == 25
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["security"]
            assert {"401", "403", "422", "429", "default"} <= set(operation["responses"])
            if body := operation.get("requestBody"):
                assert "example" in body["content"]["application/json"]
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.validator_for({**document, "$ref": f"#/components/schemas/{name}"})
        assert schema


def test_examples_are_what_the_document_says(service):
    import jsonschema_rs

    document = service.get("/api/v1/openapi.json").json()
    checked = 0
    for methods in document["paths"].values():
        for operation in methods.values():
            contents = [operation.get("requestBody", {})]
            contents += [r for r in operation["responses"].values() if "$ref" not in r]
            for content in contents:
                media = content.get("content", {}).get("application/json", {})
                if "example" in media:
                    about = {"components": document["components"]} | media["schema"]
                    jsonschema_rs.validator_for(about).validate(media["example"])
                    checked += 1
    assert checked > 15


def test_a_client_without_cookies_is_told_to_sign_in():
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    answer = send(client, json.dumps(body()))
    assert answer.status_code == 401
