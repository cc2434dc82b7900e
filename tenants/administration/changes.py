"""The last administrative changes, from the log, in words: who, what, about whom, from what to what.

Administrators read what administrators did; the rest of the log is the auditors'.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from audit.kinds import Kind
from audit.models import Event
from tenants.administration import rules
from tenants.models import MappingKind, Member, MemberState, Role

KINDS = (
    Kind.ROLES_CHANGED,
    Kind.MEMBER_LEFT,
    Kind.MEMBER_RETURNED,
    Kind.MAPPING_CHANGED,
    Kind.POLICY_CHANGED,
    Kind.BRANDING_CHANGED,
    Kind.MEMBERS_EXPORTED,
)
ABOUT_PEOPLE = (Kind.ROLES_CHANGED, Kind.MEMBER_LEFT, Kind.MEMBER_RETURNED)


@dataclass(frozen=True)
class Change:
    """One line. `details` are short sentences."""

    at: datetime
    by: str
    what: str
    about: str
    details: list[str]


def last_changes(most: int = 10) -> list[Change]:
    """The newest of the open scope, in two statements."""
    events = list(
        Event.objects.filter(kind__in=KINDS, delivered_from=None).order_by("-at", "-id")[:most]
    )
    names = _names(events)
    return [
        Change(
            at=event.at,
            by=event.actor_name or _("Exploitant"),
            what=str(Kind(event.kind).label),
            about=names.get(event.subject_id, ""),
            details=_details(event),
        )
        for event in events
    ]


def _names(events: Iterable[Event]) -> dict[str, str]:
    ids = {UUID(event.subject_id) for event in events if event.kind in ABOUT_PEOPLE}
    return {str(one.id): one.full_name for one in Member.objects.filter(id__in=ids)}


def _details(event: Event) -> list[str]:
    before, after = event.payload.get("before", {}), event.payload.get("after", {})
    if event.kind == Kind.MEMBERS_EXPORTED:
        return [_("%(count)s personnes") % {"count": event.payload.get("people", 0)}]
    if event.kind == Kind.POLICY_CHANGED:
        return [rules.RULES[name].say(after[name]) for name in after if name in rules.RULES]
    if event.kind == Kind.MAPPING_CHANGED:
        return _mapping_details(before, after)
    if event.kind == Kind.BRANDING_CHANGED:
        return _branding_details(before, after)
    words = _role_words if event.kind == Kind.ROLES_CHANGED else _state_words
    return [f"{words(before)} → {words(after)}"] if before or after else []


def _role_words(state: dict[str, Any]) -> str:
    roles = state.get("roles", [])
    return ", ".join(str(role.label) for role in Role if role in roles) or _("aucun rôle")


def _state_words(state: dict[str, Any]) -> str:
    labels = {one.value: str(one.label) for one in MemberState}
    return labels.get(state.get("state", ""), "")


def _mapping_details(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    details = []
    for kind in MappingKind:
        was, is_now = set(before.get(kind, [])), set(after.get(kind, []))
        details += [_("+ %(value)s") % {"value": value} for value in sorted(is_now - was)]
        details += [_("− %(value)s") % {"value": value} for value in sorted(was - is_now)]
    if "order" in after:
        labels = [str(MappingKind(kind).label) for kind in after["order"]]
        details.append(_("Ordre : %(kinds)s") % {"kinds": ", ".join(labels)})
    return details


def _branding_details(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    details = []
    if before.get("name") != after.get("name"):
        details.append(f"{before.get('name')} → {after.get('name')}")
    if before.get("logo") != after.get("logo"):
        details.append(_("nouveau logo") if after.get("logo") else _("logo retiré"))
    return details
