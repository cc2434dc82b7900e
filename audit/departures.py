"""Which checkpoints left the installation, so that exports prove that the log goes on from them."""

from datetime import datetime

from audit.models import Checkpoint, Cosignature, Departure, Outside

# More than five years of daily mails: beyond, a bundle would have too many members.
MOST = 2_000


def leaves(checkpoint: Checkpoint, *, to: Outside, now: datetime) -> None:
    """Remembers it before it goes: one that went and is not known would be worse than the reverse."""
    Departure.objects.bulk_create(
        [Departure(size=checkpoint.size, to=to, at=now)], ignore_conflicts=True
    )


def sizes_outside(*, before: int) -> list[int]:
    """Below this size, the checkpoints that people hold, the latest first.

    Of a witness, what it cosigned last: it has seen that this goes on from all that it saw before.
    """
    held = Departure.objects.filter(size__lt=before).exclude(to=Outside.WITNESS)
    cosigned = Cosignature.objects.filter(size__lt=before).order_by("witness", "-size")
    sizes = set(cosigned.distinct("witness").values_list("size", flat=True))
    return [*sizes, *held.order_by("-size").values_list("size", flat=True).distinct()[:MOST]]
