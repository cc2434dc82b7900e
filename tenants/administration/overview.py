"""What an administrator sees first: how many people there are, and what asks for attention."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from isolation.models import Work
from tenants import policies, services
from tenants.administration import rules
from tenants.models import Member, MemberState, Role, Tenant

# Work that was given up longer ago is history, and in the servers' logs.
RECENT = timedelta(days=14)


@dataclass(frozen=True)
class Figures:
    """People of the ministry."""

    active: int
    never_seen: int
    left: int
    administrators: int


@dataclass(frozen=True)
class Alert:
    """Something that asks for attention, and where to act; `url` may be empty."""

    text: str
    url: str = ""
    link: str = ""


def figures() -> Figures:
    """Of the open scope, in one statement."""
    is_active = Q(state=MemberState.ACTIVE)
    counted = Member.objects.aggregate(
        active=Count("id", filter=is_active),
        never_seen=Count("id", filter=is_active & Q(last_sign_in_at=None)),
        left=Count("id", filter=Q(state=MemberState.LEFT)),
        administrators=Count("id", filter=is_active & Q(roles__contains=[Role.ADMINISTRATOR])),
    )
    return Figures(**counted)


def alerts(tenant: Tenant, people: Figures, *, now: datetime) -> list[Alert]:
    """Only what can be known for sure, the gravest first."""
    return [
        *_no_way_in(tenant),
        *_given_up(now),
        *_no_second_administrator(people),
        *_unusual_rules(),
    ]


def _no_way_in(tenant: Tenant) -> list[Alert]:
    leads = services.mapping_of(tenant)
    if any(leads[kind] for kind in leads["order"]):
        return []
    text = _("Rien ne mène à votre ministère : personne ne peut s’y identifier.")
    return [Alert(text, reverse("administration_mapping"), _("Rattachement"))]


def _given_up(now: datetime) -> list[Alert]:
    given_up = Work.objects.filter(given_up_at__gte=now - RECENT)
    found = given_up.aggregate(count=Count("id"), last=Max("given_up_at"))
    if not found["count"]:
        return []
    text = ngettext(
        "Une tâche a été abandonnée après de nombreux essais ces quatorze derniers jours : un "
        "message ou une invitation n’est peut-être pas arrivé. Prévenez l’exploitant.",
        "%(count)s tâches ont été abandonnées après de nombreux essais ces quatorze derniers "
        "jours : des messages ou des invitations ne sont peut-être pas arrivés. Prévenez "
        "l’exploitant.",
        found["count"],
    )
    return [Alert(text % {"count": found["count"]})]


def _no_second_administrator(people: Figures) -> list[Alert]:
    if people.administrators > 1:
        return []
    text = _(
        "Il n’y a pas de second administrateur actif : en l’absence du premier, personne ne peut "
        "agir."
    )
    return [Alert(text, reverse("administration_members"), _("Donner le rôle à quelqu’un"))]


def _unusual_rules() -> list[Alert]:
    url, link = reverse("administration_policies"), _("Règles")
    return [Alert(text, url, link) for text in rules.unusual(policies.policy())]
