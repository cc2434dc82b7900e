"""Shows each log's checkpoints to the witnesses, and keeps what they say of them.

A witness remembers how much of a log it saw and cosigns only what goes on from there: once it has, no
other past of this log can be shown to anybody who asks for its cosignature.
"""

import time
from datetime import timedelta
from random import shuffle
from uuid import UUID

import structlog
from django.utils import timezone

from audit import departures, sent
from audit.kinds import Kind, Outcome
from audit.log import record
from audit.models import Checkpoint, Cosignature, Event, Outside
from audit.notes import Signature
from audit.sequencer import tenants_with_log
from audit.store import MissingHashes, consistency_proof, latest_checkpoint
from audit.witness import (
    Witness,
    WitnessKnows,
    WitnessRefused,
    WitnessUnavailable,
    witnesses,
)
from isolation.scope import tenant_scope

log = structlog.get_logger(__name__)

# How far apart two cosignatures of one log are at least: what they hold a log to is a time, and each
# is kept.
APART = timedelta(minutes=5)
LONGEST = 60  # seconds of one call; the rest has its turn in the next
# It may have seen more meanwhile, by another process: asked again from there, so many times.
TRIES = 3


def cosign_due() -> int:
    """Asks each witness for each log whose turn it is; answers how many cosignatures came."""
    ends, came = time.monotonic() + LONGEST, 0
    asked = witnesses()
    logs = tenants_with_log() if asked else []
    for witness in asked:
        shuffle(logs)  # whatever happens to one is not always at the cost of the same others
        for tenant_id in logs:
            if time.monotonic() > ends:
                return came
            try:
                came += cosign(tenant_id, witness)
            except WitnessUnavailable as error:
                _failed(tenant_id, witness, str(error))
                break
            except WitnessRefused as error:
                _tell_refusal(tenant_id, witness, str(error))
                _failed(tenant_id, witness, str(error))
            except MissingHashes as error:
                _failed(tenant_id, witness, str(error))
    return came


def cosign(tenant_id: UUID, witness: Witness) -> bool:
    """Asks for a cosignature of what this log has become, and keeps it; False where it is not its
    turn, or nothing is new. Raises WitnessUnavailable and WitnessRefused."""
    peer = str(witness.verifier)
    with tenant_scope(tenant_id):
        seen = sent.take_turn(peer, now=timezone.now())
        latest = latest_checkpoint()
        if seen is None or latest is None:
            return False
        if latest.size == seen:
            sent.has(peer, seen, now=timezone.now(), again_after=timedelta())
            return False
        departures.leaves(latest, to=Outside.WITNESS, now=timezone.now())
    signature = _ask(tenant_id, witness, latest, seen)
    with tenant_scope(tenant_id):
        now = timezone.now()
        Cosignature.objects.bulk_create(
            [Cosignature(size=latest.size, witness=peer, line=signature.line, at=now)],
            ignore_conflicts=True,
        )
        sent.has(peer, latest.size, now=now, again_after=APART)
    return True


def _ask(tenant_id: UUID, witness: Witness, latest: Checkpoint, seen: int) -> Signature:
    for _ in range(TRIES):
        with tenant_scope(tenant_id):
            proof = consistency_proof(seen, latest.size)
        try:
            return witness.add_checkpoint(old_size=seen, proof=proof, note=latest.note)
        except WitnessKnows as known:
            if known.size > latest.size:
                # A backup was restored, or somebody shows another log than ours.
                raise WitnessRefused(
                    f"it saw {known.size} entries, and the log has {latest.size}"
                ) from None
            seen = known.size
    raise WitnessUnavailable("it sees something else each time")


def _tell_refusal(tenant_id: UUID, witness: Witness, answer: str) -> None:
    """In the log itself: it may mean that this log is not the one that the witness saw. Once, until
    the witness cosigns again."""
    peer, name = str(witness.verifier), witness.verifier.name
    with tenant_scope(tenant_id):
        last = Cosignature.objects.filter(witness=peer).order_by("-size").first()
        told = Event.objects.filter(kind=Kind.COSIGNATURE_REFUSED, payload__witness=name)
        if last:
            told = told.filter(at__gt=last.at)
        latest = latest_checkpoint()
        if not told.exists():
            record(
                Kind.COSIGNATURE_REFUSED,
                outcome=Outcome.FAILED,
                witness=name,
                size=latest.size if latest else 0,
                answer=answer,
            )


def _failed(tenant_id: UUID, witness: Witness, reason: str) -> None:
    log.error(
        "cosigning_failed", tenant_id=str(tenant_id), witness=witness.verifier.name, reason=reason
    )
    with tenant_scope(tenant_id):
        sent.failed(str(witness.verifier), now=timezone.now())
