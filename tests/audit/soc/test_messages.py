"""Each entry is one valid frame with one OCSF event in it, whatever stands in the log."""

import json
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import leaves
from audit.kinds import Kind
from audit.leaves import StoredEvent
from audit.soc import ocsf, syslog
from audit.soc.ocsf import Entry
from tests.fakes.syslog import frames

TENANT = UUID("6f1f4f0e-0000-7000-8000-000000000001")
AT = datetime(2026, 11, 25, 14, 3, 5, 123456, tzinfo=UTC)
# RFC 5424: priority, version, time, host, application, process, message id, data, message.
MESSAGE = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z|-) ([!-~]{1,255}) ([!-~]{1,48}) "
    rb"([!-~]{1,128}) ([!-~]{1,32}) - ([ -~]*)"
)
# What OCSF 1.2.0 asks for of each class that we use, besides what all have.
NEEDED = {0: (), 3001: ("user",), 3002: ("user", "service"), 6003: ("actor", "api", "src_endpoint")}
ALL = ("class_uid", "category_uid", "activity_id", "type_uid", "time", "severity_id", "metadata")


def entry(**changes) -> Entry:
    event = StoredEvent(
        id=TENANT, tenant_id=TENANT, kind="sign_in", at=AT, actor_id="0190", actor_name="Hélène",
        on_behalf_of="", subject_id="", subject_name="", meeting_id=None, outcome="success",
        request_id="r1", origin="192.0.2.7", delivered_from=None, payload={}, salt=b"x" * 32,
    )._replace(**changes)  # fmt: skip
    return Entry(
        tenant=str(TENANT),
        place=7,
        leaf=leaves.read(leaves.leaf(event, sequenced_at=AT)),
        leaf_hash=bytes(32),
        personal=leaves.read(leaves.personal(event)),
    )


def read(each: Entry) -> dict:
    """The event in the one message of one frame."""
    [message] = frames(syslog.frame(each, hostname="visio.test"))
    match = MESSAGE.fullmatch(message)
    assert match, message[:300]
    assert int(match[1]) // 8 == 13
    event = json.loads(match[7])
    assert set(ALL) <= set(event)
    assert set(NEEDED[event["class_uid"]]) <= set(event)
    assert event["category_uid"] == event["class_uid"] // 1000
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert (event["metadata"]["tenant_uid"], event["metadata"]["sequence"]) == (str(TENANT), 7)
    assert event["metadata"]["version"] == ocsf.VERSION
    return event


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_is_an_event_of_ocsf(kind):
    for outcome in ("success", "refused", "failed"):
        for who in ({}, {"actor_id": "", "actor_name": "", "origin": None}, {"subject_id": "0191"}):
            event = read(entry(kind=kind, outcome=outcome, **who))
            assert event["metadata"]["event_code"] == kind
            assert event["status_id"] == (1 if outcome == "success" else 2)


def test_no_kind_is_mapped_that_there_is_not():
    assert set(ocsf.ACTIVITIES) <= set(Kind)


def test_a_sign_in_says_who_and_from_where():
    event = read(entry())
    assert (event["class_uid"], event["activity_id"]) == (3002, 1)
    assert event["user"] == {"uid": "0190", "name": "Hélène"}
    assert event["src_endpoint"] == {"ip": "192.0.2.7"}
    assert event["time"] == 1795615385123
    assert event["metadata"]["original_time"] == "2026-11-25T14:03:05.123456Z"


@pytest.mark.parametrize(
    "hostile",
    [
        "deux\nlignes\r\n<13>1 - - - - - - faux",
        "".join(map(chr, range(1, 32))) + "\x7f\x85",
        "\u202edroite à gauche\u2066\u2028\u2029\ufeff",
        '"}{"\\',
        "99999 <34>1",
        "=CMD()",
        "\U0001f600" * 50,
    ],
)
def test_hostile_text_stays_within_its_frame(hostile):
    event = read(
        entry(
            actor_name=hostile,
            subject_name=hostile,
            subject_id=hostile[:64],
            request_id=hostile[:32],
            payload={hostile: hostile},
        )
    )
    assert event["user"]["name"] == hostile
    assert event["unmapped"]["payload"] == {hostile: hostile}


@given(st.dictionaries(st.text(), st.text() | st.floats(allow_nan=False) | st.none()), st.text())
def test_any_text_stays_within_its_frame(payload, text):
    read(entry(payload=payload, actor_name=text, on_behalf_of=text))


def test_a_megabyte_is_left_out_and_said():
    each = entry(payload={"text": "x" * 1_000_000})
    assert len(syslog.frame(each, hostname="visio.test")) < syslog.LONGEST + 10
    event = read(each)
    assert event["unmapped"]["payload_left_out"] > 1_000_000
    assert event["user"]["name"] == "Hélène"
    assert "payload" not in event["unmapped"]


def test_what_was_erased_pruned_or_lost_keeps_its_place():
    erased = read(entry()._replace(personal=None))
    assert erased["unmapped"]["erased"]
    assert erased["user"] == {"uid": "0190"}
    pruned = read(entry()._replace(leaf=None, personal=None))
    assert (pruned["class_uid"], pruned["unmapped"]["pruned"]) == (0, True)
    lost = read(entry()._replace(personal=None, missing=True))
    assert (lost["unmapped"]["missing"], lost["severity_id"]) == (True, 4)


@pytest.mark.parametrize("leaf", [{}, {"at": "hier"}, [], "x", {"id": 1, "kind": None}])
def test_a_leaf_that_somebody_spoilt_holds_up_nothing(leaf):
    event = read(entry()._replace(leaf=leaf))
    assert (event["message"], event["severity_id"]) == ("unreadable", 4)


def test_a_hostname_that_is_none_is_written_as_one():
    [message] = frames(syslog.frame(entry(), hostname="é x\n"))
    assert MESSAGE.fullmatch(message)[3] == b"__x_"
    [message] = frames(syslog.frame(entry(), hostname=""))
    assert MESSAGE.fullmatch(message)[3] == b"-"
