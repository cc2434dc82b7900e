"""Personal rooms: one permanent link each, a meeting of its own for each time it is used."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from audit.models import Event
from isolation.scope import tenant_scope
from meetings.livekit import gateway
from meetings.livekit.rooms import room_name
from meetings.models import JoinLink, Meeting, MeetingState, Participant, PersonalRoom
from meetings.tasks import close_ended_meetings
from tenants import membership
from tenants.models import Member, Policy
from tests.room import apart
from tests.statements import statements

pytestmark = pytest.mark.django_db
PAGE = "/salle/"
UNKNOWN = "bcdf-ghjk-mnpq-rstv"


@pytest.fixture
def room(host, signed_in):
    """Hélène's room, used for the first time."""
    answer = signed_in(host).post(f"{PAGE}entrer/")
    assert answer.status_code == 302
    slug = answer.url.split("/")[2]
    yield SimpleNamespace(slug=slug, tenant_id=host.tenant_id)
    for meeting in meetings(host):
        gateway.delete_room(room_name(meeting.tenant_id, meeting.id))


@pytest.fixture
def guest():
    """Somebody from outside, at a browser."""
    return Client(headers={"host": "localhost"})


def meetings(host) -> list[Meeting]:
    with tenant_scope(host.tenant_id):
        return list(Meeting.objects.order_by("id"))


def events(host, *kinds) -> list[Event]:
    with tenant_scope(host.tenant_id):
        return list(Event.objects.filter(kind__in=kinds).order_by("at"))


def ministry(host, **rules) -> None:
    with tenant_scope(host.tenant_id):
        Policy.objects.update_or_create(defaults=rules)


def end(client, room) -> None:
    assert client.post(f"/api/v1/meetings/{room.slug}/end").status_code == 204


def come_back(client, room, stay: str):
    """As a browser does by itself, into the meeting in which it was."""
    body = {"device": "device-0001", "meeting": stay}
    return client.post(f"/api/v1/meetings/{room.slug}/join", body, content_type="application/json")


def state(answer) -> str:
    assert answer.status_code == 200, answer.content
    return answer.json()["state"]


# --- One link each ---------------------------------------------------------------------------------
def test_a_room_is_made_on_first_use_and_stays(signed_in, host, colleague, room):
    client = signed_in(host)
    assert client.post(f"{PAGE}entrer/").url == f"/r/{room.slug}/"
    client.post(f"{PAGE}creer/")
    other = signed_in(colleague).post(f"{PAGE}entrer/").url
    assert other != f"/r/{room.slug}/"
    assert len(events(host, "personal_room_created")) == 2
    assert meetings(host) == []  # a room that nobody entered is nobody's meeting


def test_the_agenda_shows_the_link_once_there_is_one(signed_in, host):
    client = signed_in(host)
    page = client.get("/").content.decode()
    assert "Ma salle personnelle" in page
    assert "Obtenir mon lien" in page
    client.post(f"{PAGE}creer/")
    page = client.get("/").content.decode()
    with tenant_scope(host.tenant_id):
        slug = PersonalRoom.objects.get().slug
    assert f"http://localhost/r/{slug}/" in page
    assert "Obtenir mon lien" not in page
    assert slug in client.get(PAGE).content.decode()


def test_who_may_not_organise_has_no_room(signed_in, host, colleague):
    ministry(host, who_may_organise="organisers")
    client = signed_in(colleague)
    assert "Ma salle personnelle" not in client.get("/").content.decode()
    for method, path in (("GET", ""), ("POST", "creer/"), ("POST", "entrer/")):
        assert client.generic(method, f"{PAGE}{path}").status_code == 403
    with tenant_scope(host.tenant_id):
        assert not PersonalRoom.objects.exists()


def test_acts_on_a_room_that_was_never_made_find_nothing(signed_in, host):
    client = signed_in(host)
    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, {"guest_access": "none"}).status_code == 404
    assert client.post(f"{PAGE}changer-de-lien/").status_code == 404


