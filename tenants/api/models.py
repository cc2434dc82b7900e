"""Answers that are kept for who asks the same thing twice."""

from django.db import models
from django.utils import timezone

from isolation.models import TenantOwned


class IdempotentAnswer(TenantOwned):
    """What a request with an Idempotency-Key was answered, for as long as its key is remembered."""

    # The member or the service that chose the key.
    caller_id = models.UUIDField()
    key = models.CharField(max_length=255)
    # SHA-256 of what was asked: the same key with another request is a mistake.
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "caller_id", "key"], name="answered_once_a_key"
            )
        ]
        indexes = [models.Index(fields=["tenant_id", "expires_at"], name="answer_to_forget")]

    def __str__(self):
        return str(self.id)
