"""Signed notes, checkpoints and cosignatures, as C2SP writes them (signed-note, tlog-checkpoint,
tlog-cosignature): what Go's `golang.org/x/mod/sumdb/note` opens unchanged.

Pure and without Django: the standard library and `cryptography`.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.tree import HASH_SIZE

SIGNATURE = 0x01  # Ed25519 over the note's text
COSIGNATURE = 0x04  # Ed25519 of a witness, with the time at which it saw the checkpoint

# What Go's library reads, and no more.
LONGEST_NOTE = 1_000_000
MOST_SIGNATURES = 100


class BadNote(ValueError):
    """This is no note, or not one that a known key has signed; the message says which."""


# --- Keys -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Verifier:
    """A public key under its name; its text is what verifiers are given."""

    name: str
    public_key: bytes
    algorithm: int = SIGNATURE

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise BadNote(f"{self.name!r} is no key's name")
        if len(self.public_key) != 32 or self.algorithm not in (SIGNATURE, COSIGNATURE):
            raise BadNote(f"the key {self.name} is no Ed25519 key")

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, self.public_key, self.algorithm)

    def __str__(self) -> str:
        key = base64.b64encode(bytes([self.algorithm]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def accepts(self, text: str, signature: bytes) -> bool:
        """Whether this key made the signature (without its key id) over the text."""
        if self.algorithm == COSIGNATURE:
            if len(signature) < 8:
                return False
            signed = cosigned(text, int.from_bytes(signature[:8], "big"))
            signature = signature[8:]
        else:
            signed = text.encode()
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, signed)
        except InvalidSignature:
            return False
        return True


def key_id(name: str, public_key: bytes, algorithm: int = SIGNATURE) -> bytes:
    """Four bytes that tell which key a signature line is of."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:4]


def parse_verifier(text: str) -> Verifier:
    """Reads `NAME+hex(key id)+base64(algorithm ‖ public key)`."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise BadNote(f"{text!r} is no verifier key")
    name, identifier, encoded = parts
    key = _decode(encoded)
    verifier = Verifier(name, key[1:], key[0] if key else 0)
    if verifier.key_id.hex() != identifier.lower():
        raise BadNote(f"the verifier key of {name} does not have the id that it says")
    return verifier


@dataclass(frozen=True)
class Signer:
    """A private key (its 32-byte seed) under a name."""

    name: str
    seed: bytes

    def __repr__(self) -> str:  # the seed is a secret, also in a trace
        return f"Signer({self.name!r})"

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self._key.public_key().public_bytes_raw())

    @property
    def witness(self) -> Verifier:
        """The same key, for what it cosigns."""
        return Verifier(self.name, self._key.public_key().public_bytes_raw(), COSIGNATURE)

    def sign(self, text: str) -> str:
        """The line that says that this key stands for the text."""
        return _line(self.verifier, self._key.sign(text.encode()))

    def cosign(self, text: str, *, time: int) -> str:
        """The line that says that a witness saw this checkpoint at this time (UNIX, in seconds)."""
        signature = self._key.sign(cosigned(text, time))
        return _line(self.witness, time.to_bytes(8, "big") + signature)


def cosigned(text: str, time: int) -> bytes:
    """What a witness signs of a checkpoint's text."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _line(verifier: Verifier, signature: bytes) -> str:
    encoded = base64.b64encode(verifier.key_id + signature).decode()
    return f"— {verifier.name} {encoded}\n"


def _is_name(name: str) -> bool:
    return (
        bool(name)
        and "+" not in name
        and not any(char.isspace() or unicodedata.category(char) == "Cc" for char in name)
    )


# --- Notes ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Signature:
    """One signature line, of whatever key."""

    name: str
    key_id: bytes
    signature: bytes  # without the key id
    line: str

    @property
    def cosigned_at(self) -> int:
        """For a cosignature: the UNIX time at which the witness saw the checkpoint."""
        return int.from_bytes(self.signature[:8], "big")


