"""Who reads the log stands in the log: once a search, and each export."""

from datetime import timedelta

import pytest
from django.utils import timezone

from auditors import readings
from tests.auditors.conftest import WHY, opens_the_log, search

pytestmark = pytest.mark.django_db


def test_a_search_is_recorded_once_with_what_was_looked_for(reader, auditor, log, events):
    answer = search(reader, person="Léa", kind=["muted", "lobby_admitted"], outcome="success")
    [reading] = events("log_read")
    assert reading.actor_id == str(auditor.id)
    assert reading.payload == WHY | {
        "filter": {"person": "Léa", "kind": ["muted", "lobby_admitted"], "outcome": "success"}
    }
    address = answer.redirect_chain[-1][0]
    reader.get(address)
    reader.get(f"{address}&older=1-{'0' * 32}")
    reader.get(f"/audit/{log.muting.id}/")
    assert len(events("log_read")) == 1
    reader.get("/audit/?outcome=refused")
    assert [event.payload["filter"] for event in events("log_read")][1] == {"outcome": "refused"}


def test_who_begins_on_a_later_page_is_recorded_as_well(reader, log, events):
    reader.get(f"/audit/?older=1-{'0' * 32}")
    assert len(events("log_read")) == 1


def test_a_search_that_goes_on_for_long_is_another_reading(reader, log, events, time_machine):
    reader.get("/audit/")
    time_machine.move_to(timezone.now() + readings.LENGTH + timedelta(seconds=1))
    reader.get("/audit/")
    assert len(events("log_read")) == 2


def test_each_session_is_a_reading(signed_in, auditor, log, events):
    for _ in range(2):
        opens_the_log(signed_in, auditor).get("/audit/")
    assert len(events("log_read")) == 2


def test_a_story_is_a_reading_about_its_meeting(reader, log, events):
    for _ in range(2):
        reader.get(f"/audit/reunions/{log.committee.id}/")
    [reading] = events("log_read")
    assert reading.meeting_id == log.committee.id
    reader.get(f"/audit/?meeting={log.committee.id}")
    assert [event.meeting_id for event in events("log_read")] == [log.committee.id] * 2


def test_an_event_opened_by_an_address_alone_is_a_reading(reader, log, events):
    reader.get(f"/audit/{log.muting.id}/")
    [reading] = events("log_read")
    assert reading.payload["filter"] == {"event": str(log.muting.id)}


def test_a_wrong_filter_reads_nothing(reader, log, events):
    reader.get("/audit/?outcome=nope")
    reader.get("/audit/export.csv?outcome=nope")
    assert events("log_read") + events("log_exported") == []


@pytest.mark.parametrize("extension", ["csv", "jsonl"])
def test_each_export_is_recorded_before_it_leaves(reader, auditor, log, events, extension):
    reader.get(f"/audit/export.{extension}?outcome=refused")  # not even begun to be read
    [export] = events("log_exported")
    assert export.actor_id == str(auditor.id)
    assert export.payload == WHY | {"format": extension, "filter": {"outcome": "refused"}}
    reader.get(f"/audit/export.{extension}?outcome=refused")
    assert len(events("log_exported")) == 2
