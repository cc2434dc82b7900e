"""What Celery does for ministries, by the clock."""

import time

import structlog
from celery import shared_task
from django.db import DatabaseError
from django.utils import timezone

from audit.keeper import NoKeeper
from tenants import log_retention
from tenants.api import idempotency

log = structlog.get_logger(__name__)
# Then other work has its turn, and what is left is another task.
LONGEST = 20  # seconds


@shared_task
def forget_old_answers() -> None:
    """Answers that were kept for idempotency keys, once their day is over."""
    idempotency.forget_old_answers(now=timezone.now())


@shared_task
def prune_logs() -> None:
    """Each night: takes out of every log what is older than its ministry keeps it."""
    ends, unfinished = time.monotonic() + LONGEST, False
    for tenant_id in log_retention.tenants():
        try:
            unfinished |= not log_retention.prune(tenant_id, now=timezone.now(), ends=ends)
        except NoKeeper as missing:
            log.error("log_not_pruned", reason=str(missing))
            return
        except (DatabaseError, ValueError) as error:
            # The other logs are pruned all the same; this one is tried again tomorrow.
            log.error("log_not_pruned", tenant_id=str(tenant_id), exc_info=error)
    if unfinished:
        prune_logs.delay()
