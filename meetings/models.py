"""Meetings, their invitations and links, the agenda entries that others deliver, attendance."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from isolation.models import TenantOwned, WithinTenant
from meetings.slugs import new_slug
from tenants.models import Folded, GuestAccess


class JoinLink(models.Model):
    """Leads from a link's slug to the meeting's tenant. Global, and nothing else stands in it.

    A personal room's leads to the last meeting held there; before the first, to the room's own id,
    which is no meeting's.
    """

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


class DirectEntry(models.TextChoices):
    """Who enters without waiting to be admitted; each admits whom stands below it as well."""

    EVERYONE = "everyone", _("Toutes les personnes qui ont le lien")
    AGENTS = "agents", _("Les agents de l’État identifiés")
    MINISTRY = "ministry", _("Les agents du ministère et les personnes invitées")
    INVITEES = "invitees", _("Les personnes invitées")
    HOSTS = "hosts", _("Personne : chaque entrée est décidée")


class Meeting(TenantOwned):
    """A meeting of the tenant that hosts it."""

    policy = WithinTenant("tenants.Policy", to_field="tenant_id")
    slug = models.CharField(max_length=24, default=new_slug)
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=5000, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="Europe/Paris")
    host = models.ForeignKey(
        "tenants.Member", on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    # One occasion of a member's permanent link, which leads to one after the other.
    personal_room = models.ForeignKey(
        "meetings.PersonalRoom",
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
    )
    state = models.CharField(max_length=10, choices=MeetingState, default=MeetingState.SCHEDULED)
    # iCalendar's SEQUENCE: raised by each change, so that calendars know the newest (RFC 5546).
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Since when LiveKit holds a room for it, as far as we were told; null when it holds none.
    room_opened_at = models.DateTimeField(null=True)
    guest_access = models.CharField(max_length=4, choices=GuestAccess, default=GuestAccess.NONE)
    direct_entry = models.CharField(max_length=8, choices=DirectEntry, default=DirectEntry.MINISTRY)
    # What can change while the meeting is going on.
    is_locked = models.BooleanField(default=False)
    allows_microphone = models.BooleanField(default=True)
    allows_camera = models.BooleanField(default=True)
    allows_share = models.BooleanField(default=True)
    allows_chat = models.BooleanField(default=True)
    # By what a meeting is found among a person's own; PostgreSQL keeps it.
    title_key = models.GeneratedField(
        expression=Folded("title"),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_start"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="meeting_has_title"),
            models.UniqueConstraint(
                fields=["tenant_id", "personal_room"],
                condition=Q(personal_room__isnull=False, state__in=["scheduled", "live"]),
                name="personal_room_holds_one_meeting",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "host", "starts_at"], name="meeting_by_host"),
            models.Index(fields=["tenant_id", "starts_at"], name="meeting_by_start"),
            models.Index(fields=["ends_at"], name="meeting_to_close", condition=Q(state="live")),
            # Of every tenant: reminders are looked for each minute (visio_reminders_due).
            models.Index(
                fields=["starts_at"],
                name="meeting_to_remind",
                condition=Q(state__in=["scheduled", "live"]),
            ),
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

    @property
    def audit_name(self) -> str:
        return self.name or self.email


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
    # Told once the meeting is over: from when to when, and how many came.
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    people = models.PositiveIntegerField(null=True)
    words_key = models.GeneratedField(
        expression=Folded(
            Concat("title", Value(" "), "host_name", output_field=models.TextField())
        ),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "meeting_id", "email"], name="delivered_once"
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="entry_lower_case"),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "email", "starts_at"], name="entry_by_person"),
            models.Index(
                fields=["starts_at"], name="entry_to_remind", condition=Q(is_cancelled=False)
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def audit_name(self) -> str:
        return self.email

    @property
    def join_path(self) -> str:
        return reverse("meetings:room", args=[self.slug])


class MeetingRole(models.TextChoices):
    """What a person is in one meeting; policies.py says what each may do."""

    HOST = "host", _("Organisateur")
    CO_HOST = "co_host", _("Co-organisateur")
    PRESENTER = "presenter", _("Présentateur")
    PARTICIPANT = "participant", _("Participant")
    GUEST = "guest", _("Invité")


class Proof(models.TextChoices):
    """How it is known who somebody is."""

    AGENT = "agent", _("Agent identifié par ProConnect")
    CODE = "code", _("Adresse vérifiée")
    NAME = "name", _("Identité non vérifiée")


class ParticipantState(models.TextChoices):
    """Where a person stands with the meeting's door."""

    WAITING = "waiting", _("Attend d’entrer")
    ADMITTED = "admitted", _("Admis")
    REFUSED = "refused", _("Refusé")
    GONE = "gone", _("Parti sans attendre")
    BARRED = "barred", _("Exclu")


