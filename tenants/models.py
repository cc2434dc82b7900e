"""Ministries, their mapping to ProConnect's claims, people and their membership."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Concat, Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.retention import LONGEST as LONGEST_MONTHS
from audit.retention import SHORTEST as SHORTEST_MONTHS
from audit.retention import USUAL as USUAL_MONTHS
from isolation.ids import uuid7
from isolation.models import TenantOwned, WithinTenant


class MappingKind(models.TextChoices):
    """By which claim of ProConnect a person is led to a tenant."""

    IDP = "idp_id", _("Fournisseur d’identité")
    SIRET = "siret", _("SIRET")
    DOMAIN = "domain", _("Domaine de messagerie")


def default_mapping_order() -> list[str]:
    return [MappingKind.IDP, MappingKind.SIRET, MappingKind.DOMAIN]


class Tenant(models.Model):
    """A ministry. Global: a link or a claim must find it before any scope is open."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200, unique=True)
    short_name = models.CharField(max_length=40, unique=True)
    # SIRET is unreliable for some populations: each tenant says which claim counts first.
    mapping_order = ArrayField(
        models.CharField(max_length=10, choices=MappingKind), default=default_mapping_order
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    # What its own pages and its guests' pages show instead of the official name, and which logo:
    # here, so that the head of a page costs no statement. The picture is a tenant-owned row.
    shown_name = models.CharField(max_length=100, blank=True)
    logo_digest = models.CharField(max_length=64, blank=True)

    def __str__(self):
        return self.name

    @property
    def display_name(self) -> str:
        return self.shown_name or self.name


class TenantMapping(models.Model):
    """A SIRET, identity provider or e-mail domain that belongs to a tenant. Global."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="mappings")
    kind = models.CharField(max_length=10, choices=MappingKind)
    value = models.CharField(max_length=255)

    class Meta:
        constraints = [
            # Two tenants may share an identity provider or a SIRET; a person then chooses.
            models.UniqueConstraint(fields=["tenant", "kind", "value"], name="mapping_once"),
            models.UniqueConstraint(
                fields=["value"], condition=models.Q(kind="domain"), name="domain_of_one_tenant"
            ),
            models.CheckConstraint(
                condition=models.Q(value=Lower("value")), name="mapping_lower_case"
            ),
        ]
        indexes = [models.Index(fields=["kind", "value"], name="mapping_lookup")]

    def __str__(self):
        return f"{self.kind} {self.value}"


class UserManager(BaseUserManager):
    """Finds people by the pair that identifies them: issuer and subject."""

    def get_by_natural_key(self, username):
        return self.get(username=username)


class User(AbstractBaseUser):
    """A person as the identity provider knows them. Global, and therefore nearly empty: names and
    addresses live in each tenant's Member. An address is kept for break-glass accounts and guests."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(max_length=64, unique=True)
    issuer = models.CharField(max_length=255, blank=True)
    subject = models.CharField(max_length=255, blank=True)
    email = models.EmailField(blank=True)
    # Somebody from outside who proved an address by a code; never a member of a tenant.
    is_guest = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"],
                condition=~models.Q(subject=""),
                name="user_by_issuer_and_subject",
            ),
            models.UniqueConstraint(
                fields=["email"], condition=models.Q(is_guest=True), name="guest_by_address"
            ),
        ]

    def __str__(self):
        return str(self.id)

    @property
    def audit_name(self) -> str:
        return ""


class Role(models.TextChoices):
    """What a member may do beyond taking part; policies.py says what each allows."""

    ORGANISER = "organiser", _("Organisateur")
    ADMINISTRATOR = "administrator", _("Administrateur")
    AUDITOR = "auditor", _("Auditeur")


class MemberState(models.TextChoices):
    ACTIVE = "active", _("Actif")
    LEFT = "left", _("Parti")


class AtEntry(models.TextChoices):
    """How a camera or a microphone stands when its person comes to a meeting."""

    LAST = "last", _("Comme la dernière fois sur cet appareil")
    ON = "on", _("Activé")
    OFF = "off", _("Coupé")


class Reminder(models.IntegerChoices):
    """How many minutes before a meeting its people are reminded of it by mail."""

    NONE = 0, _("Aucun rappel")
    TEN_MINUTES = 10, _("10 minutes avant")
    AN_HOUR = 60, _("1 heure avant")
    A_DAY = 1440, _("1 jour avant")


class Folded(models.Func):
    """Small letters without accents, as people search and sort (visio_fold, 0004)."""

    function = "visio_fold"
    output_field = models.TextField(db_collation="C")


