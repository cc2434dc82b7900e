"""Who gets into a room: from a link's slug to the token that LiveKit accepts."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from audit.kinds import Kind, Outcome
from audit.log import record
from isolation import outbox
from isolation.scope import PLATFORM, tenant_scope
from meetings.livekit import gateway, tokens
from meetings.livekit.rooms import room_name
from meetings.models import Invitation, JoinLink, Meeting, MeetingState, Participant
from meetings.slugs import SLUG
from tenants.models import Member, Policy

DEVICE = re.compile(r"[a-z0-9-]{8,36}")


class MeetingOver(Exception):
    """The meeting was cancelled or has ended: nobody gets in any more."""

    def __init__(self, state: str):
        super().__init__(state)
        self.state = state


@dataclass(frozen=True)
class Admission:
    """What the browser needs to enter the room; the token lives two minutes."""

    meeting: Meeting
    token: str
    expires_at: datetime
    identity: str
    is_host: bool


def resolve(slug: str) -> tuple[UUID, UUID]:
    """(tenant, meeting) of a slug. An unknown slug leads to a tenant that does not exist, so that
    what follows costs the same statements and the same time."""
    link = None
    if SLUG.fullmatch(slug):
        link = JoinLink.objects.filter(slug=slug).values_list("tenant_id", "meeting_id").first()
    return link or (uuid4(), uuid4())


def find_meeting(slug: str, *, member: Member) -> Meeting:
    """The meeting behind a link, for a person who may join it; to all others it does not exist.

    Raises Http404 alike for an unknown slug and for a person without right, and writes the refusal
    to the person's own log; the meeting's ministry (or the installation) receives a copy.
    """
    tenant_id, meeting_id = resolve(slug)
    with tenant_scope(tenant_id):
        meeting = _load(meeting_id, member)
    if meeting is None:
        with tenant_scope(member.tenant_id):
            known = JoinLink.objects.filter(tenant_id=tenant_id, meeting_id=meeting_id).exists()
            record(
                Kind.JOIN_REFUSED,
                actor=member,
                outcome=Outcome.REFUSED,
                deliver_to=tenant_id if known else PLATFORM,
            )
        raise Http404("no such meeting for this person")
    return meeting


def _load(meeting_id: UUID, member: Member, *, for_update: bool = False) -> Meeting | None:
    """The meeting if this person may join it; one statement, in the scope of its tenant."""
    invited = Invitation.objects.filter(
        meeting=OuterRef("pk"), email=member.email, withdrawn_at=None
    )
    admits_members = Subquery(Policy.objects.values("link_admits_members")[:1])
    meetings = Meeting.objects.select_related("host").annotate(
        is_invited=Exists(invited), link_admits_members=Coalesce(admits_members, True)
    )
    if for_update:
        meetings = meetings.select_for_update(of=("self",))
    meeting = meetings.filter(id=meeting_id).first()
    if meeting is None:
        return None
    is_own = meeting.tenant_id == member.tenant_id
    if is_host(meeting, member) or meeting.is_invited or (is_own and meeting.link_admits_members):
        return meeting
    return None


def is_host(meeting: Meeting, member: Member) -> bool:
    """Whether this person hosts it: the host's own membership, not another of the same person."""
    return meeting.host_id == member.id


def join(
    *, slug: str, by: Member, organisation: str, device: str, now: datetime, room_lost: bool = False
) -> Admission:
    """Lets a person in. Opens the room at LiveKit when it holds none, or when the browser found
    none (`room_lost`).

    Raises Http404 (see find_meeting), MeetingOver, LiveKitUnavailable or LiveKitRefused.
    """
    meeting = find_meeting(slug, member=by)
    if meeting.room_opened_at is None or room_lost:
        _refuse_if_over(meeting)
        # No transaction is open here: LiveKit may be slow.
        gateway.create_room(room_name(meeting.tenant_id, meeting.id))
    with tenant_scope(meeting.tenant_id):
        # Read again, and hold: it may have been ended or changed meanwhile.
        held = _load(meeting.id, by, for_update=True)
        if held is None:
            raise Http404("no longer a meeting for this person")
        meeting = held
        _refuse_if_over(meeting)
        _mark_open(meeting, by=by, now=now)
        participant = _participant(meeting, by, organisation, now)
        record(
            Kind.JOIN_GRANTED,
            actor=by,
            subject_id=participant.id,
            meeting_id=meeting.id,
            deliver_to=by.tenant_id,
        )
    identity = f"{participant.id.hex}.{device}"
    token, expires_at = tokens.issue(
        room=room_name(meeting.tenant_id, meeting.id),
        identity=identity,
        name=by.full_name,
        organisation="" if by.tenant_id == meeting.tenant_id else organisation,
        is_host=participant.is_host,
        now=now,
    )
    return Admission(meeting, token, expires_at, identity, participant.is_host)


def _refuse_if_over(meeting: Meeting) -> None:
    if meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED):
        raise MeetingOver(meeting.state)


def _mark_open(meeting: Meeting, *, by: Member, now: datetime) -> None:
    """The first person in starts the meeting."""
    if meeting.state == MeetingState.LIVE and meeting.room_opened_at:
        return
    if meeting.state == MeetingState.SCHEDULED:
        meeting.state = MeetingState.LIVE
        meeting.started_at = now
        record(Kind.MEETING_STARTED, actor=by, meeting_id=meeting.id)
        outbox.put(
            "meetings.announce", key=f"announce:live:{meeting.id}", meeting_id=str(meeting.id)
        )
    meeting.room_opened_at = meeting.room_opened_at or now
    meeting.save(update_fields=["state", "started_at", "room_opened_at"])


def _participant(meeting: Meeting, by: Member, organisation: str, now: datetime) -> Participant:
    """The person's one row in this meeting; the meeting's row is held, so nobody makes a second."""
    current = {
        "from_tenant_id": by.tenant_id,
        "name": by.full_name,
        "organisation": organisation,
        "is_host": is_host(meeting, by),
    }
    participant = Participant.objects.filter(meeting=meeting, user_id=by.user_id).first()
    if participant is None:
        return Participant.objects.create(
            meeting=meeting, user_id=by.user_id, admitted_at=now, **current
        )
    if any(getattr(participant, name) != value for name, value in current.items()):
        for name, value in current.items():
            setattr(participant, name, value)
        participant.save(update_fields=list(current))
    return participant
