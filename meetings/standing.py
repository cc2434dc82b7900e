"""From a participant's rights to what LiveKit is told of them."""

import json
from datetime import UTC
from uuid import UUID

from meetings.livekit.grants import Standing
from meetings.models import Meeting, Participant
from meetings.policies import CAN_BE_FORBIDDEN, Permission, rights_of
from tenants.models import Policy

# What a room's page asks to know of its reader's rights, by the words it uses.
WORDS = {
    permission: permission.split(":")[1]
    for permission in Permission
    if permission.startswith("room:") or permission == Permission.MEETING_END
}
MEDIA = frozenset({"microphone", "camera", "share"})


def standing_of(participant: Participant, meeting: Meeting, policy: Policy) -> Standing:
    """Name, sources and what is shown of a participant, as things stand."""
    rights = rights_of(participant, meeting, policy)
    words = [word for permission, word in WORDS.items() if permission in rights]
    raised = participant.hand_raised_at
    is_own = participant.from_tenant_id == meeting.tenant_id
    return Standing(
        name=participant.name,
        sources=MEDIA.intersection(words),
        attributes={
            "role": participant.role,
            "organisation": "" if is_own else participant.organisation,
            "proof": participant.proof,
            "hand": raised.astimezone(UTC).isoformat() if raised else "",
            "may": ",".join(words),
        },
    )


def room_metadata(meeting: Meeting) -> str:
    """What everybody in the room knows of it: whether it is locked, and what all may do."""
    allowed = {word: getattr(meeting, f"allows_{word}") for word in CAN_BE_FORBIDDEN}
    return json.dumps({"locked": meeting.is_locked, "allowed": allowed})


def identity_of(participant_id: UUID, device: str) -> str:
    """One person on one device, as LiveKit knows them."""
    return f"{participant_id.hex}.{device}"
