"""Signs what a log has become, and tells which keys sign and signed.

One key pair serves the installation; in each log it goes by the log's own name (the origin), so that
what it signed for one log says nothing for another.
"""

import base64
from collections.abc import Collection, Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from audit import notes
from audit.keys import seeds
from audit.kinds import Kind
from audit.log import record
from audit.models import Checkpoint, Cosignature, SigningKey
from audit.notes import BadNote, Signer, Verifier
from isolation.scope import current_tenant_id

PATH = "/journal/"
ADDED, REMOVED = "added", "removed"  # in events of a changed key


def origin_of(tenant_id: UUID) -> str:
    """The name under which this tenant's log is signed."""
    return f"{urlsplit(settings.PUBLIC_URL).netloc}{PATH}{tenant_id}"


def signers_of(tenant_id: UUID) -> list[Signer]:
    """The keys that sign this tenant's log, newest first."""
    return [Signer(origin_of(tenant_id), seed) for seed in seeds()]


def public_keys() -> list[bytes]:
    """Every key with which logs of this installation were signed, oldest first."""
    keys = SigningKey.objects.order_by("first_used_at", "public_key")
    return [bytes(key) for key in keys.values_list("public_key", flat=True)]


def verifiers_of(tenant_id: UUID, *, origin: str | None = None) -> list[Verifier]:
    """The same as verifier keys of this tenant's log, under the name that it has or had."""
    return [Verifier(origin or origin_of(tenant_id), key) for key in public_keys()]


def opened(
    note: str | bytes, tenant_id: UUID, *, without: Collection[bytes] = ()
) -> notes.Checkpoint:
    """The checkpoint of this tenant's log in a note that one of its keys has signed; else BadNote.

    The host in the origin may be one that the installation had before. `without`: public keys that
    were given up, stolen perhaps, before this note could be signed.
    """
    origin = notes.parse_checkpoint(notes.parse(note).text).origin
    if not origin.endswith(f"{PATH}{tenant_id}"):
        raise BadNote(f"{origin} is another log")
    known = verifiers_of(tenant_id, origin=origin)
    return notes.open_checkpoint(note, [key for key in known if key.public_key not in without])


def sign(*, size: int, root: bytes, signers: Sequence[Signer], now: datetime) -> Checkpoint:
    """Writes what the open scope's log has become; for a size that was signed there is no second."""
    checkpoint = notes.Checkpoint(signers[0].name, size, root)
    note = notes.sign(str(checkpoint), signers)
    return Checkpoint.objects.create(size=size, root=root, note=note, at=now)


def published(checkpoints: Sequence[Checkpoint]) -> dict[int, str]:
    """These checkpoints of the open scope's log by their sizes, as one shows them: signed by us,
    below which stand the lines of the witnesses that have seen them."""
    notes_by_size = {checkpoint.size: checkpoint.note for checkpoint in checkpoints}
    lines = Cosignature.objects.filter(size__in=list(notes_by_size)).order_by("witness")
    for size, line in lines.values_list("size", "line"):
        notes_by_size[size] += line
    return notes_by_size


def signing_verifiers(checkpoint: Checkpoint) -> list[Verifier]:
    """The verifier keys of this log that signed it, oldest first."""
    note = notes.parse(checkpoint.note)
    origin = notes.parse_checkpoint(note.text).origin
    known = verifiers_of(checkpoint.tenant_id, origin=origin)
    return [verifier for verifier, _ in note.signed_by(known)]


def note_change_of_keys(
    latest: Checkpoint | None, *, signers: Sequence[Signer], now: datetime
) -> bool:
    """Writes into the open scope's log which keys sign from now on and which do no more.

    The first key of a log is no change: the first checkpoint shows it.
    """
    coming = {signer.verifier.key_id: signer.verifier for signer in signers}
    origin, before = _signed(latest) if latest else ("", set())
    if before == set(coming):
        return False
    SigningKey.objects.bulk_create(
        [SigningKey(public_key=each.public_key, first_used_at=now) for each in coming.values()],
        ignore_conflicts=True,
    )
    if not before:
        return False
    known = {each.key_id: each for each in verifiers_of(current_tenant_id(), origin=origin)}
    kept = {each.public_key for each in coming.values()}
    for identity in sorted(set(coming) ^ before):
        verifier = coming.get(identity) or known.get(identity)
        if identity not in coming and verifier and verifier.public_key in kept:
            continue  # the log's name has changed, not the key
        record(
            Kind.SIGNING_KEY_CHANGED,
            # In the leaf itself, for all to read; a verifier key is public.
            subject_id=base64.b64encode(verifier.public_key).decode() if verifier else "",
            at=now,
            change=ADDED if identity in coming else REMOVED,
            key_id=identity.hex(),
            verifier=str(verifier or ""),
        )
    return True


def _signed(checkpoint: Checkpoint) -> tuple[str, set[bytes]]:
    """The log's name then, and which of its own keys signed, by their ids."""
    note = notes.parse(checkpoint.note)
    origin = notes.parse_checkpoint(note.text).origin
    return origin, {each.key_id for each in note.signatures if each.name == origin}
