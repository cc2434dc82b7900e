"""Who belongs to a ministry and with which roles: changed for one or for thousands at once."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, UUIDField

from audit.kinds import Kind
from audit.log import Actor, record_each
from isolation.prepared import Prepared
from isolation.scope import current_tenant_id, tenant_scope
from tenants import policies
from tenants.models import Member, MemberState, Role, Tenant
from tenants.signals import memberships_ended


class LastAdministrator(Exception):
    """Afterwards nobody could administer the ministry any more; nothing was changed."""


class RolesExclude(Exception):
    """Afterwards somebody would administer and audit the ministry, which its rules do not allow;
    nothing was changed."""


def find_member(tenant_id: UUID, user_id: UUID) -> Member | None:
    """With its user and its ministry, in one statement; None for who has left, and where the
    ministry was closed."""
    with tenant_scope(tenant_id):
        return _active_member.first(user_id=user_id)


_active_member = Prepared(
    lambda user_id: Member.objects.select_related("user", "tenant").filter(
        user_id=user_id, state=MemberState.ACTIVE, tenant__is_active=True
    ),
    user_id=UUIDField(),
)


def change_roles(
    *,
    people: QuerySet[Member],
    add: Collection[Role] = (),
    remove: Collection[Role] = (),
    by: Actor,
    now: datetime,
) -> list[UUID]:
    """Gives and takes roles; the ids of those for whom that changed something.

    Raises LastAdministrator, RolesExclude.
    """
    with _one_after_the_other():
        policy = policies.policy()
        rows = list(people.order_by("id").select_for_update(of=("self",)))
        after = {row.id: sorted({*row.roles, *add} - {*remove}) for row in rows}
        changed = [row for row in rows if after[row.id] != sorted(row.roles)]
        if any(
            policies.roles_exclude_each_other(after[row.id], policy)
            and not policies.roles_exclude_each_other(row.roles, policy)
            for row in changed
        ):
            raise RolesExclude
        alike: dict[tuple[str, ...], list[UUID]] = defaultdict(list)
        for row in changed:
            alike[tuple(after[row.id])].append(row.id)
        for roles, ids in alike.items():
            Member.objects.filter(id__in=ids).update(roles=list(roles))
        if Role.ADMINISTRATOR in remove and any(_administers(row) for row in changed):
            _refuse_without_administrator()
        payloads = {
            row.id: {"before": {"roles": row.roles}, "after": {"roles": after[row.id]}}
            for row in changed
        }
        record_each(Kind.ROLES_CHANGED, payloads, actor=by, at=now)
    return [row.id for row in changed]


def deactivate(*, people: QuerySet[Member], by: Actor | None, now: datetime) -> list[UUID]:
    """Closes memberships; their sessions end with their next request. The ids of those that were
    open. An operator (`by=None`) may close the last administrator's as well.

    Raises LastAdministrator.
    """
    with _one_after_the_other():
        changed = _move(people, MemberState.ACTIVE, MemberState.LEFT)
        if by is not None and any(_administers(row) for row in changed):
            _refuse_without_administrator()
        _record_moves(Kind.MEMBER_LEFT, changed, MemberState.LEFT, by=by, now=now)
        memberships_ended.send(sender=Member, member_ids=[row.id for row in changed])
    return [row.id for row in changed]


def reactivate(*, people: QuerySet[Member], by: Actor, now: datetime) -> list[UUID]:
    """Opens memberships again, with the roles that they had; the ids of those that were closed."""
    with _one_after_the_other():
        changed = _move(people, MemberState.LEFT, MemberState.ACTIVE)
        _record_moves(Kind.MEMBER_RETURNED, changed, MemberState.ACTIVE, by=by, now=now)
    return [row.id for row in changed]


@contextmanager
def _one_after_the_other() -> Iterator[None]:
    """Holds the ministry's row: of two administrators who demote each other at the same moment, the
    second sees what the first did. A refusal takes back all that was written here."""
    with transaction.atomic():
        Tenant.objects.select_for_update(no_key=True).get(id=current_tenant_id())
        yield


def _move(people: QuerySet[Member], before: MemberState, after: MemberState) -> list[Member]:
    """The rows as they were."""
    rows = list(people.filter(state=before).order_by("id").select_for_update(of=("self",)))
    Member.objects.filter(id__in=[row.id for row in rows]).update(state=after)
    return rows


def _record_moves(
    kind: Kind, rows: list[Member], after: MemberState, *, by: Actor | None, now: datetime
) -> None:
    payloads = {
        row.id: {"before": {"state": row.state}, "after": {"state": after}}
        | ({"by_operator": True} if by is None else {})
        for row in rows
    }
    record_each(kind, payloads, actor=by, at=now)


def _administers(member: Member) -> bool:
    return member.state == MemberState.ACTIVE and Role.ADMINISTRATOR in member.roles


def _refuse_without_administrator() -> None:
    administrators = Member.objects.filter(
        state=MemberState.ACTIVE, roles__contains=[Role.ADMINISTRATOR]
    )
    if not administrators.exists():
        raise LastAdministrator