@dataclass(frozen=True)
class Note:
    """A text and who signed it; nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line for signature in self.signatures)

    def signed_by(self, verifiers: Iterable[Verifier]) -> list[tuple[Verifier, Signature]]:
        """Those of these keys that signed it; raises BadNote where the line of one is not true.

        Lines of keys that are not given are left alone: cosignatures stand beside the log's own.
        """
        known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
        found = {}
        for signature in self.signatures:
            identity = (signature.name, signature.key_id)
            verifier = known.get(identity)
            if verifier is None or verifier in found:
                continue
            if not verifier.accepts(self.text, signature.signature):
                raise BadNote(
                    f"the signature of {signature.name} ({signature.key_id.hex()}) is false"
                )
            found[verifier] = signature
        return list(found.items())


def sign(text: str, signers: Sequence[Signer]) -> str:
    """The text as a note with a signature line for each of these keys."""
    if not text.endswith("\n") or not _is_text(text):
        raise BadNote("a note's text ends with a line's end and has no control characters")
    return text + "\n" + "".join(signer.sign(text) for signer in signers)


def parse(note: str | bytes) -> Note:
    """Reads a note by Go's rules; raises BadNote where Go's library would refuse it."""
    raw = note.encode() if isinstance(note, str) else note
    if len(raw) > LONGEST_NOTE:
        raise BadNote("the note is too long")
    try:
        written = raw.decode()
    except UnicodeDecodeError:
        raise BadNote("the note is not UTF-8") from None
    head, parting, tail = written.rpartition("\n\n")
    if not parting or not tail.endswith("\n") or not _is_text(written):
        raise BadNote("this is no signed note")
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BadNote("the note has too many signatures")
    return Note(head + "\n", tuple(_parse_line(line) for line in lines))


def open_note(note: str | bytes, verifiers: Iterable[Verifier]) -> Note:
    """The note, signed by at least one of these keys; else BadNote."""
    opened = parse(note)
    if not opened.signed_by(verifiers):
        raise BadNote("none of the known keys has signed this note")
    return opened


def _parse_line(line: str) -> Signature:
    dash, name, encoded, *rest = [*line.split(" "), "", ""]
    if dash != "—" or not _is_name(name) or any(rest):
        raise BadNote(f"{line[:200]!r} is no signature line")
    signature = _decode(encoded)
    if len(signature) < 5:
        raise BadNote(f"the signature of {name} is too short")
    return Signature(name, signature[:4], signature[4:], line + "\n")


def _is_text(text: str) -> bool:
    return not any(char < " " and char != "\n" for char in text)


def _decode(encoded: str) -> bytes:
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote(f"{encoded[:200]!r} is not base64") from None
    return decoded


# --- Checkpoints ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Checkpoint:
    """The text of a checkpoint: which log, how many entries, which root."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Reads a note's text as a checkpoint; lines after the third (extensions) are left alone."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise BadNote("this is no checkpoint")
    origin, size, encoded = lines[:3]
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", size):
        raise BadNote(f"{size[:50]!r} is no size of a tree")
    root = _decode(encoded)
    if len(root) != HASH_SIZE:
        raise BadNote("the checkpoint's root is not a SHA-256 hash")
    return Checkpoint(origin, int(size), root)


def open_checkpoint(note: str | bytes, verifiers: Iterable[Verifier]) -> Checkpoint:
    """The checkpoint in a note that a key named after its own log has signed; else BadNote."""
    opened = parse(note)
    checkpoint = parse_checkpoint(opened.text)
    signers = [
        verifier
        for verifier, _ in opened.signed_by(verifiers)
        if verifier.algorithm == SIGNATURE and verifier.name == checkpoint.origin
    ]
    if not signers:
        raise BadNote("none of the log's known keys has signed this checkpoint")
    return checkpoint