# --- Coming in ---------------------------------------------------------------------------------------
def test_its_owner_opens_it_and_hosts(signed_in, join, host, room):
    answer = join(signed_in(host), room)
    assert (state(answer), answer.json()["role"]) == ("joined", "host")
    assert answer.json()["room"]["title"] == "Salle personnelle – Hélène Hôte"
    [meeting] = meetings(host)
    assert (meeting.state, meeting.slug) == (MeetingState.LIVE, room.slug)
    kinds = [event.kind for event in events(host, "meeting_created", "meeting_started")]
    assert kinds == ["meeting_created", "meeting_started"]


def test_a_colleague_waits_until_it_opens_and_then_comes_in(
    signed_in, join, host, colleague, room, run_outbox
):
    visitor = signed_in(colleague)
    page = visitor.get(f"/r/{room.slug}/")
    assert page.status_code == 200
    assert "La salle n’est pas ouverte" in page.content.decode()
    assert state(join(visitor, room)) == "waiting"
    assert state(join(visitor, room)) == "waiting"
    [meeting] = meetings(host)
    assert meeting.state == MeetingState.SCHEDULED
    agenda = signed_in(host).get("/").content.decode()
    assert "Camille Collègue" in agenda  # who waits
    assert state(join(signed_in(host), room)) == "joined"
    run_outbox()
    assert state(join(visitor, room)) == "joined"
    assert len(meetings(host)) == 1
    [admitted] = events(host, "lobby_admitted")
    assert (admitted.actor_name, admitted.subject_name) == ("Hélène Hôte", "Camille Collègue")


def test_once_it_is_open_colleagues_come_in_at_once(signed_in, join, host, colleague, room):
    join(signed_in(host), room)
    visitor = signed_in(colleague)
    assert "La salle n’est pas ouverte" not in visitor.get(f"/r/{room.slug}/").content.decode()
    assert state(join(visitor, room)) == "joined"


def test_guests_and_other_ministries_wait_for_a_decision(
    signed_in, join, host, invitee, room, guest, run_outbox
):
    assert guest.get(f"/r/{room.slug}/").status_code == 302  # sign-in, without a word, first
    assert "Salle personnelle – Hélène Hôte" in guest_page(guest, room)
    inès = signed_in(invitee)
    assert state(join(guest, room, name="Gaël")) == "waiting"
    assert state(join(inès, room)) == "waiting"
    join(signed_in(host), room)
    run_outbox()
    assert state(join(guest, room, name="Gaël")) == "waiting"
    assert state(join(inès, room)) == "waiting"
    [meeting] = meetings(host)
    signed_in(host).post(f"/reunions/{meeting.id}/salle-d-attente/", {"admit_all": "1"})
    assert state(join(guest, room, name="Gaël")) == "joined"
    assert state(join(inès, room)) == "joined"


def guest_page(guest, room) -> str:
    session = guest.session
    session["silent_tried"] = True
    session.save()
    return guest.get(f"/r/{room.slug}/").content.decode()


def test_where_everybody_enters_directly_they_do_as_it_opens(
    signed_in, join, host, room, guest, run_outbox
):
    ministry(host, guests_always_wait=False)
    client = signed_in(host)
    assert (
        client.post(PAGE, {"guest_access": "name", "direct_entry": "everyone"}).status_code == 302
    )
    assert state(join(guest, room, name="Gaël")) == "waiting"
    join(client, room)
    run_outbox()
    assert state(join(guest, room, name="Gaël")) == "joined"


def test_where_everybody_is_decided_on_nobody_enters_with_the_owner(
    signed_in, join, host, colleague, room, run_outbox
):
    client = signed_in(host)
    client.post(PAGE, {"guest_access": "none", "direct_entry": "hosts"})
    assert state(join(signed_in(colleague), room)) == "waiting"
    join(client, room)
    run_outbox()
    assert state(join(signed_in(colleague), room)) == "waiting"


