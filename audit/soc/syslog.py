"""Messages as RFC 5424 writes them, one after the other as RFC 5425 counts them. Pure."""

import json
import re
from typing import Any

from audit.soc.ocsf import HIGH, INFORMATIONAL, LOW, MEDIUM, Entry, event_of

# What receivers take without being told to: beyond, some cut, some close, and all would stand still.
LONGEST = 60_000
LOG_AUDIT = 13  # the facility
# OCSF's severities as syslog's: informational, warning, error, critical.
SEVERITIES = {INFORMATIONAL: 6, LOW: 4, MEDIUM: 3, HIGH: 2}
_NO_NAME = re.compile(r"[^!-~]")
# JSON in ASCII alone: no control character, no line's end, no mark that turns writing around; and
# what is cut into lines after all stays valid.
_encode = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


def frame(entry: Entry, *, hostname: str) -> bytes:
    """One entry as one frame. What is too long goes without its payload, which the log has, and
    says so."""
    event = event_of(entry)
    message = _message(event, hostname)
    if len(message) > LONGEST:
        unmapped = event["unmapped"]
        payload = unmapped.pop("payload", None)
        unmapped["payload_left_out"] = len(_encode(payload))
        message = _message(event, hostname)
    return b"%d %s" % (len(message), message)


def _message(event: dict[str, Any], hostname: str) -> bytes:
    priority = LOG_AUDIT * 8 + SEVERITIES[event["severity_id"]]
    metadata = event["metadata"]
    at = _name(metadata.get("original_time", ""), 32)
    kind = _name(metadata.get("event_code", ""), 32)
    head = f"<{priority}>1 {at} {_name(hostname, 255)} Visio - {kind} -"
    return f"{head} {_encode(event)}".encode("ascii")


def _name(text: str, longest: int) -> str:
    """Printable ASCII without spaces, or the sign for nothing."""
    return _NO_NAME.sub("_", text)[:longest] or "-"
