"""Who may do what with one meeting."""

from enum import StrEnum
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from meetings.models import Invitation, Meeting
from tenants.models import Member


class Permission(StrEnum):
    """What can be done with a meeting outside its room."""

    MEETING_READ = "meeting:read"
    MEETING_CHANGE = "meeting:change"
    MEETING_CANCEL = "meeting:cancel"
    MEETING_END = "meeting:end"


HOST = frozenset(Permission)
INVITED = frozenset({Permission.MEETING_READ})


def visible_meetings(member: Member):
    """The meetings of the open scope that this member hosts or is invited to."""
    invited = Invitation.objects.filter(
        meeting=OuterRef("pk"), email=member.email, withdrawn_at=None
    )
    return Meeting.objects.filter(Q(host=member) | Exists(invited)).select_related("host")


def get_meeting_for(member: Member, meeting_id: UUID, permission: Permission) -> Meeting:
    """One loader scopes and authorises: an invisible meeting is a 404, a forbidden act a 403."""
    meeting = visible_meetings(member).filter(id=meeting_id).first()
    if meeting is None:
        raise Http404("no such meeting for this member")
    if permission not in (HOST if meeting.host_id == member.id else INVITED):
        raise PermissionDenied(permission)
    return meeting
