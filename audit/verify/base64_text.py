"""Base64 in its only canonical form."""

import binascii
from typing import Any

HASH_BYTES = 32


def decode(text: Any) -> bytes | None:
    """The bytes; None where this is not base64, or another spelling of the same bytes."""
    if not isinstance(text, str):
        return None
    try:
        written = text.encode("ascii")
        raw = binascii.a2b_base64(written, strict_mode=True)
    except ValueError:
        return None
    return raw if binascii.b2a_base64(raw, newline=False) == written else None


def decode_hash(text: Any) -> bytes | None:
    """The same of a SHA-256 hash."""
    raw = decode(text)
    return raw if raw is not None and len(raw) == HASH_BYTES else None
