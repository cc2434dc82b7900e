"""Makes, opens and renews personal rooms.

A room is closed until its owner comes: the meeting that is held there is made by the first who asks
to enter, and opened by the owner alone. The next one is made once it has ended, under the same
link, so that attendance, chat and log are those of each occasion.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit.kinds import Kind
from audit.log import record
from isolation.scope import tenant_scope
from meetings import gate, lobby, push
from meetings.access_texts import allowed_direct_entry, allowed_guest_access
from meetings.models import (
    DirectEntry,
    JoinLink,
    Meeting,
    MeetingState,
    Participant,
    ParticipantState,
    PersonalRoom,
)
from meetings.opening import LENGTH
from meetings.slugs import new_slug
from meetings.visitors import Visitor
from tenants import policies
from tenants.models import GuestAccess, Member, MemberState, Policy

OPEN = (MeetingState.SCHEDULED, MeetingState.LIVE)


class RoomInUse(Exception):
    """A meeting is going on there: its link does not change under people's feet."""


def find_room(owner: Member) -> PersonalRoom | None:
    """This member's room, if it was made already; in the open scope."""
    return PersonalRoom.objects.filter(owner=owner).first()


@transaction.atomic
def make_room(*, by: Member, now: datetime) -> PersonalRoom:
    """This member's room, made on first use: colleagues come in once it is open, guests wait.

    Raises PermissionDenied for whom the ministry does not let organise.
    """
    policy = policies.policy()
    policies.require(by, policies.Permission.MEETING_CREATE, policy=policy)
    room = find_room(by)
    if room is not None:
        return room
    room = PersonalRoom(
        owner=by,
        guest_access=policy.guest_access,
        direct_entry=allowed_entry(DirectEntry.MINISTRY, policy),
        created_at=now,
    )
    try:
        with transaction.atomic():
            room.save()
    except IntegrityError:  # the same person at the same moment, on another device
        return PersonalRoom.objects.get(owner=by)
    JoinLink.objects.create(slug=room.slug, tenant_id=room.tenant_id, meeting_id=room.id)
    record(Kind.PERSONAL_ROOM_CREATED, actor=by, subject_id=room.id, **_access(room))
    return room


@transaction.atomic
def change_access(*, by: Member, guest_access: str, direct_entry: str) -> PersonalRoom:
    """Changes who comes in, at once for a meeting that is being held there as well; within what the
    ministry allows. Raises PersonalRoom.DoesNotExist."""
    room, policy = _hold(owner=by), policies.policy()
    before = _access(room)
    room.guest_access = allowed_guest_access(guest_access, policy)
    room.direct_entry = allowed_entry(direct_entry, policy)
    after = _access(room)
    if after != before:
        room.save(update_fields=list(after))
        held = Meeting.objects.filter(personal_room=room, state__in=OPEN)
        held.update(**after)
        record(Kind.PERSONAL_ROOM_CHANGED, actor=by, subject_id=room.id, before=before, after=after)
    return room


def allowed_entry(wanted: str, policy: Policy) -> DirectEntry:
    """What was chosen, or the next more closed choice; a room has no list of people invited."""
    entry = allowed_direct_entry(wanted, policy)
    return DirectEntry.HOSTS if entry == DirectEntry.INVITEES else entry


def _access(room: PersonalRoom) -> dict[str, Any]:
    return {"guest_access": str(room.guest_access), "direct_entry": str(room.direct_entry)}


@transaction.atomic
def renew_room(*, by: Member, now: datetime) -> PersonalRoom:
    """Gives the room a new link; the old one leads nowhere from now on, and who waits there is told.

    Pressed twice at once it is one renewal. Raises RoomInUse, PersonalRoom.DoesNotExist.
    """
    slug = _slug_of(by)
    led_to = _hold_where_it_leads(slug)
    room = _hold(owner=by)
    if room.slug != slug:
        return room
    if _leads_to(slug) != led_to:
        raise RoomInUse  # somebody came in this very moment
    meeting = Meeting.objects.select_for_update().filter(personal_room=room, state__in=OPEN).first()
    if meeting is not None and meeting.state == MeetingState.LIVE:
        raise RoomInUse
    if meeting is not None:
        _call_off(meeting, by=by, now=now)
    _let_go_of_link(room)
    JoinLink.objects.filter(slug=room.slug).delete()
    room.slug, room.renewed_at = new_slug(), now
    room.save(update_fields=["slug", "renewed_at"])
    JoinLink.objects.create(slug=room.slug, tenant_id=room.tenant_id, meeting_id=room.id)
    record(Kind.PERSONAL_ROOM_RENEWED, actor=by, subject_id=room.id)
    return room


def _slug_of(owner: Member) -> str:
    return PersonalRoom.objects.values_list("slug", flat=True).get(owner=owner)


def _leads_to(slug: str) -> UUID:
    """Nowhere, for a link that died this very moment."""
    links = JoinLink.objects.filter(slug=slug).values_list("meeting_id", flat=True)
    return links.first() or uuid4()


def _hold_where_it_leads(slug: str) -> UUID:
    """Holds the meeting before the room, as whoever enters does: else each could wait for the
    other."""
    meeting_id = _leads_to(slug)
    Meeting.objects.select_for_update().filter(id=meeting_id).values_list("id").first()
    return meeting_id


