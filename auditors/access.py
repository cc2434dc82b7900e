"""Who may read the log: auditors, by a second factor, who have said why where others are shown."""

from functools import wraps

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from isolation.scope import tenant_scope
from tenants import policies
from tenants.decorators import lead_to_second_factor, member_required
from tenants.policies import Permission
from tenants.reading_reasons import in_force, lead_to_form


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
        request.log_reason = in_force(request.session, request.tenant_id, now=timezone.now())
        return view(request, *args, **kwargs)

    return checked


def reason_required(view):
    """Inside `auditor_required`: without a reason, the reader states one and goes on from there; from
    a form, to the page on which it stands: a meeting's story, or the proofs."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        if request.log_reason:
            return view(request, *args, **kwargs)
        if request.method == "POST" and "meeting_id" in kwargs:
            return lead_to_form(reverse("auditors:story", args=[kwargs["meeting_id"]]))
        if request.method == "POST":
            return lead_to_form(reverse("auditors:proofs"))
        return lead_to_form(request.get_full_path())

    return checked
