"""Who may do what in a tenant: permissions are an enum, roles a table."""

from collections.abc import Collection
from enum import StrEnum

from django.core.exceptions import PermissionDenied

from isolation.prepared import Prepared
from tenants.models import Member, Policy, Role


class Permission(StrEnum):
    """What can be allowed, named scope:action."""

    MEETING_JOIN = "meeting:join"
    MEETING_CREATE = "meeting:create"
    LIVE_MEETING_READ = "live_meeting:read"
    LIVE_MEETING_END = "live_meeting:end"
    ADMINISTRATION_READ = "administration:read"
    MEMBER_READ = "member:read"
    MEMBER_MANAGE = "member:manage"
    MAPPING_MANAGE = "mapping:manage"
    POLICY_MANAGE = "policy:manage"
    TOKEN_MANAGE = "token:manage"
    BRANDING_MANAGE = "branding:manage"
    LOG_READ = "log:read"


EVERY_MEMBER = frozenset({Permission.MEETING_JOIN})
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ORGANISER: frozenset({Permission.MEETING_CREATE}),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.MEMBER_READ,
            Permission.MEMBER_MANAGE,
            Permission.POLICY_MANAGE,
            Permission.TOKEN_MANAGE,
            Permission.ADMINISTRATION_READ,
            Permission.MAPPING_MANAGE,
            Permission.BRANDING_MANAGE,
            Permission.LIVE_MEETING_READ,
            Permission.LIVE_MEETING_END,
        }
    ),
    Role.AUDITOR: frozenset({Permission.LOG_READ}),
}
# Who holds both reads the log in which their own acts stand: only where a rule says so.
JUDGE_AND_PARTY = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
# Roles that reach other people's data: nobody who holds one signs in with a single factor.
ROLES_UNDER_MFA = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


def policy() -> Policy:
    """The open scope's policy; a tenant without a row has the defaults."""
    return _own_policy.first() or Policy()


_own_policy = Prepared(lambda: Policy.objects.all())


def permissions_of(member: Member, policy: Policy) -> frozenset[Permission]:
    """Everything this member may do, before the second factor is asked for."""
    allowed = set(EVERY_MEMBER)
    if policy.who_may_organise == "members":
        allowed.add(Permission.MEETING_CREATE)
    for role in member.roles:
        allowed |= ROLE_PERMISSIONS[Role(role)]
    if roles_exclude_each_other(member.roles, policy):
        allowed -= ROLE_PERMISSIONS[Role.AUDITOR]
    return frozenset(allowed)


def roles_exclude_each_other(roles: Collection[str], policy: Policy) -> bool:
    """Whether somebody with these roles would audit what they themselves administer, and may not."""
    return JUDGE_AND_PARTY.issubset(roles) and not policy.administrators_may_audit


def require(member: Member, permission: Permission, *, policy: Policy) -> None:
    """Raises PermissionDenied (403) unless the member may."""
    if permission not in permissions_of(member, policy):
        raise PermissionDenied(permission)
