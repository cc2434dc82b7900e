"""A member's permanent link."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from isolation.models import TenantOwned, WithinTenant
from meetings.models import DirectEntry
from meetings.slugs import new_slug
from tenants.models import GuestAccess


class PersonalRoom(TenantOwned):
    """A member's permanent link, and who comes in by it. Whatever happens there happens in a meeting
    of its own (Meeting.personal_room), of which one at most is open."""

    policy = WithinTenant("tenants.Policy", to_field="tenant_id")
    owner = models.ForeignKey(
        "tenants.Member", on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    slug = models.CharField(max_length=24, default=new_slug)
    guest_access = models.CharField(max_length=4, choices=GuestAccess, default=GuestAccess.NONE)
    direct_entry = models.CharField(max_length=8, choices=DirectEntry, default=DirectEntry.MINISTRY)
    created_at = models.DateTimeField(default=timezone.now)
    renewed_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "owner"], name="one_personal_room_each"),
            models.UniqueConstraint(fields=["tenant_id", "slug"], name="personal_room_by_slug"),
        ]

    def __str__(self):
        return str(self.id)

    @property
    def join_path(self) -> str:
        return reverse("meetings:room", args=[self.slug])
