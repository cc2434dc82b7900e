"""Up to when reminders were looked for."""

from django.db import models

from isolation.models import TenantOwned


class ReminderClock(TenantOwned):
    """One row, the installation's own: reminders due until this moment stand in the outbox. It is
    moved in the transaction that puts them there, so that none is left out and none comes twice,
    however long the clock stood still and however many run."""

    looked_until = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="one_reminder_clock")]

    def __str__(self):
        return self.looked_until.isoformat()
