"""The ministry's people: found, given roles, closed and opened again, exported."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from audit.kinds import Kind
from audit.log import record
from isolation.decorators import opens_own_scope
from isolation.scope import tenant_scope
from tenants import membership
from tenants.administration import listing
from tenants.administration.listing import Filter
from tenants.decorators import permission_required
from tenants.models import Member, MemberState, Role
from tenants.policies import Permission
from tenants.spreadsheets import BYTE_ORDER_MARK, lines
from tenants.zones import activate_zone

# Rows of the exported file that are read at once, each time in a transaction of its own.
BATCH = 1_000
MOST_UNDONE = 200
UNDO = "administration_undo"


@dataclass(frozen=True)
class Act:
    """What can be done with many people at once, and what takes it back."""

    label: Any
    do: Callable[..., list[UUID]]
    back: str
    loses_rights: bool = False


def _acts() -> dict[str, Act]:
    given = {
        Role.ORGANISER: gettext_lazy("Donner le rôle « Organisateur »"),
        Role.ADMINISTRATOR: gettext_lazy("Donner le rôle « Administrateur »"),
        Role.AUDITOR: gettext_lazy("Donner le rôle « Auditeur »"),
    }
    taken = {
        Role.ORGANISER: gettext_lazy("Retirer le rôle « Organisateur »"),
        Role.ADMINISTRATOR: gettext_lazy("Retirer le rôle « Administrateur »"),
        Role.AUDITOR: gettext_lazy("Retirer le rôle « Auditeur »"),
    }
    change = membership.change_roles
    return {
        **{
            f"give-{role}": Act(label, partial(change, add=[role]), f"take-{role}")
            for role, label in given.items()
        },
        **{
            f"take-{role}": Act(
                label,
                partial(change, remove=[role]),
                f"give-{role}",
                loses_rights=role == Role.ADMINISTRATOR,
            )
            for role, label in taken.items()
        },
        "deactivate": Act(
            gettext_lazy("Désactiver le compte"),
            membership.deactivate,
            "reactivate",
            loses_rights=True,
        ),
        "reactivate": Act(gettext_lazy("Réactiver le compte"), membership.reactivate, "deactivate"),
    }


ACTS = _acts()


@permission_required(Permission.MEMBER_READ)
@require_GET
@cache_control(private=True, no_store=True)
def members(request):
    """The list, as it is asked for."""
    activate_zone(request)
    asked = Filter.read(request.GET)
    page = listing.page_of(
        asked,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        now=timezone.now(),
    )
    undo = request.session.pop(UNDO, None)
    return render(
        request,
        "administration/members.html",
        {
            "asked": asked,
            "page": page,
            "acts": [(name, act.label) for name, act in ACTS.items()],
            "states": listing.STATES.items(),
            "roles": listing.ROLES.items(),
            "seen": listing.SEEN.items(),
            "by_name": asked.sorted_by("name"),
            "by_seen": asked.sorted_by("seen"),
            "undo": undo,
        },
    )


@permission_required(Permission.MEMBER_MANAGE)
@require_http_methods(["GET", "POST"])
@cache_control(private=True, no_store=True)
def change(request):
    """One act on those who are ticked, or on everybody whom the list finds."""
    asked = Filter.read(request.POST)
    back = f"{reverse('administration_members')}?{asked.query}".rstrip("?")
    act = ACTS.get(request.POST.get("act", ""))
    if request.method == "GET":
        return redirect(back)
    if act is None:
        raise BadRequest("not an act of this page")
    people = _meant(request, asked)
    if people is None:
        messages.error(request, _("Cochez au moins une personne : rien n’a été changé."))
        return redirect(back)
    if _needs_a_second_look(request, act, people):
        return _ask_again(request, act, people, asked, back)
    return _do(request, act, people, back)


def _meant(request, asked: Filter):
    """Whom the form means; None when it means nobody. 404 where one of them is not of this
    ministry."""
    if "everybody" in request.POST:
        return asked.people(now=timezone.now())
    try:
        ids = {UUID(value) for value in request.POST.getlist("member")}
    except ValueError:
        raise BadRequest("not a person's id") from None
    people = Member.objects.filter(id__in=ids)
    if people.count() != len(ids):
        raise Http404("no such member in this ministry")
    return people if ids else None


def _needs_a_second_look(request, act: Act, people) -> bool:
    """Asked once of what reaches further than what one sees: the whole list, or oneself."""
    if "confirmed" in request.POST:
        return False
    return "everybody" in request.POST or (
        act.loses_rights and people.filter(id=request.member.id).exists()
    )


def _ask_again(request, act: Act, people, asked: Filter, back: str):
    context = {
        "act": request.POST["act"],
        "label": act.label,
        "count": people.count(),
        "includes_me": act.loses_rights and people.filter(id=request.member.id).exists(),
        "everybody": "everybody" in request.POST,
        "ids": request.POST.getlist("member"),
        "asked": asked,
        "back": back,
    }
    return render(request, "administration/members_confirm.html", context)


def _do(request, act: Act, people, back: str):
    now = timezone.now()
    try:
        changed = act.do(people=people, by=request.member, now=now)
    except membership.LastAdministrator:
        messages.error(
            request,
            _(
                "Rien n’a été changé : votre ministère n’aurait plus d’administrateur. Donnez "
                "d’abord ce rôle à quelqu’un d’autre."
            ),
        )
        return redirect(back)
    except membership.RolesExclude:
        messages.error(
            request,
            _(
                "Rien n’a été changé : quelqu’un serait à la fois administrateur et auditeur de "
                "votre ministère, ce que vos règles ne permettent pas. Retirez d’abord l’autre "
                "rôle, ou changez la règle."
            ),
        )
        return redirect(back)
    if not changed:
        messages.info(request, _("Rien n’avait à être changé."))
        return redirect(back)
    text = ngettext("%(act)s : une personne.", "%(act)s : %(count)s personnes.", len(changed))
    messages.success(request, text % {"act": act.label, "count": len(changed)})
    if act.loses_rights and request.member.id in changed:
        return redirect("/")
    if len(changed) <= MOST_UNDONE:
        request.session[UNDO] = {"act": act.back, "ids": [str(one) for one in changed]}
    return redirect(back)


HEADERS = ["Nom", "Prénom", "Adresse", "Rôles", "État", "Arrivée", "Dernière connexion"]


@opens_own_scope
@permission_required(Permission.MEMBER_READ)
@require_GET
@cache_control(private=True, no_store=True)
def export(request):
    """The list as a file, all pages of it; that it left stands in the log first."""
    # By name, whatever the page shows: nobody moves in that order while the file is written.
    asked = replace(Filter.read(request.GET), sort="name")
    now = timezone.now()
    with tenant_scope(request.tenant_id):
        count = asked.people(now=now).count()
        record(
            Kind.MEMBERS_EXPORTED,
            actor=request.member,
            people=count,
            state=asked.state,
            role=asked.role,
            seen=asked.seen,
            searched=bool(asked.q),
        )
    name = f"agents-{timezone.localdate(now).isoformat()}.csv"
    return StreamingHttpResponse(
        _file(request.tenant_id, asked, now),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _file(tenant_id: UUID, asked: Filter, now) -> Iterator[str]:
    """A slow reader holds no transaction: each part is read in one of its own."""
    yield BYTE_ORDER_MARK + lines([HEADERS])
    start = None
    while True:
        with tenant_scope(tenant_id):
            people = listing.people_after(start, asked, now=now, size=BATCH)
        if people:
            with override("fr"):  # whoever asks: other programs read it
                part = lines(_row(person) for person in people)
            yield part
        if len(people) < BATCH:
            return
        start = people[-1]


def _row(person: Member) -> list[str]:
    def iso(moment) -> str:
        return timezone.localtime(moment).isoformat(timespec="seconds") if moment else ""

    return [
        person.usual_name,
        person.given_name,
        person.email,
        ", ".join(person.role_names),
        str(MemberState(person.state).label),
        iso(person.created_at),
        iso(person.last_sign_in_at),
    ]
