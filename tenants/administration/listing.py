"""A ministry's people as a list: found, filtered, put in order, page by page, in three statements
whatever their number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import F, Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from tenants.models import Folded, Member, MemberState, Role
from tenants.words import MOST_WORDS, visible_line

PAGE = 50

STATES = {
    "active": _("Actifs"),
    "left": _("Désactivés"),
    "all": _("Tous"),
}
ROLES = {
    "": _("Tous les rôles"),
    **{role.value: role.label for role in Role},
    "none": _("Sans rôle particulier"),
}
SEEN = {
    "": _("Indifférente"),
    "never": _("Jamais venus"),
    "30": _("Pas depuis 30 jours"),
    "90": _("Pas depuis 3 mois"),
    "365": _("Pas depuis un an"),
}
# What may stand in `sort`, and by which column it puts in order; a hyphen turns it round.
ORDERS = {"name": "name_key", "seen": "last_sign_in_at"}


@dataclass(frozen=True)
class Filter:
    """What of the list is asked for. Each value is one that stands above: nothing that a stranger
    wrote into the address reaches a statement but as the words that are looked for."""

    q: str = ""
    state: str = "active"
    role: str = ""
    seen: str = ""
    sort: str = "name"

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Filter":
        """From an address or a form; what is unknown counts as not given."""

        def known(name: str, values: Mapping[str, Any], default: str) -> str:
            value = given.get(name, default)
            return value if value in values else default

        sort = given.get("sort", "name")
        return cls(
            q=visible_line(given.get("q", "")),
            state=known("state", STATES, "active"),
            role=known("role", ROLES, ""),
            seen=known("seen", SEEN, ""),
            sort=sort if sort.removeprefix("-") in ORDERS else "name",
        )

    @property
    def is_default(self) -> bool:
        return replace(self, sort="name") == Filter()

    @property
    def query(self) -> str:
        """As it stands in an address, without what is the default."""
        default = Filter()
        pairs = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return urlencode({k: v for k, v in pairs.items() if v != getattr(default, k)})

    def sorted_by(self, column: str) -> "Filter":
        """The same by this column; the other way round where it is by this column already."""
        return replace(self, sort=f"-{column}" if self.sort == column else column)

    def people(self, *, now: datetime) -> QuerySet[Member]:
        """Those of the open scope, in no order."""
        found = Member.objects.all()
        if self.state != "all":
            found = found.filter(state=MemberState(self.state))
        if self.role == "none":
            found = found.filter(roles=[])
        elif self.role:
            found = found.filter(roles__contains=[self.role])
        if self.seen == "never":
            found = found.filter(last_sign_in_at=None)
        elif self.seen:
            found = found.filter(last_sign_in_at__lt=now - timedelta(days=int(self.seen)))
        for word in self.q.split()[:MOST_WORDS]:
            found = found.filter(name_key__contains=Folded(Value(word)))
        return found


@dataclass(frozen=True)
class Page:
    """Some people of a list. `before` and `after`: the person from whom one goes back or on."""

    people: list[Member]
    count: int
    before: UUID | None
    after: UUID | None


def page_of(
    asked: Filter, *, after: str = "", before: str = "", now: datetime, size: int = PAGE
) -> Page:
    """The page after or before a person, by the person's id; the first one for an id that is
    unknown here, or is none."""
    people = asked.people(now=now)
    count = people.count()
    turned = bool(before) and not after
    start = _member(after or before)
    if start is None:
        turned = False
    else:
        people = people.filter(_beyond(start, asked.sort, turned))
    rows = list(_ordered(people, asked.sort, turned)[: size + 1])
    has_more = len(rows) > size
    rows = rows[:size]
    if turned:
        rows.reverse()
    return Page(
        rows,
        count,
        before=rows[0].id if rows and start is not None and (has_more or not turned) else None,
        after=rows[-1].id if rows and (has_more or turned) else None,
    )


def people_after(start: Member | None, asked: Filter, *, now: datetime, size: int) -> list[Member]:
    """The next so many of the whole list."""
    people = asked.people(now=now)
    if start is not None:
        people = people.filter(_beyond(start, asked.sort, False))
    return list(_ordered(people, asked.sort, False)[:size])


def _member(text: str) -> Member | None:
    try:
        return Member.objects.filter(id=UUID(text)).first()
    except ValueError:
        return None


def _ordered(people: QuerySet[Member], sort: str, turned: bool) -> QuerySet[Member]:
    """Who never came stands before all others, or after them: as in the index."""
    column = ORDERS[sort.removeprefix("-")]
    if sort.startswith("-") != turned:
        return people.order_by(F(column).desc(nulls_last=True), "-id")
    return people.order_by(F(column).asc(nulls_first=True), "id")


def _beyond(start: Member, sort: str, turned: bool) -> Q:
    """Who comes after this person in that order."""
    column = ORDERS[sort.removeprefix("-")]
    value = getattr(start, column)
    if sort.startswith("-") != turned:
        if value is None:
            return Q(**{f"{column}__isnull": True}, id__lt=start.id)
        up_to_here = Q(**{f"{column}__lte": value})
        beyond = up_to_here & (Q(**{f"{column}__lt": value}) | Q(id__lt=start.id))
        return beyond if column == "name_key" else beyond | Q(**{f"{column}__isnull": True})
    if value is None:
        return Q(**{f"{column}__isnull": True}, id__gt=start.id) | Q(**{f"{column}__isnull": False})
    # Said twice, so that the index starts at the right place.
    from_here = Q(**{f"{column}__gte": value})
    return from_here & (Q(**{f"{column}__gt": value}) | Q(id__gt=start.id))
