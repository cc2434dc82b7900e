"""The log as a file: what fits, however much it is, in statements and memory that do not grow."""

import csv
import json
import tracemalloc
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.kinds import Kind
from audit.log import record
from audit.models import Event
from auditors import exports
from isolation.scope import NoTenantScope, current_tenant_id, tenant_scope
from tests.auditors.conftest import Somebody, at, search
from tests.auditors.test_pages import HOSTILE

pytestmark = pytest.mark.django_db


def csv_rows(answer) -> list[dict]:
    text = answer.getvalue().decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text[1:], newline=""), delimiter=";"))


def json_rows(answer) -> list[dict]:
    return [json.loads(line) for line in answer.getvalue().decode().split("\n") if line]


def add(tenant, count: int, payload=None) -> None:
    with tenant_scope(tenant.id):
        Event.objects.bulk_create(
            Event(
                kind=Kind.SIGN_OUT, actor_name=f"Personne {n}", at=at(n / 60), payload=payload or {}
            )
            for n in range(count)
        )


def test_csv_has_a_line_an_event_in_utc(reader, log):
    answer = reader.get("/audit/export.csv?kind=lobby_admitted")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = answer["Content-Disposition"].partition("filename=")[2]
    assert name.startswith('"journal-economie-20')
    copy, admission = csv_rows(answer)
    assert list(copy) == exports.HEADERS
    assert admission["Date (UTC)"] == "2026-09-02T12:02:00.000000Z"
    assert admission["Événement"] == "Entrée admise"
    assert admission["Type"] == "lobby_admitted"
    assert admission["Personne concernée"] == log.lea.audit_name
    assert admission["Réunion (identifiant)"] == str(log.committee.id)
    assert admission["Transmis par"] == ""
    assert copy["Transmis par"] == "Ministère de la Santé"


def test_csv_is_french_whoever_asks(reader, log):
    reader.cookies["__Host-visio-langue"] = "en"
    rows = csv_rows(reader.get("/audit/export.csv?kind=muted"))
    assert rows[0]["Événement"] == "Micro coupé par un organisateur"


def test_json_lines_keep_everything_under_its_own_name(reader, log):
    answer = reader.get("/audit/export.jsonl?outcome=refused")
    assert answer["Content-Type"] == "application/x-ndjson; charset=utf-8"
    [row] = json_rows(answer)
    assert row == {
        "id": str(log.refusal.id),
        "at": "2026-09-02T11:10:00.000000Z",
        "kind": "sign_in_refused",
        "actor_id": str(log.bo.id),
        "actor_name": "Bo Li",
        "on_behalf_of": "",
        "subject_id": "",
        "subject_name": "",
        "meeting_id": None,
        "outcome": "refused",
        "request_id": "",
        "origin": None,
        "delivered_from": None,
        "payload": {"reason": "member_left"},
    }


def test_a_search_for_a_person_is_exported_as_it_is_shown(reader, log):
    answer = search(reader, person="léa", kind=["muted", "lobby_admitted"])
    query = answer.redirect_chain[-1][0].partition("?")[2]
    rows = json_rows(reader.get(f"/audit/export.jsonl?{query}"))
    assert [row["id"] for row in rows] == [str(log.muting.id), str(log.admission.id)]
    assert [row["Type"] for row in csv_rows(reader.get(f"/audit/export.csv?{query}"))] == [
        "muted", "lobby_admitted",
    ]  # fmt: skip


def test_a_file_holds_what_stood_in_the_log_when_it_was_asked_for(reader, log):
    rows = json_rows(reader.get("/audit/export.jsonl"))
    assert "log_exported" not in {row["kind"] for row in rows}
    newest, *_others = json_rows(reader.get("/audit/export.jsonl"))
    assert newest["kind"] == "log_exported"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_cell(reader, economie, text):
    with tenant_scope(economie.id):
        rights = {text: text}
        record(Kind.ROOM_RIGHTS_CHANGED, actor=Somebody(text), at=at(0), rights=rights)
    [row] = csv_rows(reader.get("/audit/export.csv?kind=room_rights_changed"))
    assert row["Auteur"].removeprefix("'") == text
    for cell in row.values():
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    [row] = json_rows(reader.get("/audit/export.jsonl?kind=room_rights_changed"))
    assert row["actor_name"] == text
    assert row["payload"] == {"rights": {text: text}}


