"""All that the log says of one person: who it is, since when, how much of what, and each event."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.kinds import Kind, Outcome
from audit.log import record
from auditors import pages, people
from isolation.scope import tenant_scope
from meetings.models import Meeting, Participant
from tenants.models import MemberState, Role
from tests.auditors.conftest import UNASKED, WHY, Somebody, at, opens_the_log, search, shown
from tests.auditors.test_exports import csv_rows, json_rows
from tests.auditors.test_pages import HOSTILE, link_in
from tests.factories import make_member

pytestmark = pytest.mark.django_db

OF_LEA = ["muted", "participant_joined", "lobby_admitted", "lobby_knocked", "sign_in"]


def address(person) -> str:
    return f"/audit/personnes/{person.id}/"


def counted(answer) -> dict[str, int]:
    return {count.kind: count.number for count in answer.context["counts"].each}


def test_everything_somebody_did_and_what_was_done_to_them(reader, log):
    answer = reader.get(address(log.lea))
    assert answer.status_code == 200
    assert shown(answer) == OF_LEA
    assert counted(answer) == dict.fromkeys(OF_LEA, 1)
    page = answer.content.decode()
    assert "Léa D’Œuvre-Martin" in page
    assert "Comité budgétaire d’été" in page
    person = answer.context["person"]
    assert (person.first, person.last) == (log.sign_in, log.muting)


def test_what_was_done_on_somebodys_behalf_is_theirs_as_well(reader, economie, log):
    with tenant_scope(economie.id):
        record(Kind.MEETING_CANCELLED, actor=log.bo, on_behalf_of=str(log.lea.id), at=at(90))
    answer = reader.get(address(log.lea))
    assert shown(answer)[0] == "meeting_cancelled"
    assert answer.context["person"].last.at == at(90)


def test_every_name_in_the_log_leads_there(reader, log):
    link = f'href="{address(log.lea)}"'
    for page in ("/audit/", f"/audit/{log.muting.id}/", f"/audit/reunions/{log.committee.id}/"):
        assert link in reader.get(page).content.decode(), page
    # On the person's own page the others' names are links, and theirs is not.
    own = reader.get(address(log.lea)).content.decode()
    assert link not in own
    assert f'href="/audit/personnes/{log.committee.host_id}/"' in own


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind=muted", ["muted"]),
        ("kind=muted&kind=sign_in", ["muted", "sign_in"]),
        ("outcome=refused", []),
        ("since=2026-09-02T14:02&until=2026-09-02T14:03", ["participant_joined", "lobby_admitted"]),
        ("period=today", []),
    ],
)
def test_period_and_kinds_narrow_it(reader, log, query, kinds):
    answer = reader.get(f"{address(log.lea)}?{query}")
    assert answer.status_code == 200
    assert shown(answer) == kinds
    # The files have the same, and no name or id of a person stands in their address.
    export = answer.context["export_address"]
    assert str(log.lea.id) not in export
    assert reader.get(f"/audit/export.pdf?{export}").getvalue().startswith(b"%PDF-")
    rows = json_rows(reader.get(f"/audit/export.jsonl?{export}"))
    assert [row["kind"] for row in rows if row["kind"] not in UNASKED] == kinds
    rows = csv_rows(reader.get(f"/audit/export.csv?{export}"))
    assert [row["Type"] for row in rows if row["Type"] not in UNASKED] == kinds


def test_the_counts_are_those_of_the_period_and_each_leads_to_its_kind(reader, log):
    answer = reader.get(f"{address(log.lea)}?since=2026-09-02T14:02&kind=muted")
    assert shown(answer) == ["muted"]
    assert counted(answer) == {"muted": 1, "participant_joined": 1, "lobby_admitted": 1}
    link = re.search(r'href="(\?[^"]*kind=lobby_admitted)"', answer.content.decode())
    assert shown(reader.get(address(log.lea) + unescape(link[1]))) == ["lobby_admitted"]


def test_of_very_many_events_the_newest_are_counted(reader, log, monkeypatch):
    monkeypatch.setattr(people, "MOST_COUNTED", 2)
    answer = reader.get(address(log.lea))
    assert counted(answer) == {"muted": 1, "participant_joined": 1}
    assert "les 2 événements les plus récents" in answer.content.decode()
    assert shown(answer) == OF_LEA


def test_pages_are_turned_both_ways(reader, log, monkeypatch):
    monkeypatch.setattr(pages, "LENGTH", 2)
    first = reader.get(f"{address(log.lea)}?outcome=success")
    second = reader.get(address(log.lea) + link_in(first, "Plus anciens"))
    third = reader.get(address(log.lea) + link_in(second, "Plus anciens"))
    assert shown(first) + shown(second) + shown(third) == OF_LEA
    assert shown(reader.get(address(log.lea) + link_in(third, "Plus récents"))) == shown(second)
    answer = reader.get(f"{address(log.lea)}?older=nowhere")
    assert shown(answer) == OF_LEA[:1]  # and that she was looked at
    assert "n’existe pas" in answer.content.decode()


@pytest.mark.parametrize("query", ["kind=nope", "period=century", "since=hier", "outcome=x"])
def test_a_wrong_filter_shows_nothing(reader, log, events, query):
    answer = reader.get(f"{address(log.lea)}?{query}")
    assert answer.status_code == 422
    assert answer.context["lines"] == []
    assert events("log_read") == []


# --- Who it is ----------------------------------------------------------------------------------
def test_an_agent_is_known_with_their_roles_and_places(reader, economie, host, log):
    with tenant_scope(economie.id):
        place = Participant.objects.create(
            meeting=log.committee, name=host.full_name, user=host.user,
            from_tenant_id=economie.id, role="host", admitted_at=at(0),
        )  # fmt: skip
        record(Kind.JOIN_GRANTED, actor=place, subject=place, meeting_id=log.committee.id)
    answer = reader.get(address(host))
    # What they did in that place is theirs, here, in the files and in a search by their id.
    assert "join_granted" in shown(answer)
    rows = json_rows(reader.get(f"/audit/export.jsonl?{answer.context['export_address']}"))
    assert "join_granted" in {row["kind"] for row in rows}
    assert "join_granted" in shown(search(reader, person=str(host.id)))
    page = answer.content.decode()
    assert "Agent de votre ministère" in page
    assert "Organisateur" in page
    assert f'href="{address(place)}"' in page
    answer = reader.get(address(place))
    assert shown(answer) == ["join_granted"]
    page = answer.content.decode()
    assert "Participant de la réunion" in page
    assert f'href="{address(host)}"' in page
    with tenant_scope(economie.id):
        host.state = MemberState.LEFT
        host.save()
    assert "a quitté votre ministère" in reader.get(address(host)).content.decode()


def test_a_guest_is_known_by_their_meeting(reader, economie, log):
    with tenant_scope(economie.id):
        guest = Participant.objects.create(
            meeting=log.committee, name="Paul Durand", guest_key=uuid4(), proof="name",
            organisation="Ailleurs", role="guest", admitted_at=at(0),
        )  # fmt: skip
        record(Kind.LOBBY_ADMITTED, actor=guest, subject=guest, meeting_id=log.committee.id)
    page = reader.get(address(guest)).content.decode()
    assert "Paul Durand" in page
    assert "Ailleurs" in page
    assert "Comité budgétaire d’été" in page


def test_who_is_known_by_the_log_alone(reader, log):
    page = reader.get(address(log.bo)).content.decode()
    assert "Bo Li" in page
    assert "que par son journal" in page


def test_an_agent_without_a_name_in_the_log_is_found_by_what_was_done_to_them(
    reader, economie, colleague
):
    with tenant_scope(economie.id):
        record(Kind.MEMBERS_READ, subject_id=colleague.id, at=at(0))
    answer = reader.get(address(colleague))
    assert shown(answer) == ["members_read"]
    assert "Camille Collègue" in answer.content.decode()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_only_text(reader, economie, host, log, text):
    someone = Somebody(text)
    with tenant_scope(economie.id):
        record(Kind.CHAT_DELETED, actor=someone, subject=someone, at=at(1), message=text)
        Meeting.objects.update(title=text[:200])
        place = Participant.objects.create(
            meeting=log.team, name=text, user=host.user, organisation=text[:200],
            from_tenant_id=economie.id, role="host", admitted_at=at(0),
        )  # fmt: skip
        record(Kind.MUTED, actor=place, subject=place, meeting_id=log.team.id, at=at(1))
    for person in (someone, place, host):
        answer = reader.get(address(person))
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert not set("\u202e\u2066\u2069") & set(page)


# --- Who may see it -----------------------------------------------------------------------------
def test_of_whom_this_log_knows_nothing_there_is_no_page(reader, sante, invitee, log, events):
    with tenant_scope(sante.id):
        record(Kind.SIGN_IN, actor=invitee, at=at(0))
    assert reader.get(address(invitee)).status_code == 404
    assert reader.get(f"/audit/personnes/{uuid4()}/").status_code == 404
    assert reader.get("/audit/personnes/camille/").status_code == 404
    assert events("log_read") == []
    # What was delivered about them is this log's own.
    with tenant_scope(reader_tenant(log)):
        record(Kind.INVITATION_DELIVERED, subject=invitee, at=at(1))
    assert shown(reader.get(address(invitee))) == ["invitation_delivered"]


def reader_tenant(log):
    return log.committee.tenant_id


def test_another_ministrys_auditor_finds_nobody(signed_in, sante, log, host):
    foreign = opens_the_log(signed_in, make_member(sante, "Axel", "Auditeur", roles=[Role.AUDITOR]))
    assert foreign.get(address(log.lea)).status_code == 404
    assert foreign.get(address(host)).status_code == 404


def test_nobody_else_and_nothing_without_a_reason(signed_in, host, auditor, log):
    assert signed_in(host, acr="eidas2").get(address(log.lea)).status_code == 403
    answer = signed_in(auditor, acr="eidas2").get(address(log.lea))
    assert answer.url.startswith("/audit/motif/?next=")


def test_following_somebody_is_a_reading_about_them(reader, log, events):
    for _ in range(2):
        reader.get(address(log.lea))
    [reading] = events("log_read")
    assert reading.subject_id == str(log.lea.id)
    assert reading.payload == WHY | {"filter": {"person": str(log.lea.id)}}
    reader.get(f"{address(log.lea)}?kind=muted")
    assert events("log_read")[-1].payload["filter"]["kind"] == ["muted"]


# --- What it costs, what is proven --------------------------------------------------------------
def test_the_number_of_statements_does_not_depend_on_how_much_there_is(reader, economie, host, log):
    busy = Somebody("Très Occupée")
    counts = []
    for more in (2, 120):
        with tenant_scope(economie.id):
            for n in range(more):
                record(
                    Kind.LOBBY_ADMITTED, actor=busy, subject=Somebody(f"Personne {n}"),
                    meeting_id=[log.committee.id, log.team.id, None][n % 3], at=at(n),
                    outcome=Outcome.REFUSED if n % 2 else Outcome.SUCCESS,
                )  # fmt: skip
        with CaptureQueriesContext(connection) as statements:
            answer = reader.get(f"{address(busy)}?since=2026-0{len(counts) + 1}-01")
        assert answer.status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_it_says_what_is_proven(reader, economie, log):
    from tests.audit.logbook import sequence

    sequence(economie, now=timezone.now() + timedelta(seconds=1))
    answer = reader.get(address(log.lea))
    assert "Prouvé, vérifié à" in answer.content.decode()
    assert answer.context["standing"].proven == len(OF_LEA)


def test_the_journal_finds_the_same_by_the_id(reader, log):
    assert shown(search(reader, person=str(log.lea.id))) == OF_LEA
