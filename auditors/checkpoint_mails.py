"""Each day the auditors of a ministry receive what its log has signed: whoever keeps these mails can
show that nothing written before was changed, and needs nobody's word for it."""

from datetime import date, datetime
from email.utils import formataddr, parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from audit import departures
from audit.checkpoints import published, signing_verifiers
from audit.models import Checkpoint, Outside
from audit.store import latest_checkpoint
from isolation import outbox
from isolation.scope import tenant_scope
from meetings.mails import language_for, one_line
from tenants.models import Member, MemberState, Role, Tenant
from tenants.preferences.services import preferences_of
from tenants.zones import zone_of


def put_mails_of_the_day(*, now: datetime) -> None:
    """One piece of work for each ministry that has auditors, put once a day however often this is
    called: on the day on which the first comes, too."""
    day = timezone.localdate(now)
    for tenant_id in Tenant.objects.filter(is_active=True).values_list("id", flat=True):
        with tenant_scope(tenant_id):
            if latest_checkpoint() and _readers().exists():
                outbox.put("auditors.checkpoint", key=f"checkpoint:{day}", day=str(day))


def put_mail_of_each(*, tenant_id: UUID, day: str) -> None:
    """What the log has signed by now goes to each auditor, by a piece of work of its own: where one
    address fails, the others are not written to twice."""
    with tenant_scope(tenant_id):
        checkpoint = latest_checkpoint()
        reader_ids = list(_readers().order_by("id").values_list("id", flat=True))
        if checkpoint is None or not reader_ids:
            return
        departures.leaves(checkpoint, to=Outside.AUDITORS, now=timezone.now())
        outbox.put_all(
            outbox.Order(
                "auditors.mail_checkpoint",
                key=f"checkpoint:{day}:{reader_id}",
                payload={"member_id": str(reader_id), "size": checkpoint.size, "day": day},
            )
            for reader_id in reader_ids
        )


def mail(*, tenant_id: UUID, member_id: str, size: int, day: str) -> None:
    """Sends it to one auditor, unless they are none any more; SMTPException or OSError when the mail
    server fails."""
    with tenant_scope(tenant_id):
        reader = _readers().filter(id=member_id).first()
        if reader is None:
            return
        checkpoint = Checkpoint.objects.get(size=size)
        message = _message(
            reader,
            ministry=Tenant.objects.get(id=tenant_id).display_name,
            checkpoint=checkpoint,
            note=published([checkpoint])[size],
            keys=[str(verifier) for verifier in signing_verifiers(checkpoint)],
            day=date.fromisoformat(day),
        )
    message.send()


def _readers() -> QuerySet[Member]:
    return Member.objects.filter(state=MemberState.ACTIVE, roles__contains=[Role.AUDITOR])


def _message(
    reader: Member, *, ministry: str, checkpoint: Checkpoint, note: str, keys: list[str], day: date
) -> EmailMessage:
    preferences = preferences_of(reader)
    with (
        translation.override(language_for(preferences)),
        timezone.override(zone_of(preferences.time_zone)),
    ):
        subject = _("Point de contrôle du journal, %(ministry)s, %(day)s") % {
            "ministry": ministry,
            "day": date_format(day, "j F Y"),
        }
        context = {
            "ministry": ministry,
            "checkpoint": checkpoint,
            "note": note,
            "keys": keys,
            "zone": preferences.time_zone,
        }
        body = render_to_string("auditors/emails/checkpoint.txt", context)
    message = EmailMessage(
        subject=one_line(subject),
        body=body,
        from_email=formataddr(("Visio", parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[reader.email],
        headers={
            # Sent again after a failure it is recognised as the same.
            "Message-ID": f"<checkpoint.{checkpoint.size}.{day:%Y%m%d}.{reader.id}@visio>",
            "Auto-Submitted": "auto-generated",
        },
    )
    # Not as text: mail turns the ends of its lines, and the signature would no longer be one.
    message.attach("checkpoint.txt", note.encode(), "application/octet-stream")
    return message
