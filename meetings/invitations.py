"""Brings an invitation to where it is read: a mail, and an entry in the invitee's own tenant."""

from uuid import UUID

from audit.kinds import Kind
from audit.log import record
from isolation.scope import tenant_scope
from meetings import mails, push
from meetings.attendance import numbers_of_people
from meetings.models import AgendaEntry, Invitation, Meeting, MeetingState
from tenants.models import Tenant
from tenants.services import tenants_with_address


def load(tenant_id: UUID, invitation_id: str) -> tuple[Invitation, str]:
    """An invitation with its meeting and host, and the name of the ministry that invites."""
    with tenant_scope(tenant_id):
        invitation = Invitation.objects.select_related("meeting__host").get(id=invitation_id)
    return invitation, Tenant.objects.values_list("name", flat=True).get(id=tenant_id)


def mail(*, tenant_id: UUID, invitation_id: str, sequence: int) -> None:
    """Sends one version of an invitation by mail.

    A version that was overtaken is not sent. A crash between sending and its mark sends the same
    mail, with the same UID and SEQUENCE, twice: calendars take it as one.
    """
    invitation, organisation = load(tenant_id, invitation_id)
    if invitation.meeting.sequence != sequence:
        return
    cancelled = is_cancelled(invitation)
    mails.send(invitation, organisation=organisation, cancelled=cancelled)
    with tenant_scope(tenant_id):
        record(
            Kind.INVITATION_SENT,
            subject=invitation,
            meeting_id=invitation.meeting_id,
            sequence=sequence,
            cancelled=cancelled,
        )


def is_cancelled(invitation: Invitation) -> bool:
    """Whether this person is no longer expected."""
    return invitation.withdrawn_at is not None or (
        invitation.meeting.state == MeetingState.CANCELLED
    )


def deliver(*, tenant_id: UUID, invitation_id: str, sequence: int) -> None:
    """Writes the entry in the agenda of each other tenant that knows the address.

    Late and repeated deliveries are harmless: an entry never goes back in sequence.
    """
    invitation, organisation = load(tenant_id, invitation_id)
    meeting = invitation.meeting
    for target in tenants_with_address(invitation.email):
        if target != tenant_id:
            _deliver_to(target, invitation, organisation)
    tell_agendas(tenant_id, meeting, [invitation.email])


def _deliver_to(target: UUID, invitation: Invitation, organisation: str) -> None:
    meeting = invitation.meeting
    content = {
        "slug": meeting.slug,
        "title": meeting.title,
        "organisation": organisation,
        "host_name": meeting.host.full_name,
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
        "time_zone": meeting.time_zone,
        "sequence": meeting.sequence,
        "is_cancelled": is_cancelled(invitation),
        "is_live": meeting.state == MeetingState.LIVE,
    }
    with tenant_scope(target):
        entry, made = AgendaEntry.objects.get_or_create(
            meeting_id=meeting.id, email=invitation.email, defaults=content
        )
        changed = made
        if not made:
            changed = bool(
                AgendaEntry.objects.filter(id=entry.id, sequence__lte=meeting.sequence).update(
                    **content
                )
            )
        if made:
            record(Kind.INVITATION_DELIVERED, subject=entry, meeting_id=meeting.id)
    if changed:
        push.agenda_changed(target, invitation.email)


def announce(*, tenant_id: UUID, meeting_id: str) -> None:
    """Tells every agenda that a meeting has begun or ended; then also how many came, but not who:
    who was there stays with the ministry that hosted it."""
    with tenant_scope(tenant_id):
        meeting = Meeting.objects.select_related("host").get(id=meeting_id)
        emails = list(
            Invitation.objects.filter(meeting=meeting, withdrawn_at=None).values_list(
                "email", flat=True
            )
        )
        is_over = meeting.state == MeetingState.ENDED
        people = numbers_of_people([meeting.id]).get(meeting.id, 0) if is_over else None
    news = {
        "is_live": meeting.state == MeetingState.LIVE,
        "started_at": meeting.started_at if is_over else None,
        "ended_at": meeting.ended_at if is_over else None,
        "people": people,
    }
    for email in emails:
        for target in tenants_with_address(email):
            if target == tenant_id:
                continue
            with tenant_scope(target):
                AgendaEntry.objects.filter(meeting_id=meeting.id, email=email).update(**news)
            push.agenda_changed(target, email)
    tell_agendas(tenant_id, meeting, emails)


def tell_agendas(tenant_id: UUID, meeting: Meeting, emails: list[str]) -> None:
    """The host's and the own invitees' open agendas."""
    for email in {meeting.host.email, *emails}:
        push.agenda_changed(tenant_id, email)
