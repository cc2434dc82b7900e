"""Invitations as mail that every calendar program reads (RFC 6047)."""

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meetings.calendars import invitation_calendar, join_url
from meetings.models import Invitation
from tenants.preferences.services import Preferences, preferences_at
from tenants.zones import zone_of


def send(invitation: Invitation, *, organisation: str, cancelled: bool) -> None:
    """Sends the invitation, its change or its cancellation, as its reader prefers it; SMTPException
    or OSError when the mail server fails."""
    meeting = invitation.meeting
    reader = preferences_at(invitation.email, tenant_id=invitation.to_tenant_id)
    zone = reader.time_zone if reader else meeting.time_zone
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    calendar = invitation_calendar(
        invitation,
        organisation=organisation,
        cancelled=cancelled,
        organiser_address=sender,
        reminder_minutes=reader.reminder_minutes if reader else 0,
    )
    method = "CANCEL" if cancelled else "REQUEST"
    kind = "cancellation" if cancelled else "invitation" if not meeting.sequence else "change"
    with translation.override(language_for(reader)), timezone.override(zone_of(zone)):
        context = {
            "meeting": meeting,
            "organisation": organisation,
            "host_name": meeting.host.full_name,
            "join_url": join_url(meeting),
            "kind": kind,
            "zone": zone,
            # People of connected ministries have ProConnect; the others may come as guests.
            "guest_access": "none" if invitation.to_tenant_id else meeting.guest_access,
        }
        message = EmailMultiAlternatives(
            subject=one_line(subject(meeting, kind)),
            body=render_to_string("meetings/emails/invitation.txt", context),
            from_email=formataddr((one_line(f"{meeting.host.full_name} (Visio)"), sender)),
            to=[invitation.email],
            reply_to=[formataddr((one_line(meeting.host.full_name), meeting.host.email))],
            # The same version has the same id: a second copy is recognised as one.
            headers={
                "Message-ID": f"<{invitation.id}.{meeting.sequence}@visio>",
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(
            render_to_string("meetings/emails/invitation.html", context), "text/html"
        )
    message.attach_alternative(calendar.decode(), f"text/calendar; method={method}")
    message.attach("invitation.ics", calendar.decode(), "application/ics")
    message.send()


def language_for(reader: Preferences | None) -> str:
    """In which one writes to somebody: French, unless they chose another."""
    return (reader.language if reader else "") or "fr"


def subject(meeting, kind: str) -> str:
    """What and when; the mail program cuts the end, so the kind comes first."""
    when = date_format(timezone.localtime(meeting.starts_at), "j F Y, H:i")
    texts = {
        "invitation": _("Invitation : %(title)s, %(when)s"),
        "change": _("Modifié : %(title)s, %(when)s"),
        "cancellation": _("Annulé : %(title)s, %(when)s"),
    }
    return texts[kind] % {"title": meeting.title, "when": when}


def one_line(text: str) -> str:
    """A title may hold anything; a header is one line."""
    return " ".join(text.split())
