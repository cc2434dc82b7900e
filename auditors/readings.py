"""Who reads the log, and why, stands in the log: once a search, however many of its pages are turned."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from audit.kinds import Kind
from audit.log import record

KEY = "log_readings"
# A search that goes on longer is another reading.
LENGTH = timedelta(minutes=30)


def note_search(request, asked: dict[str, Any], *, meeting_id: UUID | None, now: datetime) -> None:
    """Records a search by what was looked for, unless it is one that still goes on."""
    _note(request, "search", asked, meeting_id=meeting_id, now=now)


def note_story(request, meeting_id: UUID, *, now: datetime) -> None:
    """Records that somebody follows what the log holds of one meeting."""
    _note(request, "story", {}, meeting_id=meeting_id, now=now)


def note_event(request, event_id: UUID, *, now: datetime) -> None:
    """Records an event that is opened without any search, as by an address that somebody sent."""
    if not _going_on(request.session, now=now):
        _note(request, "event", {"event": str(event_id)}, meeting_id=None, now=now)


def note_person(request, person_id: UUID, asked: dict[str, Any], *, now: datetime) -> None:
    """Records that somebody follows what one person did, and what was done to them."""
    _note(request, "person", asked, meeting_id=None, subject_id=person_id, now=now)


def begin_anew(session) -> None:
    """What is read from now on is another reading, even of the same search."""
    session.pop(KEY, None)


def _note(
    request, what: str, asked: dict[str, Any], *, meeting_id, now: datetime, subject_id=""
) -> None:
    trace = sha256(
        repr((what, sorted(asked.items()), meeting_id, subject_id)).encode()
    ).hexdigest()[:20]
    going_on = _going_on(request.session, now=now)
    if trace in going_on:
        return
    record(
        Kind.LOG_READ,
        actor=request.member,
        subject_id=subject_id,
        meeting_id=meeting_id,
        at=now,
        filter=asked,
        **(request.log_reason.told if request.log_reason else {}),
    )
    request.session[KEY] = going_on | {trace: now.timestamp()}


def _going_on(session, *, now: datetime) -> dict[str, float]:
    oldest = (now - LENGTH).timestamp()
    return {trace: at for trace, at in session.get(KEY, {}).items() if at > oldest}
