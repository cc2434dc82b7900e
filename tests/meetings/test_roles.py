"""Roles and what each may do: the table, what narrows it, and what LiveKit is told of it at once."""

import json

import pytest
from django.utils import timezone

from isolation.models import Work
from isolation.scope import tenant_scope
from meetings.livekit import gateway
from meetings.livekit.grants import Standing, token_grant
from meetings.livekit.rooms import room_name
from meetings.models import Meeting, MeetingRole, Participant, ParticipantState, Proof
from meetings.policies import ROLES, Permission, rights_of
from meetings.standing import standing_of
from meetings.tasks import look_into_room
from tenants.models import Policy
from tests.room import Connection, Person, ask_livekit, present
from tests.waiting import until

pytestmark = pytest.mark.django_db

# What each role may do with a meeting: the page that an auditor reads.
#                      host   co_host presenter participant guest
TABLE = {
    "meeting:read":      ("yes", "no",  "no",  "no",  "no"),
    "meeting:change":    ("yes", "no",  "no",  "no",  "no"),
    "meeting:cancel":    ("yes", "no",  "no",  "no",  "no"),
    "meeting:end":       ("yes", "yes", "no",  "no",  "no"),
    "attendance:read":   ("yes", "yes", "no",  "no",  "no"),
    "room:admit":        ("yes", "yes", "no",  "no",  "no"),
    "room:moderate":     ("yes", "yes", "no",  "no",  "no"),
    "room:lock":         ("yes", "yes", "no",  "no",  "no"),
    "room:give_roles":   ("yes", "no",  "no",  "no",  "no"),
    "room:microphone":   ("yes", "yes", "yes", "yes", "yes"),
    "room:camera":       ("yes", "yes", "yes", "yes", "yes"),
    "room:share":        ("yes", "yes", "yes", "yes", "yes"),
    "room:chat":         ("yes", "yes", "yes", "yes", "yes"),
    "room:raise_hand":   ("yes", "yes", "yes", "yes", "yes"),
    "room:react":        ("yes", "yes", "yes", "yes", "yes"),
}  # fmt: skip
COLUMNS = ("host", "co_host", "presenter", "participant", "guest")
MEDIA = ["microphone", "camera", "screen_share", "screen_share_audio"]


def somebody(role: str, **details) -> Participant:
    details.setdefault("proof", Proof.NAME if role == "guest" else Proof.AGENT)
    return Participant(role=role, **details)


def rights(person: Participant, *, policy=None, **switches) -> set[str]:
    return set(rights_of(person, Meeting(**switches), policy or Policy()))


# --- The table, and what narrows it ---------------------------------------------------------------
def test_the_table_is_whole():
    """A new permission or role without a decision fails here."""
    assert set(TABLE) == set(Permission)
    assert set(COLUMNS) == set(MeetingRole) == set(ROLES)


@pytest.mark.parametrize("permission", TABLE)
def test_what_each_role_may_do(permission):
    for role, answer in zip(COLUMNS, TABLE[permission], strict=True):
        assert (permission in rights(somebody(role))) == (answer == "yes"), role


@pytest.mark.parametrize("word", ["microphone", "camera", "share", "chat"])
def test_a_switch_of_the_meeting_binds_participants_and_guests_alone(word):
    for role in COLUMNS:
        left = rights(somebody(role), **{f"allows_{word}": False})
        lost = {f"room:{word}"} if role in ("participant", "guest") else set()
        assert left == rights(somebody(role)) - lost, role


@pytest.mark.parametrize("word", ["microphone", "camera", "share", "chat"])
@pytest.mark.parametrize("role", COLUMNS)
def test_what_is_forbidden_to_a_person_binds_whatever_their_role(role, word):
    assert rights(somebody(role)) - rights(somebody(role, forbidden=[word])) == {f"room:{word}"}


def test_a_ministry_without_a_chat_has_none_for_anybody():
    for role in COLUMNS:
        assert "room:chat" not in rights(somebody(role), policy=Policy(chat_allowed=False))


@pytest.mark.parametrize("proof", Proof)
@pytest.mark.parametrize("role", ["presenter", "participant", "guest"])
def test_sharing_is_withheld_from_people_from_outside_even_promoted(role, proof):
    left = rights(somebody(role, proof=proof), policy=Policy(guests_may_share=False))
    assert ("room:share" in left) == (proof == Proof.AGENT)