def test_to_whom_it_does_not_admit_the_link_is_like_any_unknown_one(
    signed_in, join, host, outsider, room, guest
):
    ministry(host, guest_access="none")
    client = signed_in(outsider)
    client.get("/")
    answers = []
    for slug in (room.slug, UNKNOWN):
        page = client.get(f"/r/{slug}/")
        asked = join(client, SimpleNamespace(slug=slug))
        answers.append((page.status_code, asked.status_code, asked.json()["title"]))
        assert guest.get(f"/r/{slug}/").status_code == 302
        assert join(guest, SimpleNamespace(slug=slug), name="Gaël").status_code == 401
    assert answers[0] == answers[1]
    assert answers[0][:2] == (404, 404)
    assert meetings(host) == []


@pytest.mark.django_db(transaction=True)
def test_a_closed_room_costs_who_may_not_come_in_as_much_as_an_unknown_link(
    signed_in, join, host, outsider, room
):
    ministry(host, guest_access="none")
    client, costs = signed_in(outsider), []
    for slug in (room.slug, UNKNOWN):
        with statements() as sent:
            client.get(f"/r/{slug}/")
            join(client, SimpleNamespace(slug=slug))
        costs.append(len(sent))
    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_joining_an_open_room_costs_no_more_than_any_meeting(
    signed_in, join, host, colleague, room
):
    join(signed_in(host), room)
    client = signed_in(colleague)
    with statements() as sent:
        assert state(join(client, room)) == "joined"
    assert len(sent) <= 8


def test_when_livekit_fails_the_same_meeting_opens_at_the_next_try(
    signed_in, join, host, room, livekit_answers, settings
):
    address = settings.LIVEKIT_API_URL
    livekit_answers(503)
    assert join(signed_in(host), room).status_code == 503
    settings.LIVEKIT_API_URL = address
    assert state(join(signed_in(host), room)) == "joined"
    assert len(meetings(host)) == 1


def test_opened_long_after_somebody_asked_it_is_todays_meeting(
    signed_in, join, host, colleague, room
):
    """Else beat would close it at once: its time would be over."""
    join(signed_in(colleague), room)
    long_ago = timezone.now() - timedelta(days=2)
    with tenant_scope(host.tenant_id):
        Meeting.objects.update(starts_at=long_ago, ends_at=long_ago + timedelta(hours=1))
    join(signed_in(host), room)
    close_ended_meetings()
    [meeting] = meetings(host)
    assert meeting.state == MeetingState.LIVE
    assert meeting.ends_at > timezone.now()


# --- One occasion after the other --------------------------------------------------------------------
def test_each_occasion_is_a_meeting_of_its_own_under_one_link(
    signed_in, join, host, colleague, room, run_outbox
):
    owner, visitor = signed_in(host), signed_in(colleague)
    join(owner, room)
    join(visitor, room)
    end(owner, room)
    run_outbox()
    assert "La salle n’est pas ouverte" in visitor.get(f"/r/{room.slug}/").content.decode()
    assert state(join(owner, room)) == "joined"
    first, second = meetings(host)
    assert (first.state, second.state) == (MeetingState.ENDED, MeetingState.LIVE)
    assert second.slug == room.slug != first.slug
    with tenant_scope(host.tenant_id):
        assert [p.name for p in Participant.objects.filter(meeting=second)] == ["Hélène Hôte"]
    # The past one keeps its page, its people, and a name of its own for other software.
    page = owner.get(f"/reunions/{first.id}/").content.decode()
    assert "Modifier" not in page
    assert owner.get(f"/reunions/{first.id}/presence/").status_code == 200
    assert owner.get(f"/api/v1/meetings/{first.slug}").json()["state"] == "ended"
    assert owner.get(f"/api/v1/meetings/{room.slug}").json()["state"] == "live"


def test_once_ended_nobody_is_in_again_before_the_owner(
    signed_in, join, host, colleague, room, run_outbox
):
    owner, visitor = signed_in(host), signed_in(colleague)
    join(owner, room)
    join(visitor, room)
    end(owner, room)
    assert state(join(visitor, room)) == "waiting"
    assert [m.state for m in meetings(host)] == [MeetingState.ENDED, MeetingState.SCHEDULED]
    join(owner, room)
    run_outbox()
    assert state(join(visitor, room)) == "joined"
    assert len(meetings(host)) == 2