def _call_off(meeting: Meeting, *, by: Member, now: datetime) -> None:
    """A meeting to which people came who still wait, and which was never opened."""
    meeting.state, meeting.ended_at = MeetingState.CANCELLED, now
    meeting.save(update_fields=["state", "ended_at"])
    waiting = Participant.objects.filter(meeting=meeting, state=ParticipantState.WAITING)
    waiting.update(state=ParticipantState.GONE)
    record(Kind.MEETING_CANCELLED, actor=by, meeting_id=meeting.id)
    # Their link leads nowhere any more: they ask, and are told so.
    messages = [
        (push.lobby_group(meeting.id), {"type": "door.look"}),
        (push.agenda_group(by.tenant_id, by.email), {"type": "agenda.changed"}),
    ]
    transaction.on_commit(lambda: push.send(messages))


# --- Entering ----------------------------------------------------------------------------------------
def closed_room(slug: str, visitor: Visitor, *, now: datetime) -> tuple[Meeting, Policy] | None:
    """What a person finds at a room's link while no meeting is held there: the one that would be,
    which is written nowhere. None for another link, and for whom it does not exist. In the scope of
    the link's tenant; one statement, whatever the answer."""
    room = (
        PersonalRoom.objects.select_related("owner", "policy")
        .filter(slug=slug, owner__state=MemberState.ACTIVE)
        .first()
    )
    return _next(room, visitor, now) if room is not None else None


def hold_meeting(slug: str, *, by: Visitor, after: UUID, now: datetime) -> UUID | None:
    """The meeting that is held at a room's link, made if none is; None as closed_room. In the scope
    of the link's tenant. `after`: where the link led, which is no open meeting; the caller holds it.

    Of two people, or of two devices of the owner, who come at the same moment, the second finds what
    the first made. An unknown link costs the same two statements as one that is not this person's.
    """
    PersonalRoom.objects.select_for_update().filter(slug=slug).values_list("id").first()
    found = closed_room(slug, by, now=now)
    if found is None:
        return None
    meeting, _policy = found
    current = Meeting.objects.filter(personal_room_id=meeting.personal_room_id, state__in=OPEN)
    if (known := current.values_list("id", flat=True).first()) is not None:
        return known
    if _leads_to(slug) != after:
        return None  # one was held and is over since
    room = meeting.personal_room
    assert room is not None
    _let_go_of_link(room)
    meeting.save()
    JoinLink.objects.filter(slug=slug).update(meeting_id=meeting.id)
    is_owner = gate.is_host(meeting, by)
    record(
        Kind.MEETING_CREATED,
        actor=by if is_owner else None,
        on_behalf_of="" if is_owner else str(meeting.host_id),
        meeting_id=meeting.id,
        personal_room=True,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        **_access(room),
    )
    return meeting.id


def _next(room: PersonalRoom, visitor: Visitor, now: datetime) -> tuple[Meeting, Policy] | None:
    policy = room.policy or Policy()
    allowed = policies.permissions_of(room.owner, policy)
    if policies.Permission.MEETING_CREATE not in allowed:
        return None
    with translation.override(room.owner.language or "fr"):
        title = _("Salle personnelle – %(name)s") % {"name": room.owner.full_name}
    meeting = Meeting(
        tenant_id=room.tenant_id,
        personal_room=room,
        host=room.owner,
        slug=room.slug,
        title=title[:200],
        starts_at=now,
        ends_at=now + LENGTH,
        time_zone=room.owner.time_zone,
        guest_access=GuestAccess(room.guest_access),
        direct_entry=DirectEntry(room.direct_entry),
    )
    if not gate.may_approach(meeting, policy, visitor, is_invited=False, is_known=False):
        return None
    return meeting, policy


def _hold(*, owner: Member) -> PersonalRoom:
    """The room, held by a statement before the one that reads it."""
    PersonalRoom.objects.select_for_update().filter(owner=owner).values_list("id").first()
    return PersonalRoom.objects.get(owner=owner)


def _let_go_of_link(room: PersonalRoom) -> None:
    """The last meeting gets a link of its own, by which it can still be named."""
    last = Meeting.objects.filter(id=_leads_to(room.slug)).first()
    if last is None:
        return
    JoinLink.objects.filter(slug=room.slug).update(meeting_id=room.id)
    last.slug = new_slug()
    last.save(update_fields=["slug"])
    JoinLink.objects.create(slug=last.slug, tenant_id=last.tenant_id, meeting_id=last.id)


def let_in_who_waited(*, tenant_id: UUID, meeting_id: str) -> None:
    """The room has opened: whoever waited only for that comes in, the others for a decision."""
    now = timezone.now()
    with tenant_scope(tenant_id):
        meeting = Meeting.objects.select_related("host", "policy").get(id=meeting_id)
        if meeting.state != MeetingState.LIVE:
            return
        policy = meeting.policy or Policy()
        people = [
            person.id
            for person in lobby.waiting(meeting.id, now=now)
            if gate.enters_directly(
                meeting,
                policy,
                proof=person.proof,
                tenant_id=person.from_tenant_id,
                is_invited=False,
                unproven_wait=False,
            )
        ]
    if people:
        try:
            lobby.admit(meeting=meeting, people=people, by=meeting.host, now=now)
        except gate.MeetingOver:
            return
