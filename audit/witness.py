"""The door to witnesses: whoever sees our checkpoints and says so (c2sp.org/tlog-witness).

Their addresses are the operator's, their answers are anybody's: bounded in time and in size.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audit import notes
from audit.notes import BadNote, Verifier

TIMEOUT = (3, 10)  # seconds to connect, and between two pieces of the answer
LONGEST_ANSWER = 64 << 10
SIZE = re.compile(r"(0|[1-9][0-9]{0,17})\n", re.ASCII)


class WitnessUnavailable(Exception):
    """It does not answer, or not now."""


class WitnessRefused(Exception):
    """It does not cosign this; the message says what it answered."""


class WitnessKnows(Exception):
    """It saw another size last than we said."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the witness saw {size} entries last")
        self.size = size


@dataclass(frozen=True)
class Witness:
    """Who cosigns, and where it is asked to."""

    verifier: Verifier
    url: str

    def add_checkpoint(
        self, *, old_size: int, proof: Sequence[bytes], note: str
    ) -> notes.Signature:
        """Its cosignature of the checkpoint in this note, which goes on from the `old_size` entries
        that it saw last. Raises the exceptions above."""
        lines = [f"old {old_size}", *(b64encode(each).decode() for each in proof), "", note]
        status, answer = self._post("\n".join(lines).encode())
        if status == 409 and (match := SIZE.fullmatch(answer)):
            raise WitnessKnows(int(match[1]))
        if status == 429 or status >= 500:
            raise WitnessUnavailable(f"it answered {status}")
        if status != 200:
            raise WitnessRefused(f"it answered {status}")
        return self._cosignature(note, answer)

    def _post(self, body: bytes) -> tuple[int, str]:
        try:
            with requests.post(
                f"{self.url}/add-checkpoint",
                data=body,
                headers={"Content-Type": "text/plain; charset=utf-8"},
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = response.raw.read(LONGEST_ANSWER + 1, decode_content=True)
                return response.status_code, answer.decode()
        except (requests.RequestException, OSError, UnicodeDecodeError) as error:
            raise WitnessUnavailable(type(error).__name__) from error
        except Exception as error:  # urllib3's own, while the answer is read
            raise WitnessUnavailable(type(error).__name__) from error

    def _cosignature(self, note: str, answer: str) -> notes.Signature:
        """The one of its lines that its key made of this checkpoint; those of other keys are left."""
        text = notes.parse(note).text
        try:
            if len(answer) > LONGEST_ANSWER:
                raise BadNote("the answer is too long")
            signed = notes.parse(text + "\n" + answer).signed_by([self.verifier])
        except BadNote as error:
            raise WitnessRefused(f"its answer is no cosignature: {error}") from None
        if not signed or not signed[0][1].cosigned_at:
            raise WitnessRefused("its key has not cosigned")
        return signed[0][1]


def witnesses() -> list[Witness]:
    """Those that AUDIT_WITNESSES names; raises ImproperlyConfigured where it cannot be read."""
    words = settings.AUDIT_WITNESSES.split()
    if len(words) % 2:
        raise ImproperlyConfigured(f"AUDIT_WITNESSES: {FORM}")
    found = []
    for key, url in zip(words[::2], words[1::2], strict=True):
        try:
            verifier = notes.parse_verifier(key)
        except BadNote as error:
            raise ImproperlyConfigured(f"AUDIT_WITNESSES: {error}; {FORM}") from None
        parts = urlsplit(url)
        if verifier.algorithm != notes.COSIGNATURE or len(key) > 300:
            raise ImproperlyConfigured(f"AUDIT_WITNESSES: {verifier.name} is no key of a witness")
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query:
            raise ImproperlyConfigured(f"AUDIT_WITNESSES: {FORM}")
        found.append(Witness(verifier, url.rstrip("/")))
    return found


FORM = "one verifier key and the address of its witness after the other, with spaces between"