class Participant(TenantOwned):
    """A person who asked to enter a meeting, as the meeting's tenant knows them.

    Agents and people who proved an address are known by their user, on whatever device; a person
    who only gave a name is known by their browser's session.
    """

    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, db_constraint=False, related_name="participants"
    )
    user = models.ForeignKey("tenants.User", on_delete=models.PROTECT, related_name="+", null=True)
    guest_key = models.UUIDField(null=True)
    from_tenant_id = models.UUIDField(null=True)  # null for people from outside
    name = models.CharField(max_length=300)
    # The ministry's name; shown where it is not the meeting's own.
    organisation = models.CharField(max_length=200, blank=True)
    # The proven address of a person from outside: for whoever decides on the entry.
    email = models.EmailField(blank=True)
    proof = models.CharField(max_length=5, choices=Proof, default=Proof.AGENT)
    role = models.CharField(max_length=11, choices=MeetingRole, default=MeetingRole.PARTICIPANT)
    state = models.CharField(
        max_length=8, choices=ParticipantState, default=ParticipantState.ADMITTED
    )
    knocked_at = models.DateTimeField(null=True)
    # Until when somebody waiting counts as being there; their socket puts it off.
    waits_until = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=300, blank=True)
    admitted_at = models.DateTimeField(null=True)
    # A seat is held for who has a token and has not arrived yet.
    seat_until = models.DateTimeField(null=True)
    # What this person alone may not do: "microphone", "camera", "share", "chat".
    forbidden = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    hand_raised_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "meeting", "user"], name="participant_once"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "meeting", "guest_key"], name="participant_once_a_browser"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(guest_key__isnull=True),
                name="participant_is_known_by_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(proof="agent") ^ Q(from_tenant_id__isnull=True),
                name="participant_agent_has_a_ministry",
            ),
            # Whoever is not an agent stays a guest, whatever the code does.
            models.CheckConstraint(
                condition=Q(proof="agent") | ~Q(role__in=["host", "co_host"]),
                name="participant_host_is_an_agent",
            ),
            models.CheckConstraint(
                condition=~Q(state="admitted") | Q(admitted_at__isnull=False),
                name="participant_admitted_at",
            ),
        ]

    def __str__(self):
        return str(self.id)

    @property
    def audit_name(self) -> str:
        return self.name

    @property
    def is_host(self) -> bool:
        return self.role == MeetingRole.HOST


class Presence(TenantOwned):
    """One connection of a participant to the room: what each source told of it, kept apart.

    Each column keeps the earliest or the latest that its source told, so that notices may come in
    any order and any number. attendance.py draws the conclusions.
    """

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, db_constraint=False, related_name="presences"
    )
    # LiveKit's own id of one connection: whatever is told of it as this person's meets in one row.
    connection = models.CharField(max_length=64)
    # LiveKit's notices.
    joined_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    # LiveKit's list of who is in the room: since when, last seen in it, first missing from it.
    listed_since = models.DateTimeField(null=True)
    listed_at = models.DateTimeField(null=True)
    missing_at = models.DateTimeField(null=True)
    # The browser's own word.
    heard_first_at = models.DateTimeField(null=True)
    heard_last_at = models.DateTimeField(null=True)
    said_goodbye_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            # A browser that claims another's connection writes beside it, not over it.
            models.UniqueConstraint(
                fields=["tenant_id", "connection", "participant"], name="presence_by_connection"
            )
        ]
        indexes = [
            models.Index(
                fields=["participant"],
                name="presence_open",
                condition=Q(left_at=None, missing_at=None),
            )
        ]

    def __str__(self):
        return str(self.id)


class ChatMessage(TenantOwned):
    """What somebody wrote to everybody in the room."""

    meeting = models.ForeignKey(
        Meeting, on_delete=models.CASCADE, db_constraint=False, related_name="chat"
    )
    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, db_constraint=False, related_name="+"
    )
    # The browser's own name for the message: sent twice, it is written once.
    key = models.CharField(max_length=36)
    text = models.CharField(max_length=2000)
    sent_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.CharField(max_length=300, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "participant", "key"], name="chat_written_once"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(text=""), name="chat_deleted_is_empty"
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "meeting", "sent_at"], name="chat_in_order")]

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


# Django finds an app's models through this module.
from meetings.personal_room.models import PersonalRoom as PersonalRoom  # noqa: E402
from meetings.reminders.models import ReminderClock as ReminderClock  # noqa: E402
