"""The log and the tree over it: append-only, without foreign keys, so that it outlives what it tells of.

What stands in the tree is written by sequencer.py alone.
"""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from audit.kinds import Outcome
from isolation.models import TenantOwned


class Outside(models.TextChoices):
    """To whom checkpoints leave."""

    AUDITORS = "auditors"
    WITNESS = "witness"


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
    # Hides what the leaf commits to (leaves.py) from who guesses; made by PostgreSQL, and emptied
    # with the personal data when these are erased.
    salt = models.BinaryField(
        db_default=models.Func(
            template="uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())",
            output_field=models.BinaryField(),
        ),
        editable=False,
    )

    class Meta(TenantOwned.Meta):
        indexes = [
            # What is read in its order; every search has the index of migration 0009.
            models.Index(fields=["tenant_id", "-at", "-id"], name="event_by_time"),
            models.Index(fields=["tenant_id", "kind", "-at", "-id"], name="event_by_kind"),
            models.Index(fields=["tenant_id", "meeting_id", "at"], name="event_by_meeting"),
        ]

    def __str__(self):
        return f"{self.kind} {self.at:%Y-%m-%dT%H:%M:%SZ}"


class Pending(TenantOwned):
    """An event that is committed and does not stand in the tree yet; written by a trigger."""

    id = None  # type: ignore[assignment]
    pk = models.CompositePrimaryKey("tenant_id", "event_id")
    event_id = models.UUIDField()
    since = models.DateTimeField(db_default=Now())


class Leaf(TenantOwned):
    """What stands for one event in the tree, at its place, counted from 0."""

    id = None  # type: ignore[assignment]
    pk = models.CompositePrimaryKey("tenant_id", "index")
    index = models.BigIntegerField()
    event_id = models.UUIDField()
    # Null once the event is pruned: its hash holds its place.
    leaf = models.BinaryField(null=True)
    leaf_hash = models.BinaryField(max_length=32)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "event_id"], name="event_sequenced_once"),
        ]


class Tile(TenantOwned):
    """256 neighbouring hashes of the tree: of leaves at level 0, of tiles below at the others.

    Only full ones are kept, so that none ever changes.
    """

    id = None  # type: ignore[assignment]
    pk = models.CompositePrimaryKey("tenant_id", "level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField(max_length=32)


class Checkpoint(TenantOwned):
    """What the log signed: so many entries, this root. There is one for each size at most."""

    id = None  # type: ignore[assignment]
    pk = models.CompositePrimaryKey("tenant_id", "size")
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    at = models.DateTimeField()

    def __str__(self):
        return self.note


class LegalHold(TenantOwned):
    """What must be kept whatever its age: a whole log, or what it says of one meeting or person.

    Written by the keeper's role alone (holds.py): whoever has the application's cannot lift it. The
    row stays once it is lifted.
    """

    reason = models.TextField()
    by = models.CharField(max_length=300)  # who ordered it, in words: a court, a service
    since = models.DateTimeField()
    meeting_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=300, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(meeting_id=None) | models.Q(person_id=None),
                name="hold_of_one_meeting_or_person",
            ),
        ]

    def __str__(self):
        return self.reason


class Departure(TenantOwned):
    """A checkpoint that left the installation: exports hold it, and whoever holds it can compare."""

    id = None  # type: ignore[assignment]
    pk = models.CompositePrimaryKey("tenant_id", "size", "to")
    size = models.BigIntegerField()
    to = models.CharField(max_length=20, choices=Outside)
    at = models.DateTimeField()


class Cosignature(TenantOwned):
    """The line by which a witness says that it saw a checkpoint, and that it goes on from those it
    saw before."""

    id = None  # type: ignore[assignment]
    pk = models.CompositePrimaryKey("tenant_id", "size", "witness")
    size = models.BigIntegerField()
    # Its verifier key, in which its name stands.
    witness = models.CharField(max_length=300)
    line = models.TextField()
    at = models.DateTimeField()


class Sent(TenantOwned):
    """How much of a log a peer outside has, and when it is its turn again."""

    id = None  # type: ignore[assignment]
    pk = models.CompositePrimaryKey("tenant_id", "peer")
    peer = models.CharField(max_length=300)
    # So many entries, from the first on: also the index of the next.
    size = models.BigIntegerField(db_default=0)
    # In the future while somebody is at it: a process that dies leaves it to the next.
    due_at = models.DateTimeField()
    failures = models.PositiveIntegerField(db_default=0)
    at = models.DateTimeField(null=True)


class SigningKey(models.Model):
    """A public key with which logs of this installation were signed; none is ever taken away."""

    public_key = models.BinaryField(primary_key=True, max_length=32)
    first_used_at = models.DateTimeField()
