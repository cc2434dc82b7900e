"""The attendance report: who may read it, what it says of what is not certain, and its file."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.utils import timezone

from audit.models import Event
from isolation.scope import tenant_scope
from meetings import attendance_report, views_attendance
from meetings.attendance import Attendance, Interval
from meetings.attendance_report import csv_of, file_name, most_at_once, report_of
from meetings.models import Meeting
from meetings.scheduling import Plan, schedule_meeting
from tenants.spreadsheets import safe
from tests.factories import make_member

pytestmark = pytest.mark.django_db
START = datetime(2026, 9, 2, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def stay(start, end=None, before=None, doubt="") -> Interval:
    ends_before = at(before) if before is not None else None
    return Interval(at(start), at(end) if end is not None else None, ends_before, doubt)


def person(name, *stays, proof="agent", role="participant", sources=("webhook",), **details):
    return Attendance(
        name=name,
        organisation=details.pop("organisation", "Ministère de la Santé"),
        proof=proof,
        role=role,
        intervals=list(stays),
        is_present=any(one.ends_at is None for one in stays),
        sources=set(sources),
        **details,
    )


@pytest.fixture
def people():
    return [
        person("Hélène Hôte", stay(0, 60), role="host", sources=("webhook", "list")),
        person("Inès Invitée", stay(2, 20), stay(30, 45, 50, "departure")),
        person("Paul Durand", stay(5, 10, doubt="arrival"), proof="name", role="guest",
               organisation="", sources=("browser",)),
        person("Zoé Martin", stay(20, 40, doubt="unconfirmed"), proof="code", role="guest",
               organisation=""),
    ]  # fmt: skip


@pytest.fixture
def meeting(host):
    with tenant_scope(host.tenant_id):
        plan = Plan(
            "Comité budgétaire d’été", "", START, START + timedelta(hours=1), "Europe/Paris"
        )
        return schedule_meeting(plan=plan, by=host)


@pytest.fixture
def attended(meeting, people, monkeypatch):
    monkeypatch.setattr(views_attendance, "attendance_of", lambda meeting: people)
    return meeting


def events(tenant, kind) -> list[Event]:
    with tenant_scope(tenant.id):
        return list(Event.objects.filter(kind=kind))


def read(client, meeting, what="presence/"):
    return client.get(f"{meeting.get_absolute_url()}{what}")


# --- Who reads it ----------------------------------------------------------------------------
def test_the_host_reads_it_and_only_the_export_is_recorded(signed_in, host, economie, attended):
    client = signed_in(host)
    assert read(client, attended).status_code == 200
    assert events(economie, "attendance_read") == []
    assert read(client, attended, "presence.csv").status_code == 200
    [event] = events(economie, "attendance_exported")
    assert (event.actor_id, event.meeting_id) == (str(host.id), attended.id)
    assert event.payload["people"] == 4


def test_an_auditors_reading_and_export_are_recorded(signed_in, auditor, economie, attended):
    client = signed_in(auditor, acr="eidas2")
    for what in ("presence/", "presence.csv"):  # first one says why
        answer = read(client, attended, what)
        assert answer.url.startswith("/audit/motif/?next=")
    assert events(economie, "attendance_read") + events(economie, "attendance_exported") == []
    target = f"{attended.get_absolute_url()}presence/"
    stated = client.post("/audit/motif/", {"reason": "Contrôle", "next": target})
    assert stated.url == target
    page = read(client, attended).content.decode()
    assert "Inès Invitée" in page
    assert "inscrite au journal" in page
    [event] = events(economie, "attendance_read")
    assert (event.actor_id, event.meeting_id) == (str(auditor.id), attended.id)
    assert event.payload == {"reason": "Contrôle"}
    assert read(client, attended, "presence.csv").status_code == 200
    [event] = events(economie, "attendance_exported")
    assert event.payload == {"people": 4, "reason": "Contrôle"}


def test_an_auditor_sees_who_was_there_and_not_the_meeting(signed_in, auditor, attended):
    assert signed_in(auditor).get(attended.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("what", ["presence/", "presence.csv"])
def test_nobody_else_reads_it(
    signed_in, host, colleague, administrator, economie, sante, outsider, attended, what
):
    for member in (colleague, administrator, outsider):
        assert read(signed_in(member), attended, what).status_code == 404
    foreign_auditor = make_member(sante, "Axel", "Auditeur", roles=["auditor"])
    assert read(signed_in(foreign_auditor), attended, what).status_code == 404
    assert events(economie, "attendance_read") + events(economie, "attendance_exported") == []


def test_who_is_only_invited_does_not_read_it(signed_in, host, colleague, attended):
    from meetings.models import Invitation

    with tenant_scope(host.tenant_id):
        Invitation.objects.create(meeting=attended, email=colleague.email)
    client = signed_in(colleague)
    assert client.get(attended.get_absolute_url()).status_code == 200
    assert "presence/" not in client.get(attended.get_absolute_url()).content.decode()
    assert read(client, attended).status_code == 403
    assert read(client, attended, "presence.csv").status_code == 403


def test_it_is_kept_by_no_cache(signed_in, host, attended):
    for what in ("presence/", "presence.csv"):
        assert "no-store" in read(signed_in(host), attended, what)["Cache-Control"]


# --- What it says ----------------------------------------------------------------------------
def test_the_page_tells_each_stay_and_what_is_not_certain(signed_in, host, attended):
    page = read(signed_in(host), attended).content.decode()
    for words in (
        "Organisateur", "Ministère de la Santé", "Identité non vérifiée", "Adresse vérifiée",
        "départ entre 14:45 et 14:50", "arrivée indiquée par son seul navigateur",
        "présence indiquée par son seul navigateur", "Notifications du serveur, relevés du serveur",
        "Signaux du navigateur", "Télécharger (CSV)",
    ):  # fmt: skip
        assert words in page


def test_the_summary_counts_people_and_the_fullest_moment(people):
    with timezone.override("Europe/Paris"):
        report = report_of(people)
    assert (report.starts_at, report.ends_at) == (at(0), at(60))
    assert report.most_at_once == 3
    assert report.is_uncertain
    assert [line.organisation for line in report.lines][-1] == "Invité"
    assert sum(map(len, report.sources.values())) == 4


def test_while_somebody_is_there_it_has_no_end():
    report = report_of([person("A", stay(0, 5)), person("B", stay(1))])
    assert report.ends_at is None
    assert report.most_at_once == 2


def test_nobody_is_a_report_too(signed_in, host, meeting):
    report = report_of([])
    assert (report.lines, report.starts_at, report.most_at_once) == ([], None, 0)
    page = read(signed_in(host), meeting).content.decode()
    assert "Cette réunion n’a pas encore commencé" in page
    assert "Télécharger" not in page


def test_who_leaves_makes_room_for_who_comes():
    assert most_at_once([stay(0, 5), stay(5, 10)]) == 1
    assert most_at_once([stay(0, 5), stay(4, 10), stay(4)]) == 3


def test_every_doubt_has_words():
    for doubt in ("departure", "arrival", "unconfirmed"):
        assert attendance_report.doubt_in_words(stay(0, 5, doubt=doubt))
    assert attendance_report.doubt_in_words(stay(0, 5)) == ""
    assert "vers" in attendance_report.doubt_in_words(stay(0, 5, 5.2, "departure"))


# --- The file --------------------------------------------------------------------------------
def rows(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_the_file_has_a_line_per_stay_with_times_that_name_their_zone(meeting, people):
    header, *lines = rows(csv_of(meeting, people))
    assert header == attendance_report.HEADERS
    assert len(lines) == 5
    assert lines[0][4:8] == ["2026-09-02T14:00:00+02:00", "2026-09-02T15:00:00+02:00", "", "60"]
    assert lines[2][6] == "2026-09-02T14:50:00+02:00"
    assert lines[2][8] == "départ entre 14:45 et 14:50"
    assert lines[3][1:4] == ["Invité", "Identité non vérifiée", "Invité"]


def test_the_file_is_french_whoever_asks(signed_in, host, attended):
    client = signed_in(host)
    client.cookies["django_language"] = "en"
    answer = read(client, attended, "presence.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert rows(answer.content)[0] == attendance_report.HEADERS
    assert rows(answer.content)[1][3] == "Organisateur"


@pytest.mark.parametrize(
    "name",
    [
        '=HYPERLINK("http://x.test")', "+1+1", "-2+3", "@SUM(A1)", "\tx", "\r=1", "  =1+1",
        "Léa; =1+1\n=2+2",
    ],
)  # fmt: skip
def test_nothing_in_the_file_is_a_formula(meeting, name):
    lines = rows(csv_of(meeting, [person(name, stay(0, 5), organisation=name)]))
    assert len(lines) == 2
    for cell in lines[1]:
        assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert lines[1][0].removeprefix("'") == name


def test_ordinary_text_stays_as_it_is():
    for text in ("Anne-Marie", "2026-09-02T14:00:00+02:00", "", "l’été = chaud"):
        assert safe(text) == text


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Comité budgétaire d’été", "presence-comite-budgetaire-dete-2026-09-02.csv"),
        ("../../etc/passwd", "presence-etcpasswd-2026-09-02.csv"),
        ('a"; filename="b.exe', "presence-a-filenamebexe-2026-09-02.csv"),
        ("会議", "presence-2026-09-02.csv"),
        ("x" * 200, f"presence-{'x' * 60}-2026-09-02.csv"),
    ],
)
def test_the_files_name_is_plain(meeting, title, name):
    assert file_name(Meeting(title=title, starts_at=START, time_zone="Europe/Paris")) == name


def test_the_meetings_page_leads_its_host_to_the_report(
    signed_in, host, meeting, people, monkeypatch
):
    from meetings import views

    crowd = [person(f"Personne {n:02}", stay(n, 60)) for n in range(12)]
    monkeypatch.setattr(views, "attendance_of", lambda meeting: crowd)
    page = signed_in(host).get(meeting.get_absolute_url()).content.decode()
    assert "Personne 09" in page
    assert "Personne 10" not in page
    assert "et 2 autres personnes" in page
    assert f"{meeting.get_absolute_url()}presence/" in page
