"""What Celery does for ministries, by the clock."""

from celery import shared_task
from django.utils import timezone

from tenants.api import idempotency


@shared_task
def forget_old_answers() -> None:
    """Answers that were kept for idempotency keys, once their day is over."""
    idempotency.forget_old_answers(now=timezone.now())
