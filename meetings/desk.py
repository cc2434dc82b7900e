"""Where somebody who is in a meeting acts: one loader scopes and authorises each command."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404

from audit.log import Actor
from meetings import gate, protocol
from meetings.joining import load
from meetings.links import scope_of_link
from meetings.models import Meeting, MeetingRole, MeetingState, Participant, ParticipantState
from meetings.policies import Permission, rights_of
from meetings.visitors import Visitor
from tenants.models import Policy


@dataclass(frozen=True)
class Desk:
    """A meeting as one admitted person may act on it; the host needs not be in the room."""

    meeting: Meeting
    policy: Policy
    visitor: Visitor
    participant: Participant | None
    rights: frozenset[Permission]

    @property
    def actor(self) -> Actor:
        return self.visitor

    @property
    def me(self) -> Participant:
        """One's own row; PermissionDenied for a host who has not entered."""
        if self.participant is None:
            raise PermissionDenied("not in the meeting")
        return self.participant

    @property
    def somebody(self) -> protocol.Somebody:
        """The person as the others are told of them: as they were let in, whatever name a guest's
        session has taken since."""
        if self.participant is None:
            return protocol.Somebody("", self.visitor.name)
        return protocol.Somebody(self.participant.id.hex, self.participant.name)


@contextmanager
def at_desk(
    slug: str,
    *,
    visitor: Visitor,
    permission: Permission | None = None,
    for_update: bool = False,
    even_over: bool = False,
) -> Iterator[Desk]:
    """Opens the scope of the meeting's tenant for one command.

    Raises Http404 for whom the meeting does not exist, PermissionDenied for who is not in it or may
    not do this, MeetingOver once the meeting has ended, unless it is asked for `even_over`.
    `for_update` holds the meeting's row: acts on one person, entries and the end come one after the
    other, and each is judged by what the one before has written.
    """
    with scope_of_link(slug) as meeting_id:
        desk = _sit_down(meeting_id, visitor, permission, for_update)
        if not even_over and desk.meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED):
            raise gate.MeetingOver(desk.meeting.state)
        yield desk


def _sit_down(meeting_id, visitor, permission, for_update) -> Desk:
    door = load(meeting_id, visitor, for_update=for_update)
    if door is None:
        raise Http404("no such meeting for this person")
    participant = door.participant
    if participant is not None and participant.state != ParticipantState.ADMITTED:
        participant = None
    # A host who has not entered acts as one; the ministry's policy binds hosts as well.
    judged = participant
    if judged is None and gate.is_host(door.meeting, visitor):
        judged = Participant(role=MeetingRole.HOST)
    if judged is None:
        raise PermissionDenied("not in the meeting")
    rights = rights_of(judged, door.meeting, door.policy)
    if permission is not None and permission not in rights:
        raise PermissionDenied(permission)
    return Desk(door.meeting, door.policy, visitor, participant, rights)