# --- Tokens ----------------------------------------------------------------------------------------
def test_an_empty_list_of_sources_would_allow_all_so_publishing_is_refused_whole():
    grant = token_grant("room", Standing("x", frozenset()))
    assert (grant["canPublish"], grant["canPublishSources"]) == (False, [])


@pytest.mark.parametrize(
    ("forbidden", "sources"),
    [
        ([], MEDIA),
        (["microphone"], MEDIA[1:]),
        (["camera", "share"], ["microphone"]),
        (["camera", "chat", "microphone", "share"], []),
    ],
)
def test_a_token_says_what_the_rights_say(in_meeting, invitee, forbidden, sources):
    person = in_meeting(invitee).change(forbidden=forbidden).join()
    grant = person.claims["video"]
    assert (grant["canPublish"], grant["canPublishSources"]) == (bool(sources), sources)
    assert grant["canPublishData"] is False
    may = person.claims["attributes"]["may"].split(",")
    assert {"microphone", "camera", "share", "chat"} - set(may) == set(forbidden)


def test_a_role_that_was_given_stays_when_one_comes_back(in_meeting, invitee):
    person = in_meeting(invitee, role="co_host").join()
    assert person.admission["role"] == person.claims["attributes"]["role"] == "co_host"


# --- On pages ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("page", "method", "may_co_host"),
    [
        ("", "get", 200),
        ("presence/", "get", 200),
        ("presence.csv", "get", 200),
        ("salle-d-attente/", "post", 302),
        ("terminer/", "post", 302),
        ("modifier/", "get", 403),
        ("annuler/", "post", 403),
    ],
)
def test_the_table_holds_on_pages_as_well(
    in_meeting, colleague, meeting, page, method, may_co_host
):
    """A colleague came by the link; promoted, they may what the table says, and no longer after."""
    person = in_meeting(colleague)
    for changes, expected in [
        ({}, 404),
        ({"role": "co_host"}, may_co_host),
        ({"state": "barred"}, 404),
    ]:
        person.change(**changes)
        answer = getattr(person.client, method)(f"{meeting.get_absolute_url()}{page}")
        assert answer.status_code == expected, changes


# --- At LiveKit, at once ------------------------------------------------------------------------
def test_a_role_arrives_at_livekit(in_meeting, host, invitee, run_outbox):
    moderator, person = in_meeting(host, enters=True), in_meeting(invitee, enters=True)
    moderator.does("rights", {"rights": {"microphone": False, "camera": False, "share": False}})
    run_outbox()
    assert person.at_livekit["permission"]["can_publish"] is False
    assert moderator.at_livekit["permission"]["can_publish"] is True
    for role, may_speak in [("presenter", True), ("participant", False), ("co_host", True)]:
        moderator.does("role", {"person": person.id, "role": role})
        run_outbox()
        seen = person.at_livekit
        assert seen["attributes"]["role"] == role
        assert ("moderate" in seen["attributes"]["may"].split(",")) == (role == "co_host")
        assert seen["permission"]["can_publish"] is may_speak
        assert seen["permission"]["can_publish_data"] is False
        sources = [source.lower() for source in seen["permission"]["can_publish_sources"]]
        assert sources == (MEDIA if may_speak else [])


def test_the_room_says_what_all_may_do(in_meeting, host, meeting, run_outbox):
    moderator = in_meeting(host)
    moderator.does("rights", {"rights": {"camera": False}})
    moderator.does("lock", {"locked": True})
    run_outbox()
    [room] = ask_livekit("ListRooms", meeting)["rooms"]
    allowed = {"microphone": True, "camera": False, "share": True, "chat": True}
    assert json.loads(room["metadata"]) == {"locked": True, "allowed": allowed}


def test_who_stands_as_written_is_not_written_again(in_meeting, host, invitee, run_outbox):
    """LiveKit drops attributes that are empty; that is no reason to tell everybody of everybody."""
    moderator, person = in_meeting(host, enters=True), in_meeting(invitee, enters=True)
    for raised in (True, False):
        person.does("hand", {"raised": raised})
        run_outbox()
    before = person.at_livekit["version"]
    moderator.does("lock", {"locked": True})
    run_outbox()
    assert person.at_livekit["version"] == before


def test_of_two_changes_at_once_the_later_one_stays(in_meeting, host, invitee, meeting):
    """A worker that is slow with the first change must not undo the second."""
    from meetings import room

    in_meeting(host)
    person = in_meeting(invitee, enters=True)
    person.change(forbidden=["microphone"])
    read = room._standings

    def read_then_be_overtaken(tenant_id, **which):
        known = read(tenant_id, **which)
        if person.row.forbidden:
            person.change(forbidden=[])
        return known

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "_standings", read_then_be_overtaken)
        room.apply_standing(tenant_id=meeting.tenant_id, participant_id=str(person.row.id))
    assert "microphone" in person.at_livekit["attributes"]["may"].split(",")


