"""Who may do what with one meeting: permissions are an enum, roles a table."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from meetings.models import (
    Invitation,
    Meeting,
    MeetingRole,
    Participant,
    ParticipantState,
    Proof,
)
from tenants import policies as tenant_policies
from tenants.models import Member, Policy


class Permission(StrEnum):
    """What can be done with a meeting, outside its room and in it."""

    MEETING_READ = "meeting:read"
    MEETING_CHANGE = "meeting:change"
    MEETING_CANCEL = "meeting:cancel"
    MEETING_END = "meeting:end"
    ATTENDANCE_READ = "attendance:read"
    ROOM_ADMIT = "room:admit"
    ROOM_MODERATE = "room:moderate"
    ROOM_LOCK = "room:lock"
    ROOM_GIVE_ROLES = "room:give_roles"
    ROOM_MICROPHONE = "room:microphone"
    ROOM_CAMERA = "room:camera"
    ROOM_SHARE = "room:share"
    ROOM_CHAT = "room:chat"
    ROOM_RAISE_HAND = "room:raise_hand"
    ROOM_REACT = "room:react"


_TAKE_PART = frozenset(
    {
        Permission.ROOM_MICROPHONE,
        Permission.ROOM_CAMERA,
        Permission.ROOM_SHARE,
        Permission.ROOM_CHAT,
        Permission.ROOM_RAISE_HAND,
        Permission.ROOM_REACT,
    }
)
_MODERATE = frozenset(
    {
        Permission.MEETING_END,
        Permission.ATTENDANCE_READ,
        Permission.ROOM_ADMIT,
        Permission.ROOM_MODERATE,
        Permission.ROOM_LOCK,
    }
)
ROLES: dict[MeetingRole, frozenset[Permission]] = {
    MeetingRole.HOST: frozenset(Permission),
    MeetingRole.CO_HOST: _TAKE_PART | _MODERATE,
    MeetingRole.PRESENTER: _TAKE_PART,
    MeetingRole.PARTICIPANT: _TAKE_PART,
    MeetingRole.GUEST: _TAKE_PART,
}
# Whom the meeting's own rules bind; hosts and presenters speak whatever the others may.
BOUND = frozenset({MeetingRole.PARTICIPANT, MeetingRole.GUEST})
# What a host can allow and forbid, by the word for it.
CAN_BE_FORBIDDEN = {
    "microphone": Permission.ROOM_MICROPHONE,
    "camera": Permission.ROOM_CAMERA,
    "share": Permission.ROOM_SHARE,
    "chat": Permission.ROOM_CHAT,
}
INVITED = frozenset({Permission.MEETING_READ})
AUDITING = frozenset({Permission.ATTENDANCE_READ})


def rights_of(participant: Participant, meeting: Meeting, policy: Policy) -> frozenset[Permission]:
    """What a participant may do in the room now: the role, within the tenant's policy, within
    what the meeting allows at the moment, without what is forbidden to this person."""
    rights = set(ROLES[MeetingRole(participant.role)])
    if participant.role in BOUND:
        for word, permission in CAN_BE_FORBIDDEN.items():
            if not getattr(meeting, f"allows_{word}"):
                rights.discard(permission)
    # By what is proven of them, not by role: a host cannot lift the ministry's rule by promoting.
    if participant.proof != Proof.AGENT and not policy.guests_may_share:
        rights.discard(Permission.ROOM_SHARE)
    if not policy.chat_allowed:
        rights.discard(Permission.ROOM_CHAT)
    for word in participant.forbidden:
        rights.discard(CAN_BE_FORBIDDEN[word])
    return frozenset(rights)


def visible_meetings(member: Member):
    """The meetings of the open scope that this member hosts or is invited to."""
    return Meeting.objects.filter(_sees(member)).select_related("host")


def _sees(member: Member) -> Q:
    invited = Invitation.objects.filter(
        meeting=OuterRef("pk"), email=member.email, withdrawn_at=None
    )
    return Q(host=member) | Q(Exists(invited))


def get_meeting_for(member: Member, meeting_id: UUID, permission: Permission) -> Meeting:
    """One loader scopes and authorises: an invisible meeting is a 404, a forbidden act a 403.

    A co-host may on pages what the table says. An auditor sees of every meeting of the ministry who
    was there, and nothing else.
    """
    co_hosts = Participant.objects.filter(
        meeting=OuterRef("pk"),
        user=member.user_id,
        role=MeetingRole.CO_HOST,
        state=ParticipantState.ADMITTED,
    )
    meetings = Meeting.objects.select_related("host").annotate(is_co_host=Exists(co_hosts))
    known = meetings.filter(id=meeting_id)
    meeting: Any = known.filter(_sees(member) | Q(is_co_host=True)).first()
    if meeting is None and permission in AUDITING and _audits(member):
        meeting = known.first()
        if meeting is not None:
            return meeting
    if meeting is None:
        raise Http404("no such meeting for this member")
    allowed = INVITED
    if meeting.host_id == member.id:
        allowed = ROLES[MeetingRole.HOST]
    elif meeting.is_co_host:
        allowed |= ROLES[MeetingRole.CO_HOST]
    if permission not in allowed and not (permission in AUDITING and _audits(member)):
        raise PermissionDenied(permission)
    return meeting


def has_role_in(meeting: Meeting, member: Member) -> bool:
    """Of a meeting that `get_meeting_for` loaded: whether they host it; others read it as auditors."""
    return meeting.host_id == member.id or bool(getattr(meeting, "is_co_host", False))


def _audits(member: Member) -> bool:
    policy = tenant_policies.policy()
    allowed = tenant_policies.permissions_of(member, policy)
    return tenant_policies.Permission.LOG_READ in allowed
