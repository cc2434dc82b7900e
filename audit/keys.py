"""The private keys that sign the log: known to the process that sequences, and to no other."""

import base64
import binascii

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def seeds() -> list[bytes]:
    """32 bytes each, newest first; raises ImproperlyConfigured where there is none."""
    try:
        found = [
            base64.b64decode(text, validate=True) for text in settings.AUDIT_SIGNING_KEYS.split()
        ]
    except binascii.Error:
        found = [b""]
    if not found or any(len(seed) != 32 for seed in found):
        raise ImproperlyConfigured(
            "AUDIT_SIGNING_KEYS is not set, or is not made of 32 random bytes in base64 (several with"
            " spaces between, the newest first): nothing could sign the log. `make run` sets it for"
            " development; see README.md, « Configuration », for an installation."
        )
    return found