def test_every_character_leaves_as_it_is(reader, economie):
    """PostgreSQL writes the lines: also of what JSON and CSV must escape."""
    text = "".join(map(chr, [*range(1, 0x100), 0x2028, 0x202E, 0xFFFD, 0x1F600]))
    with tenant_scope(economie.id):
        record(Kind.CHAT_DELETED, actor=Somebody(text), at=at(0), message=text)
    [row] = json_rows(reader.get("/audit/export.jsonl?kind=chat_deleted"))
    assert (row["actor_name"], row["payload"]) == (text, {"message": text})
    [row] = csv_rows(reader.get("/audit/export.csv?kind=chat_deleted"))
    assert row["Auteur"] == text


def test_no_cell_is_a_formula_whatever_column_it_is_in(reader, economie):
    evil = "=1+1"
    with tenant_scope(economie.id):
        Event.objects.create(
            kind=evil, outcome=evil, actor_id=evil, actor_name=evil, on_behalf_of=evil,
            subject_id=evil, subject_name=evil, request_id=evil, payload=evil, at=at(0),
        )  # fmt: skip
    rows = csv_rows(reader.get("/audit/export.csv"))
    [row] = [row for row in rows if row["Événement"] == "'=1+1"]
    assert [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))] == []
    assert sum(cell == "'=1+1" for cell in row.values()) == 9


def test_an_event_is_one_line_for_every_program(reader, economie):
    odd = "a\u2028b\u2029c\u0085d\ne"
    with tenant_scope(economie.id):
        record(Kind.CHAT_DELETED, actor=Somebody(odd), at=at(0), message=odd)
    text = reader.get("/audit/export.jsonl?kind=chat_deleted").getvalue().decode()
    assert len(text.splitlines()) == 1
    assert json.loads(text)["payload"]["message"] == odd


@pytest.mark.parametrize("extension", ["csv", "jsonl"])
def test_thousands_of_events_take_no_more_statements_than_a_few(reader, economie, extension):
    counts = []
    for count in (10, 5000):
        add(economie, count)
        with CaptureQueriesContext(connection) as statements:
            answer = reader.get(f"/audit/export.{extension}?kind=sign_out")
            body = answer.getvalue()
        counts.append(len(statements))
    assert body.count(b"sign_out") == 5010
    assert counts[0] == counts[1]


def test_memory_does_not_grow_with_the_file(reader, economie):
    add(economie, 3000, payload={"detail": "x" * 5000})

    def most_memory(kind: str) -> int:
        answer = reader.get(f"/audit/export.jsonl?kind={kind}")
        tracemalloc.start()
        size = sum(len(piece) for piece in answer.streaming_content)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert size > 15_000_000
        return most

    assert most_memory("sign_out") < 5_000_000


def test_the_stream_has_a_scope_of_its_own_and_closes_it(reader, economie, log):
    answer = reader.get("/audit/export.jsonl")
    with pytest.raises(NoTenantScope):
        current_tenant_id()
    pieces = iter(answer.streaming_content)
    next(pieces)
    answer._iterator.close()  # whoever downloads goes away
    with pytest.raises(NoTenantScope):
        current_tenant_id()
    # The connection is good for the next one.
    assert reader.get("/audit/").status_code == 200


def test_an_empty_file_is_a_file(reader, log):
    assert csv_rows(reader.get("/audit/export.csv?outcome=failed")) == []
    assert reader.get("/audit/export.jsonl?outcome=failed").getvalue() == b""
