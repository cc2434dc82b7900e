"""Celery's side of the outbox."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from isolation import outbox


@shared_task
def do_work(tenant_id: str, work_id: str) -> None:
    """Does one row of the outbox; a second delivery finds it leased or done."""
    outbox.do(UUID(tenant_id), UUID(work_id))


@shared_task
def nudge_each(tenant_id: str, work_ids: list[str]) -> None:
    """Makes one message of each row, so that several workers do them; each may fail by itself."""
    for work_id in work_ids:
        outbox.nudge(UUID(tenant_id), UUID(work_id))


@shared_task
def send_late_work() -> int:
    """Beat's call: nudges what is due and was not done, for instance after a crash."""
    late = outbox.late_work(now=timezone.now() - outbox.PATIENCE)
    for tenant_id, work_id in late:
        outbox.nudge(tenant_id, work_id)
    return len(late)
