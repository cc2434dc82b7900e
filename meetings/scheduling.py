"""Schedules, changes and cancels meetings; each service tells the log and the invitees."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.kinds import Kind
from audit.log import Actor, record
from isolation import outbox
from isolation.prepared import insert
from isolation.scope import current_tenant_id
from meetings import ending
from meetings.access_texts import allowed_guest_access, guest_access_limit
from meetings.models import DirectEntry, Invitation, JoinLink, Meeting, MeetingState
from tenants import policies
from tenants.models import GuestAccess, MappingKind, Member, Policy, TenantMapping

# What stands in people's calendars: only a change of it is told to them.
IN_CALENDARS = ("title", "description", "starts_at", "ends_at", "time_zone")
ACCESS = ("guest_access", "direct_entry")


@dataclass(frozen=True)
class Plan:
    """What an organiser decides; addresses in lower case, each once."""

    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    invitees: tuple[str, ...] = ()
    guest_access: str = GuestAccess.NONE
    direct_entry: str = DirectEntry.MINISTRY


def schedule_meeting(
    *, plan: Plan, by: Actor, host: Member | None = None, policy: Policy | None = None
) -> Meeting:
    """Makes a meeting of the open scope and sends its invitations.

    Its host is whoever plans it, unless a service plans it for a `host`; `policy` is the tenant's,
    where the caller has read it. Raises PermissionDenied or ValidationError (the policy, in words).
    """
    host = host or cast(Member, by)
    policy = policy or policies.policy()
    policies.require(host, policies.Permission.MEETING_CREATE, policy=policy)
    _check(plan, policy)
    decided = {name: getattr(plan, name) for name in (*IN_CALENDARS, *ACCESS)}
    # No savepoint: a failure in here takes the scope's whole transaction along.
    with transaction.atomic(savepoint=False):
        meeting = Meeting(tenant_id=current_tenant_id(), host=host, **decided)
        insert(meeting)
        insert(JoinLink(slug=meeting.slug, tenant_id=meeting.tenant_id, meeting_id=meeting.id))
        if plan.invitees:
            _tell(_invite(meeting, plan.invitees), meeting)
        record(
            Kind.MEETING_CREATED,
            actor=by,
            on_behalf_of=_host_of(meeting, by),
            meeting_id=meeting.id,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            invitees=len(plan.invitees),
            guest_access=str(plan.guest_access),
            direct_entry=str(plan.direct_entry),
        )
    return meeting


@transaction.atomic
def change_meeting(*, meeting: Meeting, plan: Plan, by: Actor, now: datetime) -> bool:
    """Changes a meeting and tells everybody; False when nothing was changed.

    Who is no longer invited receives a cancellation. Who may come in stands in no calendar:
    changing it alone tells nobody. Raises ValidationError.
    """
    meeting = Meeting.objects.select_for_update().get(id=meeting.id)
    if meeting.state in (MeetingState.CANCELLED, MeetingState.ENDED):
        raise ValidationError(_("Cette réunion est terminée ou annulée : elle ne change plus."))
    _refuse_unplanned(meeting)
    _check(plan, policies.policy())
    changed = [n for n in (*IN_CALENDARS, *ACCESS) if getattr(meeting, n) != getattr(plan, n)]
    is_told = any(name in IN_CALENDARS for name in changed)
    invited = set(
        Invitation.objects.filter(meeting=meeting, withdrawn_at=None).values_list(
            "email", flat=True
        )
    )
    arrived, gone = set(plan.invitees) - invited, invited - set(plan.invitees)
    if not (changed or arrived or gone):
        return False
    for name in changed:
        setattr(meeting, name, getattr(plan, name))
    if is_told or arrived or gone:
        meeting.sequence += 1
    meeting.save(update_fields=[*changed, "sequence"])
    Invitation.objects.filter(meeting=meeting, email__in=gone).update(withdrawn_at=now)
    Invitation.objects.filter(meeting=meeting, email__in=arrived).update(withdrawn_at=None)
    known = Invitation.objects.filter(meeting=meeting).values_list("email", flat=True)
    _invite(meeting, arrived - set(known))
    invitations = Invitation.objects.filter(meeting=meeting)
    _tell([i for i in invitations if is_told or i.email in arrived | gone], meeting)
    record(
        Kind.MEETING_CHANGED,
        actor=by,
        on_behalf_of=_host_of(meeting, by),
        meeting_id=meeting.id,
        changed=changed,
        invited=len(arrived),
        withdrawn=len(gone),
        guest_access=str(plan.guest_access),
        direct_entry=str(plan.direct_entry),
    )
    return True


@transaction.atomic
def cancel_meeting(*, meeting: Meeting, by: Actor, now: datetime) -> None:
    """Cancels a meeting that has not ended and tells everybody; cancelling twice changes nothing."""
    meeting = Meeting.objects.select_for_update().get(id=meeting.id)
    if meeting.state == MeetingState.CANCELLED:
        return
    _refuse_unplanned(meeting)
    if meeting.state == MeetingState.ENDED:
        raise ValidationError(_("Cette réunion est terminée : elle ne peut plus être annulée."))
    if meeting.state == MeetingState.LIVE:
        outbox.put(
            "meetings.delete_room", key=f"delete_room:{meeting.id}:cancelled",
            meeting_id=str(meeting.id),
        )  # fmt: skip
    meeting.state = MeetingState.CANCELLED
    meeting.ended_at = now
    meeting.room_opened_at = None
    meeting.sequence += 1
    meeting.save(update_fields=["state", "ended_at", "room_opened_at", "sequence"])
    _tell(Invitation.objects.filter(meeting=meeting, withdrawn_at=None), meeting)
    ending.close_doors(meeting)
    record(
        Kind.MEETING_CANCELLED,
        actor=by,
        on_behalf_of=_host_of(meeting, by),
        meeting_id=meeting.id,
    )


def _refuse_unplanned(meeting: Meeting) -> None:
    if meeting.personal_room_id is not None:
        raise ValidationError(
            _("Cette réunion se tient dans une salle personnelle : personne ne l’a planifiée.")
        )


def _host_of(meeting: Meeting, by: Actor) -> str:
    """In whose name somebody else acts on a meeting; empty for its host."""
    return "" if by.id == meeting.host_id else str(meeting.host_id)


def _invite(meeting: Meeting, new: Iterable[str]) -> list[Invitation]:
    """Writes the invitations of addresses that have none yet."""
    emails = sorted(new)
    owners = owners_of_domains(emails)
    return Invitation.objects.bulk_create(
        Invitation(meeting=meeting, email=email, to_tenant_id=owners.get(domain_of(email)))
        for email in emails
    )


def _tell(invitations: Iterable[Invitation], meeting: Meeting) -> None:
    """One mail and one delivery for each invitee and each version of the meeting, in the outbox."""
    outbox.put_all(
        outbox.Order(
            kind,
            key=f"{kind}:{invitation.id}:{meeting.sequence}",
            payload={"invitation_id": str(invitation.id), "sequence": meeting.sequence},
        )
        for invitation in invitations
        for kind in ("meetings.mail_invitation", "meetings.deliver_invitation")
    )


def _check(plan: Plan, policy: Policy) -> None:
    """The tenant's policy, each rule with a message for the organiser."""
    problems: dict[str, list[str]] = {}

    def refuse(field: str, message: str) -> None:
        problems.setdefault(field, []).append(message)

    minutes = (plan.ends_at - plan.starts_at).total_seconds() / 60
    if minutes <= 0:
        refuse("ends_at", _("La réunion doit finir après son début."))
    if minutes > policy.longest_meeting_minutes:
        hours = policy.longest_meeting_minutes // 60
        refuse(
            "ends_at",
            _("Votre ministère limite une réunion à %(hours)s heures.") % {"hours": hours},
        )
    if len(plan.invitees) > policy.most_invitees:
        refuse(
            "invitees",
            ngettext(
                "Votre ministère limite une réunion à %(most)s personne invitée.",
                "Votre ministère limite une réunion à %(most)s personnes invitées.",
                policy.most_invitees,
            )
            % {"most": policy.most_invitees},
        )
    if allowed_guest_access(plan.guest_access, policy) != plan.guest_access:
        refuse("guest_access", guest_access_limit(policy))
    if not (policy.invite_other_ministries and policy.invite_external_people):
        _check_domains(plan, policy, refuse)
    if problems:
        raise ValidationError(problems)


def _check_domains(plan: Plan, policy: Policy, refuse) -> None:
    owners = owners_of_domains(plan.invitees)
    for domain in sorted({domain_of(email) for email in plan.invitees}):
        owner = owners.get(domain)
        if owner is None and not policy.invite_external_people:
            refuse(
                "invitees",
                _("Votre ministère n’invite pas de personnes extérieures (%(domain)s).")
                % {"domain": domain},
            )
        elif owner not in (None, current_tenant_id()) and not policy.invite_other_ministries:
            refuse(
                "invitees",
                _("Votre ministère n’invite pas d’autres ministères (%(domain)s).")
                % {"domain": domain},
            )


def domain_of(email: str) -> str:
    return email.rpartition("@")[2]


def owners_of_domains(emails) -> dict[str, UUID]:
    """The tenant of each address's domain, where one has it; in one statement."""
    domains = {domain_of(email) for email in emails}
    mappings = TenantMapping.objects.filter(kind=MappingKind.DOMAIN, value__in=domains)
    return dict(mappings.values_list("value", "tenant_id"))
