"""The mail that reminds somebody of a meeting."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr, parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meetings.mails import language_for, one_line
from tenants.models import Member
from tenants.preferences.services import preferences_of
from tenants.zones import zone_of


@dataclass(frozen=True)
class Coming:
    """A meeting to be reminded of, of whatever ministry."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    join_path: str
    host_name: str
    organisation: str


def send(meeting: Coming, *, to: Member) -> None:
    """Sends one reminder, in the person's language and by their clock; SMTPException or OSError when
    the mail server fails."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    language, zone = language_for(preferences_of(to)), zone_of(to.time_zone)
    with translation.override(language), timezone.override(zone):
        when = date_format(timezone.localtime(meeting.starts_at), "j F Y, H:i")
        context = {
            "meeting": meeting,
            "zone": zone.key,
            "join_url": f"{settings.PUBLIC_URL}{meeting.join_path}",
            "preferences_url": f"{settings.PUBLIC_URL}{reverse('preferences')}",
        }
        message = EmailMultiAlternatives(
            subject=one_line(
                _("Rappel : %(title)s, %(when)s") % {"title": meeting.title, "when": when}
            ),
            body=render_to_string("meetings/emails/reminder.txt", context),
            from_email=formataddr(("Visio", sender)),
            to=[to.email],
            # The same reminder has the same id: a second copy is recognised as one.
            headers={
                "Message-ID": f"<{meeting.id}.{meeting.starts_at.timestamp():.0f}.{to.id}@visio>",
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(
            render_to_string("meetings/emails/reminder.html", context), "text/html"
        )
    message.send()
