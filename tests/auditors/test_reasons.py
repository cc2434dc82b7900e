"""Why the log is read: said before anything of others is shown, and written beside each reading."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from auditors import reasons
from isolation.scope import tenant_scope
from meetings.models import Meeting, MeetingState
from tenants.models import Role
from tests.auditors.conftest import MFA, WHY, opens_the_log, search, state_reason
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(signed_in, auditor):
    """An auditor who has not said anything yet."""
    return signed_in(auditor, acr=MFA)


def showing_others(log) -> list[str]:
    return [
        "/audit/",
        "/audit/?outcome=refused&kind=muted",
        "/audit/export.csv",
        "/audit/export.jsonl?outcome=refused",
        f"/audit/{log.muting.id}/",
        f"/audit/reunions/{log.committee.id}/",
    ]


def test_nothing_of_others_is_shown_before_it_is_said(newcomer, log, events):
    for address in showing_others(log):
        answer = newcomer.get(address)
        assert answer.status_code == 302, address
        assert answer.url == f"/audit/motif/?next={quote(address, safe='')}"
        form = newcomer.get(answer.url)
        assert form.status_code == 200
        assert "Léa" not in form.content.decode()
    assert events("log_read") + events("log_exported") == []


def test_it_leads_on_to_where_one_wanted_to_go(newcomer, log):
    for address in showing_others(log):
        form = newcomer.get(newcomer.get(address).url)
        answer = state_reason(newcomer, next=form.context["next"])
        assert (answer.status_code, answer.url) == (302, address)
        assert newcomer.get(address).status_code == 200
        session = newcomer.session
        del session[reasons.KEY]
        session.save()


def test_what_was_typed_in_a_search_is_not_lost(newcomer, log):
    answer = search(newcomer, person="Léa", kind=["muted"])
    address = answer.context["next"]
    assert "Léa" not in address
    answer = newcomer.post("/audit/motif/", WHY | {"next": address}, follow=True)
    assert [line.event.kind for line in answer.context["lines"]] == ["muted"]
    assert answer.context["form"]["person"].value() == "Léa"


def test_a_certificate_is_asked_for_again_from_the_meetings_story(newcomer, log, events):
    answer = newcomer.post(f"/audit/reunions/{log.committee.id}/attestation.pdf")
    assert answer.status_code == 302
    story = f"/audit/reunions/{log.committee.id}/"
    assert answer.url == f"/audit/motif/?next={quote(story, safe='')}"
    assert events("attendance_certified") == []


def test_what_proves_the_log_shows_nobody_and_needs_no_reason(newcomer, log):
    page = newcomer.get("/audit/preuves/")
    assert page.status_code == 200
    assert "Motif de la consultation" not in page.content.decode()
    assert newcomer.get("/audit/preuves/cles.txt").status_code == 200
    assert newcomer.post("/audit/preuves/verifier/").status_code == 302


@pytest.mark.parametrize(
    "target",
    ["https://evil.test/", "//evil.test/", "/\\evil.test", "/administration/", "javascript:alert(1)",
     "/audit/\x00", "", "\u202e"],
)  # fmt: skip
def test_it_leads_nowhere_else(newcomer, target):
    answer = state_reason(newcomer, next=target)
    assert answer.url.startswith("/audit/")
    page = newcomer.get("/audit/motif/", {"next": target})
    assert page.context["next"].startswith("/audit/")


# --- What is said -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "said",
    [
        {"reason": ""}, {"reason": "   "}, {"reason": "ab"}, {"reason": "12345 !?"},
        {"reason": "x" * 201}, {"reason": "Contrôle\x00"}, {"reference": "r" * 101},
    ],
)  # fmt: skip
def test_a_reason_that_says_nothing_is_none(newcomer, events, said):
    answer = state_reason(newcomer, next="/audit/?outcome=refused", **said)
    assert answer.status_code == 422
    form = answer.context["form"]
    for name, value in (WHY | said).items():
        assert form[name].value() == value
    assert answer.context["next"] == "/audit/?outcome=refused"
    assert newcomer.get("/audit/").status_code == 302
    assert events("log_reason_stated") == []


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\u202eegatoba\u2069", "عقد رسمي",
     "=HYPERLINK(1)", "ligne\nsuivante", "監査のため"],
)  # fmt: skip
def test_hostile_text_is_only_text(newcomer, log, events, text):
    state_reason(newcomer, reason=text, reference=text)
    page = newcomer.get("/audit/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not set("\u202e\u2069") & set(page)
    [stated] = events("log_reason_stated")
    assert stated.payload == {"reason": " ".join(text.split()), "reference": " ".join(text.split())}
    assert newcomer.get(f"/audit/{stated.id}/").status_code == 200


# --- What is written ----------------------------------------------------------------------------
def test_stating_and_changing_it_stand_in_the_log(newcomer, auditor, events):
    state_reason(newcomer)
    form = newcomer.get("/audit/motif/")
    assert form.context["form"]["reason"].value() == WHY["reason"]
    state_reason(newcomer, reason="Réquisition du parquet", reference="")
    first, second = events("log_reason_stated")
    assert first.actor_id == str(auditor.id)
    assert first.payload == WHY
    assert second.payload == {"reason": "Réquisition du parquet", "before": WHY}


def test_each_reading_export_and_certificate_carries_it(reader, log, economie, events, monkeypatch):
    from auditors import certificates

    with tenant_scope(economie.id):
        Meeting.objects.filter(id=log.committee.id).update(state=MeetingState.ENDED)
    monkeypatch.setattr(certificates, "PATIENCE", 0)
    for address in showing_others(log):
        reader.get(address)
    reader.post(f"/audit/reunions/{log.committee.id}/attestation.pdf")
    carrying = events("log_read") + events("log_exported") + events("attendance_certified")
    assert len(carrying) >= 6
    for event in carrying:
        assert event.payload["reason"] == WHY["reason"]
        assert event.payload["reference"] == WHY["reference"]


def test_another_reason_is_another_reading(reader, log, events):
    reader.get("/audit/")
    state_reason(reader, reason="Une plainte")
    reader.get("/audit/")
    assert [event.payload["reason"] for event in events("log_read")] == [
        WHY["reason"],
        "Une plainte",
    ]


def test_it_stands_on_each_page_with_a_way_to_change_it(reader, log):
    pages = [address for address in showing_others(log) if "export" not in address]
    for address in [*pages, "/audit/preuves/"]:
        page = reader.get(address).content.decode()
        assert WHY["reason"] in page, address
        assert WHY["reference"] in page, address
        assert f"/audit/motif/?next={quote(address, safe='')}" in page, address


# --- How long, and whose ------------------------------------------------------------------------
def test_it_is_good_for_four_hours(reader, log, time_machine):
    start = timezone.now()
    time_machine.move_to(start + timedelta(hours=3, minutes=59))
    assert reader.get("/audit/").status_code == 200
    time_machine.move_to(start + timedelta(hours=4, seconds=1))
    assert reader.get("/audit/").status_code == 302
    assert reader.get("/audit/motif/").context["form"]["reason"].value() is None


def test_it_is_one_sessions_and_one_ministrys(reader, signed_in, auditor, sante, log):
    assert signed_in(auditor, acr=MFA).get("/audit/").status_code == 302
    # The same person works in another ministry from now on.
    make_member(sante, "Aude", "Auditrice", user=auditor.user, roles=[Role.AUDITOR])
    session = reader.session
    session["tenant_id"] = str(sante.id)
    session.save()
    assert reader.get("/audit/").status_code == 302
    assert reader.get("/audit/motif/").context["form"]["reason"].value() is None


def test_who_does_not_audit_states_nothing(signed_in, host, events):
    client = signed_in(host, acr=MFA)
    assert client.get("/audit/motif/").status_code == 403
    assert state_reason(client).status_code == 403
    assert events("log_reason_stated") == []


def test_another_auditor_reads_for_a_reason_of_their_own(signed_in, economie, log, events):
    other = make_member(economie, "Ada", "Auditrice", roles=[Role.AUDITOR])
    opens_the_log(signed_in, other).get("/audit/")
    [reading] = events("log_read")
    assert reading.actor_id == str(other.id)
