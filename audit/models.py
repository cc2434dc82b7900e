"""The log's one table: append-only, without foreign keys, so that it outlives what it tells of."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from audit.kinds import Outcome
from isolation.models import TenantOwned


class Event(TenantOwned):
    """One thing that happened in one tenant, told by the transaction that did it."""

    # One of kinds.Kind, checked where it is written: the catalogue grows without a migration.
    kind = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=300, blank=True)
    on_behalf_of = models.CharField(max_length=64, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    # Where the subject is a person: a delivered copy tells of people whose rows are elsewhere.
    subject_name = models.CharField(max_length=300, blank=True, db_default="")
    meeting_id = models.UUIDField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.SUCCESS)
    request_id = models.CharField(max_length=32, blank=True)
    origin = models.GenericIPAddressField(null=True)
    # The tenant in which it happened, where this is a copy delivered by another ministry.
    delivered_from = models.UUIDField(null=True)
    payload = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta(TenantOwned.Meta):
        indexes = [
            # What search.py asks for; names have an index of their own, in migration 0003.
            models.Index(fields=["tenant_id", "-at", "-id"], name="event_by_time"),
            models.Index(fields=["tenant_id", "kind", "-at", "-id"], name="event_by_kind"),
            models.Index(fields=["tenant_id", "meeting_id", "at"], name="event_by_meeting"),
            models.Index(
                fields=["tenant_id", "outcome", "-at", "-id"],
                name="event_by_outcome",
                condition=~models.Q(outcome="success"),
            ),
            models.Index(
                fields=["tenant_id", "actor_id", "-at", "-id"],
                name="event_by_actor",
                condition=~models.Q(actor_id=""),
            ),
            models.Index(
                fields=["tenant_id", "subject_id", "-at", "-id"],
                name="event_by_subject",
                condition=~models.Q(subject_id=""),
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.at:%Y-%m-%dT%H:%M:%SZ}"
