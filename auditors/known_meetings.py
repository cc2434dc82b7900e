"""What the ministry knows of the meetings of which its log tells: its own, and those to which
others have invited its agents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Func, Q, TextField, Value

from meetings.models import AgendaEntry, Meeting, MeetingState

# More meetings than this are not what somebody looks for by a title.
MOST = 200


@dataclass(frozen=True)
class KnownMeeting:
    """A meeting as an auditor sees it: that it took place, not what it was about."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    host_name: str
    # The ministry that hosts it; empty for the reader's own.
    organisation: str = ""
    # Known of one's own alone.
    is_over: bool = False

    @property
    def is_own(self) -> bool:
        return not self.organisation


def named(meeting_ids: Iterable[UUID]) -> dict[UUID, KnownMeeting]:
    """What is known of these meetings, in two statements; unknown ones are left out."""
    ids = set(meeting_ids)
    if not ids:
        return {}
    found = {}
    for entry in AgendaEntry.objects.filter(meeting_id__in=ids):
        found[entry.meeting_id] = KnownMeeting(
            entry.meeting_id,
            entry.title,
            entry.starts_at,
            entry.ends_at,
            entry.time_zone,
            entry.host_name,
            entry.organisation,
        )
    for meeting in Meeting.objects.filter(id__in=ids).select_related("host"):
        found[meeting.id] = KnownMeeting(
            meeting.id,
            meeting.title,
            meeting.starts_at,
            meeting.ends_at,
            meeting.time_zone,
            meeting.host.full_name,
            is_over=meeting.state == MeetingState.ENDED,
        )
    return found


def titled(words: Iterable[str]) -> list[UUID]:
    """The meetings that have all these words in their title, the newest first, MOST + 1 at most."""
    of_title = Q()
    for word in words:
        of_title &= Q(folded__contains=_folded(Value(word, output_field=TextField()), trimmed=True))
    own = Meeting.objects.annotate(folded=_folded(F("title"))).filter(of_title)
    delivered = AgendaEntry.objects.annotate(folded=_folded(F("title"))).filter(of_title)
    newest = own.order_by("-starts_at").values_list("id", flat=True)[: MOST + 1]
    others = delivered.order_by("-starts_at").values_list("meeting_id", flat=True)[: MOST + 1]
    return list(dict.fromkeys([*newest, *others]))[: MOST + 1]


def _folded(value, *, trimmed: bool = False) -> Func:
    """Without accents and in lower case, as the log folds names (audit/migrations/0004)."""
    folded: Func = Func(value, function="visio_words", output_field=TextField())
    return Func(folded, function="trim", output_field=TextField()) if trimmed else folded
