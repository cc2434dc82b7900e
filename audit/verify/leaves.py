"""Reads a leaf, which there is only one way to write: a pattern decides, once."""

import json
import re
from typing import NamedTuple

from audit.verify.refusal import Refused

# What RFC 8785 writes: no escape but those that must be.
_TEXT = (
    r'"[^"\\\x00-\x1f]*+'
    r'(?:\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))[^"\\\x00-\x1f]*+)*+"'
)
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
# 32 bytes in base64: the last letter has two bits that must be 0.
HASH = "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
_LEAF = (
    rf'\{{"actor":{_TEXT},"at":"({MOMENT})","delivered_from":(?:"{UUID}"|null),"id":"{UUID}",'
    rf'"kind":{_TEXT},"meeting":(?:"({UUID})"|null),"outcome":{_TEXT},"personal":"({HASH})",'
    rf'"request":{_TEXT},"sequenced_at":"({MOMENT})","subject":{_TEXT},"tenant":"({UUID})","v":1\}}'
).encode()
_ONE = re.compile(_LEAF)
_LINES = re.compile(b"^" + _LEAF + b"$", re.MULTILINE)


class Leaf(NamedTuple):
    """What the checks ask of a leaf, as it is written there."""

    at: bytes
    meeting: bytes | None
    personal: bytes
    sequenced_at: bytes
    tenant: bytes


def read_leaf(raw: bytes) -> Leaf:
    """A leaf of version 1; Refused where it is anything else."""
    match = _ONE.fullmatch(raw)
    if match is None:
        raise Refused(f"n’est pas une feuille de version 1 sous sa forme canonique{_version(raw)}")
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            raise Refused("n’est pas écrite en UTF-8") from None
    return Leaf._make(match.groups())


def read_leaves(raws: list[bytes]) -> list[tuple[bytes, ...]] | None:
    """Many at once, each as the fields of a Leaf; None where one of them is not canonical."""
    text = b"\n".join(raws)
    # No canonical leaf has a line's end in it.
    if text.count(b"\n") != len(raws) - 1:
        return None
    found = _LINES.findall(text)
    if len(found) != len(raws):
        return None
    try:
        text.decode()
    except UnicodeDecodeError:
        return None
    return found


def _version(raw: bytes) -> str:
    try:
        version = json.loads(raw)["v"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return f" : elle est de version {version}" if version != 1 and type(version) is int else ""
