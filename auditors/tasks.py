"""The outbox's handlers and the clock's calls; each calls one service."""

from celery import shared_task
from django.utils import timezone

from auditors import checkpoint_mails
from isolation import outbox

outbox.handler("auditors.checkpoint")(checkpoint_mails.put_mail_of_each)
outbox.handler("auditors.mail_checkpoint")(checkpoint_mails.mail)


@shared_task
def put_checkpoint_mails() -> None:
    """Beat's call: the day's signed checkpoints go to the auditors."""
    checkpoint_mails.put_mails_of_the_day(now=timezone.now())
