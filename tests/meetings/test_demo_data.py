"""Demonstration data: as true as what people would have made, each ministry behind its wall."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, connections

from audit.kinds import Kind
from audit.models import Event
from audit.payloads import NOTHING, PAYLOADS
from isolation.models import TenantOwned
from isolation.scope import tenant_scope
from meetings.demo import loading
from meetings.livekit import gateway
from meetings.livekit.rooms import room_name
from meetings.models import AgendaEntry, Invitation, JoinLink, Meeting, Participant, Presence
from tenants.models import Member, Role, Tenant
from tests.factories import make_tenant

# Rows that the owner writes are seen by the application once they are committed.
pytestmark = pytest.mark.django_db(transaction=True)
SIZES = {"tenants": 4, "members": 60, "meetings": 160}
WRITTEN = [model for model in apps.get_models() if model._meta.db_table in loading.COLUMNS]
OWNED = [model for model in WRITTEN if issubclass(model, TenantOwned)]


def fill(**options) -> str:
    told = StringIO()
    call_command("demo_data", **(SIZES | options), stdout=told)
    return told.getvalue()


def as_owner(question: str, *values):
    with connections["owner"].cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchall() if cursor.description else None


def largest() -> Tenant:
    return Tenant.objects.get(short_name="demonstration-1")


def test_every_row_is_one_that_the_models_take():
    """PostgreSQL has checked its constraints; choices, lengths and addresses are Django's."""
    fill()
    for tenant in Tenant.objects.all():
        with tenant_scope(tenant.id):
            for model in OWNED:
                for row in model.objects.all():
                    fields = row._meta.concrete_fields
                    empty = {f.name for f in fields if f.value_from_object(row) in f.empty_values}
                    row.clean_fields(exclude=empty)
    assert len(OWNED) == 8
    assert as_owner("SELECT count(*) FROM meetings_meeting") == [(160,)]
    assert as_owner("SELECT count(*) FROM tenants_member") == [(60,)]


def test_each_ministry_sees_its_own_rows_and_nothing_else():
    fill()
    for model in OWNED:
        table, seen = model._meta.db_table, 0
        for tenant in Tenant.objects.all():
            with tenant_scope(tenant.id), connection.cursor() as cursor:
                cursor.execute(f"SELECT tenant_id FROM {table}")  # noqa: S608
                owners = [row[0] for row in cursor.fetchall()]
                assert set(owners) <= {tenant.id}
                seen += len(owners)
        assert as_owner(f"SELECT count(*) FROM {table}") == [(seen,)]  # noqa: S608
        assert seen, table


def test_what_crosses_ministries_was_delivered():
    """An entry in the agenda of a member of that ministry, its event, and copies of others'."""
    fill()
    copies = 0
    for tenant in Tenant.objects.all():
        with tenant_scope(tenant.id):
            entries = list(AgendaEntry.objects.all())
            members = set(Member.objects.values_list("email", flat=True))
            assert {entry.email for entry in entries} <= members
            told = Event.objects.filter(kind="invitation_delivered")
            assert told.count() == len(entries)
            copies += Event.objects.exclude(delivered_from=None).count()
        for entry in entries:
            link = JoinLink.objects.get(slug=entry.slug)
            assert link.meeting_id == entry.meeting_id
            assert link.tenant_id != tenant.id
            with tenant_scope(link.tenant_id):
                invited = Invitation.objects.get(meeting_id=entry.meeting_id, email=entry.email)
                assert invited.to_tenant_id == tenant.id
    assert copies


def test_a_past_meeting_tells_who_was_there_and_its_log_the_same(signed_in):
    fill()
    with tenant_scope(largest().id):
        meeting = (
            Meeting.objects.select_related("host")
            .filter(state="ended")
            .order_by("-starts_at")
            .first()
        )
        auditor = Member.objects.get(roles=[Role.AUDITOR])
        people = set(Participant.objects.filter(meeting=meeting).values_list("name", flat=True))
        presences = Presence.objects.filter(participant__meeting=meeting)
        assert presences.count() == len(people) >= 1
        assert all(meeting.starts_at <= p.joined_at < p.left_at for p in presences)
    reader = signed_in(auditor, acr="eidas2")
    reader.post("/audit/motif/", {"reason": "Essai"})
    story = reader.get(f"/audit/reunions/{meeting.id}/")
    page = story.content.decode()
    assert story.status_code == 200
    assert all(name.split()[0] in page for name in people)
    assert "Fin de la réunion" in page
    host = signed_in(meeting.host)
    attendance = host.get(f"/api/v1/meetings/{meeting.slug}/attendance").json()
    assert {person["name"] for person in attendance["people"]} == people