def test_muting_one_mutes_the_track_and_its_owner_may_switch_on_again(
    in_meeting, host, invitee, run_outbox
):
    moderator, person = in_meeting(host, enters=True), in_meeting(invitee, enters=True)
    track = person.connection.publish()
    until(lambda: person.track(track))
    moderator.does("mute", {"person": person.id})
    run_outbox()
    until(lambda: person.track(track)["muted"])
    person.connection.switch_on()
    until(lambda: not person.track(track)["muted"])


def test_muting_all_spares_who_moderates_and_mutes_every_device(
    in_meeting, host, colleague, invitee, run_outbox
):
    moderator = in_meeting(host, enters=True)
    second = in_meeting(colleague, role="co_host", enters=True)
    person = in_meeting(invitee, enters=True)
    phone = in_meeting(invitee, device="device-0002", enters=True)
    everybody = (moderator, second, person, phone)
    tracks = [who.connection.publish() for who in everybody]
    for who, track in zip(everybody, tracks, strict=True):
        until(lambda who=who, track=track: who.track(track))
    moderator.does("mute", {})
    run_outbox()
    until(lambda: person.track(tracks[2])["muted"] and phone.track(tracks[3])["muted"])
    assert not moderator.track(tracks[0])["muted"]
    assert not second.track(tracks[1])["muted"]


def test_a_forbidden_microphone_is_taken_out_and_does_not_come_back(
    in_meeting, host, invitee, run_outbox
):
    moderator, person = in_meeting(host), in_meeting(invitee, enters=True)
    sound, picture = person.connection.publish(), person.connection.publish("camera")
    until(lambda: person.track(sound) and person.track(picture))
    moderator.does("rights", {"person": person.id, "rights": {"microphone": False}})
    run_outbox()
    until(lambda: person.track(sound) is None)
    assert person.track(picture)
    with pytest.raises(TimeoutError):
        person.connection.publish(seconds=0.5)
    assert [t["sid"] for t in person.at_livekit["tracks"]] == [picture]
    moderator.does("rights", {"person": person.id, "rights": {"microphone": True}})
    run_outbox()
    allowed = person.connection.publish()
    until(lambda: person.track(allowed))


def test_what_is_gone_already_is_no_fault(in_meeting, host, meeting):
    """People leave, tracks stop and rooms close while our calls are under way; of some of it
    LiveKit says that it is gone, of some it says nothing."""
    person = in_meeting(host, enters=True)
    room, nobody = room_name(meeting.tenant_id, meeting.id), f"{'0' * 32}.device-0001"
    gateway.mute_track(room, person.identity, "TR_gone")
    gateway.mute_track(room, nobody, "TR_gone")
    for _ in range(2):
        gateway.update_participant(room, nobody, standing_of(person.row, meeting, Policy()))
        gateway.remove_participant(room, nobody)
        gateway.update_room(room, "{}")
        gateway.delete_room(room)
    gateway.send(room, "visio", b"{}")
    assert gateway.list_participants(room) == []


# --- Put out ------------------------------------------------------------------------------------
def test_removal_puts_out_every_device_and_says_so_to_the_others(
    in_meeting, host, invitee, colleague, meeting, run_outbox
):
    moderator, other = in_meeting(host, enters=True), in_meeting(colleague, enters=True)
    person = in_meeting(invitee, enters=True)
    phone = in_meeting(invitee, device="device-0002", enters=True)
    moderator.does("remove", {"person": person.id})
    run_outbox()
    until(lambda: not person.connection.is_open and not phone.connection.is_open)
    assert set(present(meeting)) == {moderator.identity, other.identity}
    [notice] = until(lambda: other.connection.heard)
    assert (notice["what"], notice["by"]["id"]) == ("removed", moderator.id)
    assert notice["person"] == {"id": person.id, "name": invitee.full_name}


def test_a_bar_holds_on_every_device_and_in_every_browser_until_it_is_lifted(
    in_meeting, host, invitee, signed_in, join, meeting, run_outbox
):
    moderator, person = in_meeting(host), in_meeting(invitee)
    moderator.does("remove", {"person": person.id})
    for client, device in [
        (person.client, "device-0001"),
        (person.client, "device-0002"),
        (signed_in(invitee), "device-0003"),
    ]:
        answer = join(client, meeting, device=device)
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:visio:problem:removed"
    [entry] = moderator.does("barred", method="GET").json()["people"]
    assert (entry["id"], entry["by"]) == (person.id, host.full_name)
    moderator.does("unbar", {"person": person.id})
    assert moderator.does("barred", method="GET").json()["people"] == []
    person.join().enter()


