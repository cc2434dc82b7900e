"""Who reads a meeting's attendance, and why."""

from datetime import datetime
from typing import Any

from meetings.models import Meeting
from meetings.policies import has_role_in
from tenants.models import Member
from tenants.reading_reasons import in_force


def why(meeting: Meeting, member: Member, session, *, now: datetime) -> dict[str, Any] | None:
    """As the event of the reading tells it: of an auditor the reason that they stated, None where it
    is still to be stated; who hosts the meeting needs none."""
    if has_role_in(meeting, member):
        return {}
    reason = in_force(session, member.tenant_id, now=now)
    return reason.told if reason else None