def test_a_browser_that_comes_back_by_itself_opens_nothing(signed_in, join, host, colleague, room):
    """A network that was cut while the meeting was ended for all, on whatever device."""
    owner, visitor = signed_in(host), signed_in(colleague)
    stay = join(owner, room).json()["room"]["meeting"]
    assert state(come_back(owner, room, stay)) == "joined"
    assert join(visitor, room).json()["room"]["meeting"] == stay
    end(owner, room)
    for client in (owner, visitor):
        assert come_back(client, room, stay).status_code == 409
    assert len(meetings(host)) == 1
    join(owner, room)
    for client in (owner, visitor):
        assert come_back(client, room, stay).status_code == 409
    assert state(join(visitor, room)) == "joined"


def test_coming_back_by_an_unknown_link_tells_nothing(signed_in, join, host, outsider, room):
    ministry(host, guest_access="none")
    client = signed_in(outsider)
    for slug in (room.slug, UNKNOWN):
        answer = come_back(client, SimpleNamespace(slug=slug), str(host.id))
        assert answer.status_code == 409


def test_who_was_put_out_of_one_occasion_may_ask_at_the_next(
    signed_in, join, host, colleague, room
):
    owner, visitor = signed_in(host), signed_in(colleague)
    join(owner, room)
    person = join(visitor, room).json()["identity"].split(".")[0]
    url = f"/api/v1/meetings/{room.slug}/remove"
    assert owner.post(url, {"person": person}, content_type="application/json").status_code == 204
    assert join(visitor, room).status_code == 403
    end(owner, room)
    assert state(join(visitor, room)) == "waiting"


def test_an_occasion_is_neither_changed_nor_cancelled(signed_in, join, host, room):
    owner = signed_in(host)
    join(owner, room)
    [meeting] = meetings(host)
    owner.post(f"/reunions/{meeting.id}/annuler/")
    api = f"/api/v1/meetings/{room.slug}"
    version = {"if-match": owner.get(api).headers["etag"]}
    assert owner.delete(api, headers=version).status_code == 422
    body = {"title": "Autre"}
    changed = owner.patch(api, body, content_type="application/json", headers=version)
    assert changed.status_code == 422
    [meeting] = meetings(host)
    assert (meeting.state, meeting.title) == (MeetingState.LIVE, "Salle personnelle – Hélène Hôte")


def test_the_database_holds_one_open_meeting_a_room(signed_in, join, host, room):
    join(signed_in(host), room)
    [meeting] = meetings(host)
    with (
        pytest.raises(IntegrityError),
        tenant_scope(host.tenant_id),
        transaction.atomic(),
    ):
        meeting.pk = None
        Meeting.objects.create(
            host=host, title="x", starts_at=meeting.starts_at, ends_at=meeting.ends_at,
            personal_room_id=meeting.personal_room_id,
        )  # fmt: skip


# --- At the same time ----------------------------------------------------------------------------------
def at_once(*works) -> list:
    start = threading.Barrier(len(works))

    def run(work):
        start.wait()
        return apart(work)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.django_db(transaction=True)
def test_its_owner_on_several_devices_at_once_opens_one_meeting(signed_in, join, host, room):
    def open_on(number):
        client = signed_in(host)
        return lambda: join(client, room, device=f"device-000{number}")

    answers = at_once(*(open_on(number) for number in range(4)))
    assert [state(answer) for answer in answers] == ["joined"] * 4
    assert len(meetings(host)) == 1
    assert len(events(host, "meeting_created")) == len(events(host, "meeting_started")) == 1


