"""The base of every tenant-owned model, and the outbox: work to be done is a row."""

from django.db import models
from django.utils import timezone

from isolation.ids import uuid7
from isolation.scope import current_tenant_id


class ScopedManager(models.Manager):
    """Sees the open scope's rows only; outside a scope every query raises NoTenantScope."""

    def get_queryset(self):
        return super().get_queryset().filter(tenant_id=current_tenant_id())

    def create(self, **kwargs):
        kwargs.setdefault("tenant_id", current_tenant_id())
        return super().create(**kwargs)

    def bulk_create(self, objs, *args, **kwargs):
        objs = list(objs)
        for obj in objs:
            obj.tenant_id = obj.tenant_id or current_tenant_id()
        return super().bulk_create(objs, *args, **kwargs)


class TenantOwned(models.Model):
    """A row that belongs to exactly one tenant, in Python and by the database's policy."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField(editable=False)

    objects = ScopedManager()

    class Meta:
        abstract = True
        # Related look-ups, refresh_from_db and updates on save go through the wall as well.
        base_manager_name = "objects"

    def save(self, *args, **kwargs):
        self.tenant_id = self.tenant_id or current_tenant_id()
        super().save(*args, **kwargs)


class WithinTenant(models.ForeignObject):
    """What a tenant has once, joined to its rows by their tenant_id: neither column nor migration."""

    def __init__(self, to, *, to_field: str):
        super().__init__(
            to,
            on_delete=models.DO_NOTHING,
            from_fields=["tenant_id"],
            to_fields=[to_field],
            null=True,
            related_name="+",
        )

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, private_only=True)


class Work(TenantOwned):
    """One piece of work to be done, written in the transaction that causes it (the outbox)."""

    kind = models.CharField(max_length=80)
    payload = models.JSONField(default=dict)
    # The same key is put once only, whatever the number of attempts to put it.
    key = models.CharField(max_length=200, null=True)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "key"], name="work_put_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="work_due",
                condition=models.Q(done_at=None, given_up_at=None),
            ),
            models.Index(
                fields=["tenant_id", "given_up_at"],
                name="work_given_up",
                condition=models.Q(given_up_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.id}"