def test_a_co_host_who_was_put_out_comes_back_as_anybody(in_meeting, host, invitee):
    moderator, person = in_meeting(host), in_meeting(invitee, role="co_host")
    moderator.does("remove", {"person": person.id})
    moderator.does("unbar", {"person": person.id})
    assert person.join().admission["role"] == "participant"


def test_a_guest_who_was_put_out_waits_in_another_browser(
    open_to_guests, in_meeting, host, meeting, client, join
):
    """A name alone proves nothing: whoever decides must see who comes."""
    moderator, guest = in_meeting(host), in_meeting(None, name="Gaël")
    moderator.does("remove", {"person": guest.id})
    answer = join(guest.client, meeting, name="Gaël")
    assert answer.json()["type"] == "urn:visio:problem:removed"
    client.defaults["HTTP_HOST"] = "localhost"
    assert join(client, meeting, name="Quelqu’un d’autre").json()["state"] == "waiting"


@pytest.fixture
def arrives(webhook, meeting):
    """`arrives(person)` is LiveKit's notice that the person is in the room."""

    def tell(person: Person):
        seen = person.at_livekit
        answer = webhook(
            "participant_joined",
            room=room_name(meeting.tenant_id, meeting.id),
            at=timezone.now(),
            event_id=f"EV_{seen['sid']}",
            sid=seen["sid"],
            identity=person.identity,
            participant={"attributes": seen["attributes"]},
        )
        assert answer.status_code == 200

    return tell


@pytest.mark.parametrize("told_by", ["notice", "list"])
def test_an_old_token_brings_back_nobody_who_was_put_out(
    in_meeting, host, invitee, meeting, arrives, run_outbox, told_by
):
    """LiveKit itself would let the token in for two minutes: as soon as we are told, they are put
    out again."""
    moderator, person = in_meeting(host), in_meeting(invitee)
    moderator.does("remove", {"person": person.id})
    run_outbox()
    person.enter()
    if told_by == "notice":
        arrives(person)
    else:
        look_into_room(str(meeting.tenant_id), str(meeting.id))
    run_outbox()
    until(lambda: not person.connection.is_open, seconds=1)
    assert present(meeting) == {}


@pytest.mark.parametrize("told_by", ["notice", "list"])
def test_an_old_token_brings_back_no_old_right(
    in_meeting, host, invitee, meeting, arrives, run_outbox, told_by
):
    """Who entered with a token from before is brought to what is written since."""
    moderator, person = in_meeting(host), in_meeting(invitee, role="co_host")
    moderator.does("role", {"person": person.id, "role": "participant"})
    moderator.does("rights", {"rights": {"camera": False}})
    run_outbox()
    person.enter()
    if told_by == "notice":
        arrives(person)
    else:
        look_into_room(str(meeting.tenant_id), str(meeting.id))
    run_outbox()
    assert person.at_livekit["attributes"]["role"] == "participant"
    assert "CAMERA" not in person.at_livekit["permission"]["can_publish_sources"]


def test_who_arrives_as_written_costs_no_work(in_meeting, host, meeting, arrives):
    person = in_meeting(host, enters=True)
    arrives(person)
    with tenant_scope(meeting.tenant_id):
        assert not Work.objects.filter(kind="meetings.apply_standing").exists()


# --- The end ------------------------------------------------------------------------------------
def test_ending_puts_out_everybody_and_no_token_opens_the_room_again(
    in_meeting, host, colleague, invitee, meeting, run_outbox
):
    moderator, person = in_meeting(colleague, role="co_host", enters=True), in_meeting(invitee)
    person.enter()
    in_meeting(host)
    token = person.admission["token"]
    moderator.does("end")
    run_outbox()
    until(lambda: not person.connection.is_open and not moderator.connection.is_open)
    with pytest.raises(Exception, match=r"404|not exist|not found"):
        Connection(token)
    with tenant_scope(meeting.tenant_id):
        states = set(Participant.objects.values_list("state", flat=True))
    assert states == {ParticipantState.ADMITTED}  # nobody is barred by an end
    assert ask_livekit("ListRooms", meeting).get("rooms", []) == []
