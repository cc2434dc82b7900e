"""Meetings, their invitations and links, the agenda entries that others deliver, attendance."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from isolation.models import TenantOwned
from meetings.slugs import new_slug


class JoinLink(models.Model):
    """Leads from a link's slug to the meeting's tenant. Global, and nothing else stands in it."""

    slug = models.CharField(primary_key=True, max_length=24)
    tenant_id = models.UUIDField()
    meeting_id = models.UUIDField(unique=True)

    def __str__(self):
        return str(self.meeting_id)


class MeetingState(models.TextChoices):
    SCHEDULED = "scheduled", _("Planifiée")
    LIVE = "live", _("En cours")
    ENDED = "ended", _("Terminée")
    CANCELLED = "cancelled", _("Annulée")


class Meeting(TenantOwned):
    """A meeting of the tenant that hosts it."""

    slug = models.CharField(max_length=24, default=new_slug)
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=5000, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="Europe/Paris")
    host = models.ForeignKey(
        "tenants.Member", on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    state = models.CharField(max_length=10, choices=MeetingState, default=MeetingState.SCHEDULED)
    # iCalendar's SEQUENCE: raised by each change, so that calendars know the newest (RFC 5546).
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Since when LiveKit holds a room for it, as far as we were told; null when it holds none.
    room_opened_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_start"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="meeting_has_title"),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "host", "starts_at"], name="meeting_by_host"),
            models.Index(fields=["tenant_id", "starts_at"], name="meeting_by_start"),
            models.Index(fields=["ends_at"], name="meeting_to_close", condition=Q(state="live")),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("meetings:detail", args=[self.id])

    @property
    def join_path(self) -> str:
        return reverse("meetings:room", args=[self.slug])


class Invitation(TenantOwned):
    """One invited address; the tenant it leads to, where one is known, receives the entry."""

    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, db_constraint=False, related_name="invitations"
    )
    email = models.EmailField()
    name = models.CharField(max_length=300, blank=True)
    # The tenant of the address, found by the directory of domains; null for an outside person.
    to_tenant_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)

    organisation = ""  # the name of that ministry, where a page asks for it

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "meeting", "email"], name="invited_once"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="invitation_lower_case"),
        ]
        indexes = [models.Index(fields=["tenant_id", "email"], name="invitation_by_address")]

    def __str__(self):
        return str(self.id)


class AgendaEntry(TenantOwned):
    """What another ministry delivered: an invitation, as it stands in the invitee's own tenant."""

    meeting_id = models.UUIDField()
    email = models.EmailField()
    slug = models.CharField(max_length=24)
    title = models.CharField(max_length=200)
    organisation = models.CharField(max_length=200)
    host_name = models.CharField(max_length=300)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    sequence = models.PositiveIntegerField()
    is_cancelled = models.BooleanField(default=False)
    is_live = models.BooleanField(default=False)
    delivered_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "meeting_id", "email"], name="delivered_once"
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="entry_lower_case"),
        ]
        indexes = [models.Index(fields=["tenant_id", "email", "starts_at"], name="entry_by_person")]

    def __str__(self):
        return self.title

    @property
    def join_path(self) -> str:
        return reverse("meetings:room", args=[self.slug])


class Participant(TenantOwned):
    """A person who was let into a meeting, as the meeting's tenant knows them."""

    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, db_constraint=False, related_name="participants"
    )
    user = models.ForeignKey("tenants.User", on_delete=models.PROTECT, related_name="+")
    from_tenant_id = models.UUIDField()
    name = models.CharField(max_length=300)
    # The ministry's name; shown where it is not the meeting's own.
    organisation = models.CharField(max_length=200)
    is_host = models.BooleanField(default=False)
    admitted_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "meeting", "user"], name="participant_once"
            )
        ]

    def __str__(self):
        return str(self.id)

    @property
    def audit_name(self) -> str:
        return self.name


class Presence(TenantOwned):
    """From when to when one device of a participant was in the room, as LiveKit told it."""

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, db_constraint=False, related_name="presences"
    )
    # LiveKit's own id of one connection: webhooks of it in any order meet in one row.
    connection = models.CharField(max_length=64)
    joined_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "connection"], name="presence_by_connection"
            )
        ]

    def __str__(self):
        return str(self.id)


class WebhookDelivery(TenantOwned):
    """A notification of the media server, stored as it came; the same one is stored once."""

    event_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    meeting_id = models.UUIDField()
    at = models.DateTimeField()
    body = models.JSONField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "event_id"], name="webhook_once")
        ]

    def __str__(self):
        return f"{self.kind} {self.event_id}"
