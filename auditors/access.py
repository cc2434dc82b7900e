"""Who may read the log: auditors, by a second factor."""

from functools import wraps

from django.shortcuts import render

from isolation.scope import tenant_scope
from tenants import policies
from tenants.decorators import lead_to_second_factor, member_required
from tenants.policies import Permission


def auditor_required(view):
    """The reader may read the log, and has given a second factor in this session; sign-in asks
    auditors for one, but somebody may have become one since."""

    @wraps(view)
    @member_required
    def checked(request, *args, **kwargs):
        with tenant_scope(request.tenant_id):
            policy = policies.policy()
        if policies.roles_exclude_each_other(request.member.roles, policy):
            return render(request, "auditors/administers.html", status=403)
        policies.require(request.member, Permission.LOG_READ, policy=policy)
        if not request.mfa:
            return lead_to_second_factor(request)
        return view(request, *args, **kwargs)

    return checked