@pytest.mark.django_db(transaction=True)
def test_a_room_that_is_made_twice_at_once_is_one(signed_in, host):
    def make():
        client = signed_in(host)
        return lambda: client.post(f"{PAGE}entrer/").url

    assert len(set(at_once(make(), make(), make()))) == 1
    with tenant_scope(host.tenant_id):
        assert PersonalRoom.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_end_it_at_once_end_one_meeting(signed_in, join, host, colleague, room):
    owner, co_host = signed_in(host), signed_in(colleague)
    join(owner, room)
    join(co_host, room)
    with tenant_scope(host.tenant_id):
        Participant.objects.filter(name="Camille Collègue").update(role="co_host")
    url = f"/api/v1/meetings/{room.slug}/end"
    answers = at_once(lambda: owner.post(url), lambda: co_host.post(url))
    assert [answer.status_code for answer in answers] == [204, 204]
    assert len(events(host, "meeting_ended")) == 1
    assert [m.state for m in meetings(host)] == [MeetingState.ENDED]


@pytest.mark.django_db(transaction=True)
def test_who_asks_while_the_link_changes_waits_for_nothing(signed_in, join, host, colleague, room):
    owner, visitor = signed_in(host), signed_in(colleague)
    join(visitor, room)
    answers = at_once(
        lambda: owner.post(f"{PAGE}changer-de-lien/"),
        lambda: join(visitor, room),
        lambda: join(visitor, room, device="device-0002"),
    )
    assert all(answer.status_code in (200, 302, 404, 409) for answer in answers)
    assert join(visitor, room).status_code == 404
    with tenant_scope(host.tenant_id):
        waiting = Participant.objects.filter(state="waiting", meeting__state="scheduled")
        assert not waiting.exists()


@pytest.mark.django_db(transaction=True)
def test_entering_and_renewing_a_room_that_was_used_never_block_each_other(
    signed_in, join, host, colleague, room
):
    owner, visitor = signed_in(host), signed_in(colleague)
    link = room
    for _ in range(3):
        join(owner, link)
        end(owner, link)
        answers = at_once(
            lambda: owner.post(f"{PAGE}changer-de-lien/"),
            lambda: owner.post(f"{PAGE}changer-de-lien/"),
            lambda: join(visitor, link),  # noqa: B023
            lambda: join(owner, link, device="device-0002"),  # noqa: B023
        )
        assert all(answer.status_code in (200, 302, 404, 409) for answer in answers)
        with tenant_scope(host.tenant_id):
            link = SimpleNamespace(slug=PersonalRoom.objects.get(owner=host).slug)
        assert state(join(owner, link)) == "joined"
        end(owner, link)
    assert JoinLink.objects.filter(tenant_id=host.tenant_id).count() == len(meetings(host))


# --- Another link ------------------------------------------------------------------------------------
def renewed(client, host, room) -> SimpleNamespace:
    assert client.post(f"{PAGE}changer-de-lien/").status_code == 302
    with tenant_scope(host.tenant_id):
        return SimpleNamespace(slug=PersonalRoom.objects.get(owner=host).slug)


def test_a_new_link_works_and_the_old_one_is_dead(signed_in, join, host, colleague, room):
    owner, visitor = signed_in(host), signed_in(colleague)
    join(owner, room)
    end(owner, room)
    new = renewed(owner, host, room)
    assert new.slug != room.slug
    for client in (owner, visitor):
        assert client.get(f"/r/{room.slug}/").status_code == 404
        assert join(client, room).status_code == 404
    assert state(join(visitor, new)) == "waiting"
    assert state(join(owner, new)) == "joined"
    [event] = events(host, "personal_room_renewed")
    assert event.actor_name == "Hélène Hôte"
    [past, _live] = meetings(host)
    assert owner.get(f"/reunions/{past.id}/").status_code == 200
    assert not JoinLink.objects.filter(slug=room.slug).exists()


def test_who_waits_at_the_old_link_waits_no_more(signed_in, join, host, colleague, room):
    owner, visitor = signed_in(host), signed_in(colleague)
    join(visitor, room)
    new = renewed(owner, host, room)
    assert join(visitor, room).status_code == 404
    assert "Camille Collègue" not in owner.get("/").content.decode()
    [asked] = meetings(host)
    assert asked.state == MeetingState.CANCELLED
    join(owner, new)
    with tenant_scope(host.tenant_id):
        assert [p.state for p in Participant.objects.filter(meeting=asked)] == ["gone"]


