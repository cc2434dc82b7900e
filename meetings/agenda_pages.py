"""A person's meetings page by page: what is to come, what is over and who came, what words find."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from meetings import agenda, listing
from meetings.agenda import Item
from meetings.attendance import numbers_of_people
from meetings.listing import Line, Wanted
from tenants.models import Member
from tenants.words import MOST_WORDS, visible_line

PAGE = 20
# Of each kind, on the page of a search; the lists have all of it.
FOUND = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Turn:
    """From where a page goes on: after a line or before it, as an address says it. What is not an
    address of ours is the first page: nothing is secret in a moment and an id."""

    after: str = ""
    before: str = ""


@dataclass(frozen=True)
class Page:
    """Some lines of a list; `before` and `after`: from where one goes back and on."""

    items: list[Item]
    before: str = ""
    after: str = ""


def upcoming(
    member: Member, *, words: str = "", turn: Turn | None = None, now: datetime, size: int = PAGE
) -> Page:
    """What goes on and what is to come, the nearest first; in two statements."""
    wanted = Wanted(open_at=now, own_cancelled=False, words=words_of(words))
    lines, page = _page(member, wanted, turn or Turn(), size)
    return replace(page, items=agenda.with_waiting(member, lines, now=now))


def past(
    member: Member, *, words: str = "", turn: Turn | None = None, now: datetime, size: int = PAGE
) -> Page:
    """What is over, the latest first, each with how many came; in two statements."""
    wanted = Wanted(over_at=now, own_cancelled=False, latest_first=True, words=words_of(words))
    lines, page = _page(member, wanted, turn or Turn(), size)
    came = numbers_of_people(line.id for line in lines if line.host_id)

    def item(line: Line) -> Item:
        people = came.get(line.id, 0) if line.host_id else line.people
        return Item.of_line(line, reader=member, people=people)

    return replace(page, items=[item(line) for line in lines])


def words_of(typed: str) -> tuple[str, ...]:
    """What is looked for; nothing that was typed is more than words."""
    return tuple(visible_line(typed).split()[:MOST_WORDS])


def _page(member: Member, wanted: Wanted, turn: Turn, size: int) -> tuple[list[Line], Page]:
    place = _read_place(turn.after) or _read_place(turn.before)
    turned = place is not None and _read_place(turn.after) is None
    if turned:
        wanted = replace(wanted, latest_first=not wanted.latest_first)
    lines = listing.of_member(member, replace(wanted, place=place, most=size + 1))
    has_more = len(lines) > size
    lines = lines[:size]
    if turned:
        lines.reverse()
    goes_back = bool(lines) and place is not None and (has_more or not turned)
    goes_on = bool(lines) and (has_more or turned)
    page = Page(
        [],
        before=_write_place(lines[0]) if goes_back else "",
        after=_write_place(lines[-1]) if goes_on else "",
    )
    return lines, page


def _write_place(line: Line) -> str:
    return f"{(line.starts_at - _EPOCH) // timedelta(microseconds=1)}.{line.id.hex}"


def _read_place(text: str) -> tuple[datetime, UUID] | None:
    moment, _dot, last_id = text.partition(".")
    try:
        # As strict as what we write: `int` alone would take spaces, signs and other scripts' digits.
        if len(moment) > 18 or not (moment.isascii() and moment.isdigit()):
            return None
        return _EPOCH + timedelta(microseconds=int(moment)), UUID(last_id)
    except (ValueError, OverflowError):
        return None