class Member(TenantOwned):
    """A person in one tenant, made just in time at the first sign-in."""

    tenant = WithinTenant(Tenant, to_field="id")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_name = models.CharField(max_length=150, blank=True)
    usual_name = models.CharField(max_length=150, blank=True)
    email = models.EmailField()
    siret = models.CharField(max_length=14, blank=True)
    idp_id = models.CharField(max_length=64, blank=True)
    roles = ArrayField(models.CharField(max_length=20, choices=Role), default=list, blank=True)
    state = models.CharField(max_length=10, choices=MemberState, default=MemberState.ACTIVE)
    # Empty until it is chosen: pages follow the browser, mails are in French.
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, blank=True)
    time_zone = models.CharField(max_length=64, default="Europe/Paris")
    # Which devices these are is known to each browser alone.
    microphone_at_entry = models.CharField(max_length=4, choices=AtEntry, default=AtEntry.LAST)
    camera_at_entry = models.CharField(max_length=4, choices=AtEntry, default=AtEntry.LAST)
    reminder_minutes = models.PositiveSmallIntegerField(choices=Reminder, default=Reminder.NONE)
    created_at = models.DateTimeField(default=timezone.now)
    last_sign_in_at = models.DateTimeField(null=True)
    # By what a person is found and put in order; PostgreSQL keeps it.
    name_key = models.GeneratedField(
        expression=Folded(
            Concat(
                "usual_name",
                Value(" "),
                "given_name",
                Value(" "),
                "email",
                output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "user"], name="member_once_a_tenant"),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="member_email_lower_case"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "email"], name="member_by_address"),
            models.Index(fields=["user"], name="member_by_user"),
            models.Index(fields=["tenant_id", "name_key", "id"], name="member_by_name"),
            models.Index(
                F("tenant_id"),
                F("last_sign_in_at").asc(nulls_first=True),
                F("id"),
                name="member_by_sign_in",
            ),
        ]

    def __str__(self):
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.usual_name}".strip() or self.email

    @property
    def role_names(self) -> list[str]:
        """In words, in the order of the catalogue."""
        return [str(role.label) for role in Role if role in self.roles]

    @property
    def audit_name(self) -> str:
        return self.full_name


class PromisedRole(TenantOwned):
    """Roles that await a person's first sign-in: an operator names an administrator by address."""

    email = models.EmailField()
    roles = ArrayField(models.CharField(max_length=20, choices=Role))
    kept_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "email"], name="promise_once"),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="promise_lower_case"
            ),
        ]

    def __str__(self):
        return str(self.id)


class GuestAccess(models.TextChoices):
    """How a person from outside must say who they are; each allows what stands above it as well."""

    NONE = "none", _("Pas d’invités extérieurs")
    CODE = "code", _("Adresse prouvée par un code")
    NAME = "name", _("Nom seul")


class LoggedAddress(models.TextChoices):
    """What the log keeps of the network address from which somebody acts."""

    FULL = "full", _("Adresse complète")
    NETWORK = "network", _("Réseau seul")
    NONE = "none", _("Aucune adresse")


# The most that a ministry may allow.
LONGEST_MEETING = timedelta(days=7)


class Policy(TenantOwned):
    """What a tenant allows: one row each, read by the services that it binds."""

    who_may_organise = models.CharField(
        max_length=12,
        choices=[("members", _("Tous les agents")), ("organisers", _("Les organisateurs"))],
        default="members",
    )
    # Whether an agent of the ministry who holds the link may join without an invitation.
    link_admits_members = models.BooleanField(default=True)
    invite_other_ministries = models.BooleanField(default=True)
    invite_external_people = models.BooleanField(default=True)
    longest_meeting_minutes = models.PositiveIntegerField(
        default=720,
        validators=[
            MinValueValidator(15),
            MaxValueValidator(LONGEST_MEETING // timedelta(minutes=1)),
        ],
    )
    most_invitees = models.PositiveIntegerField(
        default=500, validators=[MinValueValidator(1), MaxValueValidator(5_000)]
    )
    # The most open way in that an organiser may choose for people from outside.
    guest_access = models.CharField(max_length=4, choices=GuestAccess, default=GuestAccess.NAME)
    # Whether people from outside wait whatever the meeting says.
    guests_always_wait = models.BooleanField(default=True)
    guests_may_share = models.BooleanField(default=True)
    chat_allowed = models.BooleanField(default=True)
    # Whether what was written stays readable once the meeting has ended.
    keep_chat = models.BooleanField(default=False)
    most_participants = models.PositiveIntegerField(
        default=300, validators=[MinValueValidator(2), MaxValueValidator(5_000)]
    )
    # How long the log is kept: audit.retention prunes what is older.
    log_months = models.PositiveIntegerField(
        default=USUAL_MONTHS,
        db_default=USUAL_MONTHS,
        validators=[MinValueValidator(SHORTEST_MONTHS), MaxValueValidator(LONGEST_MONTHS)],
    )
    # Applied by PostgreSQL to whatever is written to the ministry's log (migration 0009).
    log_addresses = models.CharField(
        max_length=7,
        choices=LoggedAddress,
        default=LoggedAddress.FULL,
        db_default=LoggedAddress.FULL,
    )
    # Whether who administers the ministry may also read its log, in which their own acts stand.
    administrators_may_audit = models.BooleanField(default=False, db_default=False)

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="policy_one_a_tenant")]

    def __str__(self):
        return str(self.tenant_id)


class Logo(TenantOwned):
    """The ministry's logo, as we wrote it anew: a PNG of known size (branding.py)."""

    data = models.BinaryField()
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta(TenantOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="logo_one_a_tenant")]

    def __str__(self):
        return self.digest


# Django finds an app's models through this module.
from tenants.api.models import IdempotentAnswer as IdempotentAnswer  # noqa: E402
from tenants.api_tokens.models import ApiToken as ApiToken  # noqa: E402
