"""The members' part of the API: the directory of one's own ministry."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.db.models import Q
from ninja import Field, Query, Router, Schema

from audit.kinds import Kind
from audit.log import record
from isolation.scope import tenant_scope
from tenants.api import callers, pages
from tenants.api.answers import answer_if_changed
from tenants.api.inputs import UNSET, Filters, one_of, refuse_unknown_parameters
from tenants.api.throttles import READS, Pace
from tenants.api_tokens.models import Scope
from tenants.models import Member, MemberState, Role
from tenants.policies import Permission

router = Router(tags=["members"])


class MemberOut(Schema):
    """A person in the ministry."""

    id: UUID
    name: str
    given_name: str
    usual_name: str
    email: str
    roles: list[Annotated[str, Field(json_schema_extra=one_of(Role.values))]]
    state: str = Field(json_schema_extra=one_of(MemberState.values))
    created_at: datetime
    last_sign_in_at: datetime | None


class MemberPage(Schema):
    items: list[MemberOut]
    next: str | None


class MemberFilters(Filters):
    q: str = Field("", max_length=100)
    state: Literal["active", "left"] = UNSET
    role: Literal["organiser", "administrator", "auditor"] = UNSET


@router.get(
    "/members",
    response=MemberPage,
    operation_id="list_members",
    url_name="members",
    throttle=[Pace("read", READS)],
)
def list_members(request, filters: Query[MemberFilters]):
    """The ministry's people, by address."""
    refuse_unknown_parameters(request, MemberFilters)
    caller = callers.allow(request, Scope.MEMBERS_READ)
    about = ("members", caller.id, filters.q, filters.state, filters.role)
    place = pages.read_cursor(filters.cursor, about=about, parse=str)
    callers.require_role(caller, Permission.MEMBER_READ)
    with tenant_scope(caller.tenant_id):
        found = Member.objects.filter(pages.after("email", place))
        if filters.q:
            found = found.filter(
                Q(given_name__icontains=filters.q)
                | Q(usual_name__icontains=filters.q)
                | Q(email__icontains=filters.q)
            )
        if filters.state:
            found = found.filter(state=filters.state)
        if filters.role:
            found = found.filter(roles__contains=[filters.role])
        lines = list(found.order_by("email", "id")[: filters.limit + 1])
        if place is None:  # once a list, not once a page
            record(Kind.MEMBERS_READ, actor=callers.acting(caller))
    more = len(lines) > filters.limit
    lines = lines[: filters.limit]
    cursor = pages.write_cursor(lines[-1].email, lines[-1].id, about=about) if more else None
    page = MemberPage(items=[_member(member) for member in lines], next=cursor)
    return answer_if_changed(request, page, headers=pages.link_to_next(request, cursor))


def _member(member: Member) -> MemberOut:
    return MemberOut(
        id=member.id,
        name=member.full_name,
        given_name=member.given_name,
        usual_name=member.usual_name,
        email=member.email,
        roles=member.roles,
        state=member.state,
        created_at=member.created_at,
        last_sign_in_at=member.last_sign_in_at,
    )