def test_its_events_tell_what_the_catalogue_says():
    fill()
    with tenant_scope(largest().id):
        for event in Event.objects.all():
            known = PAYLOADS.get(Kind(event.kind), NOTHING)
            assert known.required.keys() <= event.payload.keys()
            assert event.payload.keys() <= known.required.keys() | known.optional.keys()


def test_a_meeting_of_this_moment_is_listed_and_joined(signed_in):
    fill()
    with tenant_scope(largest().id):
        meeting = (
            Meeting.objects.select_related("host").filter(state="scheduled").earliest("starts_at")
        )
    host = signed_in(meeting.host)
    listed = host.get("/api/v1/meetings", {"limit": 100, "sort": "starts_at"}).json()["items"]
    assert meeting.slug in [line["slug"] for line in listed]
    try:
        answer = host.post(
            f"/api/v1/meetings/{meeting.slug}/join",
            {"device": "device-0001"},
            content_type="application/json",
        )
    finally:
        gateway.delete_room(room_name(meeting.tenant_id, meeting.id))
    assert answer.json()["state"] == "joined"


def test_a_second_run_changes_nothing_and_another_size_is_refused():
    fill()
    before = as_owner("SELECT xmin, id FROM meetings_meeting ORDER BY id")
    assert "rien n’est changé" in fill()
    with pytest.raises(CommandError, match="déjà là"):
        fill(tenants=5)
    assert as_owner("SELECT xmin, id FROM meetings_meeting ORDER BY id") == before


def test_the_same_seed_makes_the_same_and_another_another():
    now = datetime(2026, 11, 25, 10, tzinfo=UTC)

    def made(seed):
        loading.load(**SIZES, seed=seed, now=now, say=lambda what, count: None)
        rows = {
            # An event's salt is of PostgreSQL's own making, each time another.
            model: as_owner(
                "SELECT md5(array_agg(row ORDER BY row)::text)"  # noqa: S608
                f" FROM (SELECT to_jsonb(t) - 'salt' AS row FROM {table} t) AS rows"
            )
            for model in WRITTEN
            if (table := model._meta.db_table) != "tenants_tenantmapping"  # a sequence numbers it
        }
        as_owner(f"TRUNCATE {', '.join(loading.COLUMNS)}, audit_pending CASCADE")
        return rows

    first = made(1)
    assert made(1) == first
    assert made(2)[Meeting] != first[Meeting]


def test_walls_and_indexes_are_as_they_were():
    def standing():
        return (
            as_owner("SELECT tablename, policyname, qual FROM pg_policies ORDER BY 1, 2"),
            as_owner("SELECT relname, relrowsecurity FROM pg_class WHERE relkind = 'r' ORDER BY 1"),
            as_owner("SELECT indexname, indexdef FROM pg_indexes ORDER BY 1"),
        )

    before = standing()
    fill()
    assert standing() == before


@pytest.mark.parametrize("made_by", ["settings", "domain", "no domain"])
def test_an_installation_that_serves_people_is_never_touched(settings, made_by):
    if made_by == "settings":
        settings.DEVELOPMENT = False
    elif made_by == "domain":
        make_tenant("Ministère", domain="ministere.gouv.fr", siret="11000002300017")
    else:
        Tenant.objects.create(name="Ministère", short_name="ministere")
    with pytest.raises(CommandError):
        fill()
    assert not Tenant.objects.filter(short_name__startswith="demonstration").exists()


@pytest.mark.parametrize("sizes", [{"tenants": 0}, {"members": 3}, {"meetings": 99_999_999}])
def test_sizes_that_make_no_sense_are_refused(sizes):
    with pytest.raises(CommandError, match="entre"):
        fill(**sizes)
