"""Keeps what a member prefers, and tells it to whoever writes to them.

None of it stands in the log: it binds nobody else, and concerns nobody else.
"""

from dataclasses import asdict, dataclass
from uuid import UUID

from django.conf import settings

from isolation.scope import tenant_scope
from tenants.models import AtEntry, Member, MemberState, Reminder
from tenants.services import tenants_with_address


@dataclass(frozen=True)
class Preferences:
    """As they stand in the member's row, under the same names."""

    language: str
    time_zone: str
    microphone_at_entry: str = AtEntry.LAST
    camera_at_entry: str = AtEntry.LAST
    reminder_minutes: int = Reminder.NONE


def preferences_of(member: Member) -> Preferences:
    """What this member has chosen, and what holds until they choose."""
    return Preferences(
        language=member.language,
        time_zone=member.time_zone,
        microphone_at_entry=member.microphone_at_entry,
        camera_at_entry=member.camera_at_entry,
        reminder_minutes=member.reminder_minutes,
    )


def save_preferences(*, member: Member, preferences: Preferences) -> None:
    """Writes them, and nothing else of the row: an administrator may change it meanwhile."""
    Member.objects.filter(id=member.id).update(**asdict(preferences))


def choose_language(*, member: Member, language: str) -> None:
    """The switch in the head of each page. An unknown language changes nothing."""
    if language in dict(settings.LANGUAGES):
        Member.objects.filter(id=member.id).update(language=language)


def preferences_at(email: str, *, tenant_id: UUID | None = None) -> Preferences | None:
    """What the person at an address prefers, in whichever ministry works with it; where several do,
    in `tenant_id` first. None where nobody has come yet."""
    tenants = sorted(tenants_with_address(email), key=lambda one: (one != tenant_id, one))
    for tenant in tenants:
        with tenant_scope(tenant):
            people = Member.objects.filter(email=email.lower(), state=MemberState.ACTIVE)
            member = people.order_by("created_at").first()
            if member is not None:
                return preferences_of(member)
    return None
