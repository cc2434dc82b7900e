"""Opens a leaf's commitment, and compares what people read with what was proven."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from audit.verify.base64_text import decode
from audit.verify.bundle import count, parse_json
from audit.verify.refusal import Refused

PERSONAL = {"actor_name", "on_behalf_of", "origin", "payload", "subject_name"}
FLAGS = ("erased", "pruned", "missing")
KNOWN = {"index", "salt", "personal", "event", *FLAGS}
SALT_BYTES = 32


def check_readable(line: bytes, index: int, leaf: bytes | None) -> bool:
    """Refused where the line does not say what the entry's leaf, None once pruned, commits to;
    whether what is personal in it was erased."""
    read = parse_json(line, "sa forme lisible")
    if not isinstance(read, dict) or not read.keys() <= KNOWN:
        raise Refused("a une forme lisible mal formée")
    if count(read.get("index")) != index:
        raise Refused("n’a pas sa forme lisible à sa place")
    if any(read.get(flag, True) is not True for flag in FLAGS):
        raise Refused("a une forme lisible mal formée")
    if "missing" in read:
        raise Refused("n’a plus son événement, qui a disparu de la base sans être effacé")
    if "pruned" in read or leaf is None:
        rest = [read.get(name) for name in ("salt", "personal", "event", "erased")]
        if "pruned" not in read or leaf is not None or rest != [None] * 4:
            raise Refused("n’est pas purgée de la même façon dans entries.jsonl et readable.jsonl")
        return False
    fields = parse_json(leaf, "sa feuille")
    commitment = fields.pop("personal")
    if "erased" in read:
        if read.get("salt") is not None or read.get("personal") is not None:
            raise Refused("se dit effacée, et ne l’est pas")
    else:
        fields |= _opened(read, commitment)
    if read.get("event") != fields:
        raise Refused(f"se lit autrement qu’elle n’est inscrite{_difference(read, fields)}")
    return "erased" in read


def _opened(read: dict[str, Any], commitment: str) -> dict[str, Any]:
    """What the leaf commits to, once it is shown that this is it."""
    salt, text = decode(read.get("salt")), read.get("personal")
    if salt is None or len(salt) != SALT_BYTES or not isinstance(text, str):
        raise Refused("n’a ni le sel ni le texte qui ouvrent son engagement")
    try:
        written = text.encode()
    except UnicodeEncodeError:
        raise Refused("a un texte qui n’est pas de l’UTF-8") from None
    if b64encode(sha256(salt + written).digest()).decode() != commitment:
        raise Refused("a d’autres données personnelles que celles auxquelles sa feuille s’engage")
    opened = parse_json(text, "ses données personnelles")
    if not isinstance(opened, dict) or opened.keys() != PERSONAL:
        raise Refused("a des données personnelles mal formées")
    return opened


def _difference(read: dict[str, Any], fields: dict[str, Any]) -> str:
    event = read.get("event")
    if not isinstance(event, dict):
        return ""
    names = sorted(
        name
        for name in event.keys() | fields.keys()
        if name not in event or name not in fields or event[name] != fields[name]
    )
    return f" ({', '.join(ascii(name[:40])[1:-1] for name in names[:5])})"