def test_while_people_meet_the_link_stays(signed_in, join, host, colleague, room):
    owner = signed_in(host)
    join(owner, room)
    assert renewed(owner, host, room).slug == room.slug
    assert "terminez-la avant" in owner.get(PAGE).content.decode()
    assert events(host, "personal_room_renewed") == []
    assert state(join(signed_in(colleague), room)) == "joined"


def test_nobody_else_renews_or_changes_it(signed_in, host, colleague, room):
    client = signed_in(colleague)
    client.post(f"{PAGE}creer/")
    client.post(f"{PAGE}changer-de-lien/")
    client.post(PAGE, {"guest_access": "none", "direct_entry": "hosts"})
    with tenant_scope(host.tenant_id):
        mine = PersonalRoom.objects.get(owner=host)
    assert (mine.slug, mine.direct_entry) == (room.slug, "ministry")


# --- Its owner ---------------------------------------------------------------------------------------
def membership_of(host, act) -> None:
    with tenant_scope(host.tenant_id):
        people = Member.objects.filter(id=host.id)
        getattr(membership, act)(people=people, by=host, now=timezone.now())


@pytest.mark.parametrize("asked_before", [False, True])
def test_the_link_of_who_has_left_leads_nowhere(
    signed_in, join, host, colleague, administrator, room, asked_before
):
    visitor = signed_in(colleague)
    if asked_before:
        join(visitor, room)
    membership_of(host, "deactivate")
    assert join(visitor, room).status_code == 404
    assert visitor.get(f"/r/{room.slug}/").status_code == 404
    membership_of(host, "reactivate")
    assert state(join(visitor, room)) == "waiting"


def test_who_may_organise_no_more_opens_it_no_more(signed_in, join, host, colleague, room):
    with tenant_scope(host.tenant_id):
        Member.objects.filter(id=host.id).update(roles=[])
    ministry(host, who_may_organise="organisers")
    assert join(signed_in(host), room).status_code == 404
    assert join(signed_in(colleague), room).status_code == 404


# --- Who comes in ------------------------------------------------------------------------------------
def test_who_comes_in_is_changed_at_once_and_written(signed_in, join, host, colleague, room):
    owner = signed_in(host)
    join(owner, room)
    answer = owner.post(PAGE, {"guest_access": "none", "direct_entry": "hosts"})
    assert (answer.status_code, answer.url) == (302, PAGE)
    [meeting] = meetings(host)
    assert (meeting.guest_access, meeting.direct_entry) == ("none", "hosts")
    assert state(join(signed_in(colleague), room)) == "waiting"
    [event] = events(host, "personal_room_changed")
    assert event.payload["after"] == {"guest_access": "none", "direct_entry": "hosts"}
    owner.post(PAGE, {"guest_access": "none", "direct_entry": "hosts"})
    assert len(events(host, "personal_room_changed")) == 1  # nothing changed


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"guest_access": "name", "direct_entry": "ministry"},  # more than the ministry allows
        {"guest_access": "none", "direct_entry": "everyone"},
        {"guest_access": "x", "direct_entry": "hosts"},
        {"guest_access": "none", "direct_entry": ["hosts", "x"]},
        {"guest_access": "none", "direct_entry": "invitees"},  # nobody is, in a room
    ],
)
def test_a_choice_that_is_not_offered_is_refused(signed_in, host, room, body):
    ministry(host, guest_access="none")
    answer = signed_in(host).post(PAGE, body)
    assert answer.status_code == 422
    assert "Rien n’a encore été enregistré" in answer.content.decode()
    with tenant_scope(host.tenant_id):
        assert PersonalRoom.objects.get().direct_entry == "ministry"


def test_a_stricter_ministry_binds_rooms_that_were_more_open(signed_in, join, host, room, guest):
    assert state(join(guest, room, name="Gaël")) == "waiting"
    ministry(host, guest_access="none")
    other = Client(headers={"host": "localhost"})
    assert join(other, room, name="Gaëlle").status_code == 401
