"""A token as the ministry keeps it: its hash, what it opens, until when."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from isolation.models import TenantOwned

LONGEST_LIFE = timedelta(days=366)


class Scope(models.TextChoices):
    """What a token can be allowed, named things:act."""

    MEETINGS_READ = "meetings:read", _("Lire les réunions du ministère")
    MEETINGS_WRITE = "meetings:write", _("Planifier, modifier et annuler des réunions")
    ATTENDANCE_READ = "attendance:read", _("Lire les présences")
    MEMBERS_READ = "members:read", _("Lire l’annuaire des agents")


class ApiToken(TenantOwned):
    """One token of a named service. The secret itself is kept nowhere."""

    name = models.CharField(max_length=100)
    # SHA-256 of a secret of 256 random bits: there is nothing to guess, so nothing to slow down.
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope))
    # Null for a token that an operator made with the command.
    made_by = models.ForeignKey(
        "tenants.Member",
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="+",
        null=True,
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at"))
                & Q(expires_at__lte=F("created_at") + LONGEST_LIFE),
                name="token_lives_a_year_at_most",
            ),
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="token_opens_something"),
        ]

    def __str__(self):
        return self.name

    @property
    def scope_labels(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes]

    def is_expired(self, now) -> bool:
        return self.expires_at <= now
