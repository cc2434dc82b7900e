"""The one gate of a meeting: whoever comes, by whatever way, is judged here.

Pure decisions: nothing is loaded and nothing is written.
"""

import math
from datetime import datetime, timedelta
from uuid import UUID

from meetings.models import (
    DirectEntry,
    Meeting,
    MeetingState,
    Participant,
    ParticipantState,
    Proof,
)
from meetings.visitors import Visitor
from tenants.models import GuestAccess, MemberState, Policy

# After a refusal one may ask again, but not at once.
REFUSAL = timedelta(minutes=1)
OPENNESS = [GuestAccess.NONE, GuestAccess.CODE, GuestAccess.NAME]


class MeetingOver(Exception):
    """The meeting was cancelled or has ended: nobody gets in any more."""

    def __init__(self, state: str):
        super().__init__(state)
        self.state = state


class EntryRefused(Exception):
    """This person does not get in now. `kind`: refused, removed, locked, guests-not-admitted,
    code-needed, name-needed or full. `retry_after`: seconds, after a refusal."""

    def __init__(self, kind: str, retry_after: int = 0):
        super().__init__(kind)
        self.kind, self.retry_after = kind, retry_after


def guest_access(meeting: Meeting, policy: Policy) -> GuestAccess:
    """How guests may come: what the meeting says, within what the ministry says."""
    return min(
        GuestAccess(meeting.guest_access), GuestAccess(policy.guest_access), key=OPENNESS.index
    )


def is_host(meeting: Meeting, visitor: Visitor) -> bool:
    """Whether this person hosts it: the host's own membership, not another of the same person."""
    return visitor.member is not None and meeting.host_id == visitor.member.id


def awaits_owner(meeting: Meeting) -> bool:
    """Whether it is a personal room's and not open yet: its owner alone opens it."""
    return meeting.personal_room_id is not None and meeting.state == MeetingState.SCHEDULED


def may_approach(
    meeting: Meeting, policy: Policy, visitor: Visitor, *, is_invited: bool, is_known: bool
) -> bool:
    """Whether the meeting exists for this person at all; to all others it does not."""
    if awaits_owner(meeting) and meeting.host.state != MemberState.ACTIVE:
        return False  # nobody will ever open it
    return (
        is_host(meeting, visitor)
        or is_invited
        or is_known
        or (visitor.tenant_id == meeting.tenant_id and policy.link_admits_members)
        or guest_access(meeting, policy) != GuestAccess.NONE
        or (
            visitor.proof == Proof.AGENT
            and meeting.direct_entry in (DirectEntry.EVERYONE, DirectEntry.AGENTS)
        )
    )


def enters_at_once(
    meeting: Meeting,
    policy: Policy,
    visitor: Visitor,
    participant: Participant | None,
    *,
    is_invited: bool,
    unproven_wait: bool,
    now: datetime,
) -> bool:
    """True when the person goes in, False when they wait to be admitted.

    Raises MeetingOver or EntryRefused. `unproven_wait`: somebody was put out of this meeting, and
    could be back under another name in another browser.
    """
    if meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED):
        raise MeetingOver(meeting.state)
    if is_host(meeting, visitor):
        return True
    if participant is not None:
        if participant.state == ParticipantState.BARRED:
            raise EntryRefused("removed")
        if participant.state == ParticipantState.ADMITTED:
            return True
        if participant.state == ParticipantState.REFUSED and (
            left := _refused_for(participant, now)
        ):
            raise EntryRefused("refused", retry_after=left)
    if meeting.is_locked:
        raise EntryRefused("locked")
    if visitor.proof != Proof.AGENT:
        _check_guest(meeting, policy, visitor)
    return not awaits_owner(meeting) and enters_directly(
        meeting,
        policy,
        proof=visitor.proof,
        tenant_id=visitor.tenant_id,
        is_invited=is_invited,
        unproven_wait=unproven_wait,
    )


def _refused_for(participant: Participant, now: datetime) -> int:
    """For how many seconds more one may not ask again."""
    decided_at = participant.decided_at or now - REFUSAL
    return max(0, math.ceil((decided_at + REFUSAL - now).total_seconds()))


def _check_guest(meeting: Meeting, policy: Policy, visitor: Visitor) -> None:
    access = guest_access(meeting, policy)
    if access == GuestAccess.NONE:
        raise EntryRefused("guests-not-admitted")
    if access == GuestAccess.CODE and visitor.proof != Proof.CODE:
        raise EntryRefused("code-needed")
    if not visitor.name or not visitor.is_known:
        raise EntryRefused("name-needed")


def enters_directly(
    meeting: Meeting,
    policy: Policy,
    *,
    proof: str,
    tenant_id: UUID | None,
    is_invited: bool,
    unproven_wait: bool,
) -> bool:
    """Whether nobody need decide on somebody who may come in, by what is known of them."""
    is_agent = proof == Proof.AGENT
    if not is_agent and policy.guests_always_wait:
        return False
    if unproven_wait and proof == Proof.NAME:
        return False
    entry = DirectEntry(meeting.direct_entry)
    is_own = tenant_id == meeting.tenant_id and policy.link_admits_members
    return {
        DirectEntry.EVERYONE: True,
        DirectEntry.AGENTS: is_agent or is_invited,
        DirectEntry.MINISTRY: is_own or is_invited,
        DirectEntry.INVITEES: is_invited,
        DirectEntry.HOSTS: False,
    }[entry]
