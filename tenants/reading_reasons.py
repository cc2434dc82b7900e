"""Why somebody looks at what others did: stated before it is shown, and written beside each reading.

It is kept in the reader's session, for one ministry and for some hours: a reason that never ends is
none. The form on which it is stated is the auditors'.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.shortcuts import redirect
from django.urls import reverse

from tenants.words import with_marks_shown

KEY = "log_reason"
LIFETIME = timedelta(hours=4)


@dataclass(frozen=True)
class Reason:
    """Why somebody reads, in their words."""

    reason: str
    reference: str
    since: datetime

    @property
    def ends_at(self) -> datetime:
        return self.since + LIFETIME

    @property
    def words(self) -> str:
        """As a page shows it."""
        return with_marks_shown(self.reason)

    @property
    def reference_words(self) -> str:
        return with_marks_shown(self.reference)

    @property
    def told(self) -> dict[str, Any]:
        """As an event's payload has it."""
        told = asdict(self)
        return {name: told[name] for name in ("reason", "reference") if told[name]}


def in_force(session, tenant_id: UUID, *, now: datetime) -> Reason | None:
    """The reason that this session stated for this ministry, unless it is over."""
    kept = session.get(KEY)
    if not kept or kept["tenant"] != str(tenant_id):
        return None
    since = datetime.fromtimestamp(kept["since"], tz=UTC)
    reason = Reason(kept["reason"], kept["reference"], since)
    return reason if now < reason.ends_at else None


def lead_to_form(target: str):
    """To the form, which leads on to `target`; nothing in it says why."""
    return redirect(f"{reverse('auditors:reason')}?{urlencode({'next': target})}")
