"""What each kind of event tells beside who, when, where and how it ended: its payload, typed.

The catalogue is closed and has a version. Who reads the log in ten years must be able to rely on it,
so nothing in it is ever renamed, taken away or given another meaning: a new kind or a new field makes
a new VERSION, and a field that old events lack is optional. docs/log-events.md tells it to people.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from audit.kinds import Kind

VERSION = 1


class PayloadRefused(Exception):
    """An event that is not as the catalogue says; the act that would write it does not happen."""


class Type(NamedTuple):
    """What a field holds: its name in the documentation, and what Python may give."""

    name: str
    classes: tuple[type, ...]

    def fits(self, value: Any) -> bool:
        # In Python true and false are numbers as well; here they are not.
        return isinstance(value, self.classes) and (
            not isinstance(value, bool) or bool in self.classes
        )


TEXT = Type("text", (str,))
NUMBER = Type("integer", (int,))
YES_OR_NO = Type("boolean", (bool,))
MOMENT = Type("moment", (datetime,))
MOMENT_OR_NULL = Type("moment or null", (datetime, type(None)))
TEXTS = Type("list of texts", (list,))
PAIRS = Type("list of pairs", (list,))
RANGE = Type("first and last entry", (list,))
RANGES = Type("list of first and last entries", (list,))
# By the names of the fields that changed; or of what was looked for.
FIELDS = Type("object", (dict,))

Shape = dict[str, Type]

_CHANGE: Shape = {"before": FIELDS, "after": FIELDS}
_REASON: Shape = {"reason": TEXT}
_WHY: Shape = {"reason": TEXT, "reference": TEXT}
_ACCESS: Shape = {"guest_access": TEXT, "direct_entry": TEXT}
_OPERATOR: Shape = {"by_operator": YES_OR_NO}
_PEOPLE: Shape = {"people": NUMBER}
_HOLD: Shape = {"hold": TEXT, "by": TEXT, "reason": TEXT}
_NOTICED: Shape = {"noticed": TEXT}
_RECORDING: Shape = {"recording": TEXT}
_TRANSCRIPT: Shape = {"transcript": TEXT}


class Fields(NamedTuple):
    """The payload of one kind."""

    required: Shape = {}
    optional: Shape = {}

    def problem(self, payload: Mapping[str, Any]) -> str:
        """What is not as it should be; empty where nothing is."""
        for name in self.required:
            if name not in payload:
                return f"{name} is missing"
        for name, value in payload.items():
            type_ = self.required.get(name) or self.optional.get(name)
            if type_ is None:
                return f"{name} is not known"
            if not type_.fits(value):
                return f"{name} is no {type_.name}"
        return ""


# Kinds that do not stand here tell nothing beside what every event tells.
PAYLOADS: dict[Kind, Fields] = {
    Kind.SIGN_IN: Fields({}, {"break_glass": YES_OR_NO, "guest": TEXT}),
    Kind.SIGN_IN_REFUSED: Fields(_REASON, {"detail": TEXT}),
    Kind.TENANT_CREATED: Fields({"name": TEXT, "mappings": PAIRS}),
    Kind.MAPPING_CHANGED: Fields(_CHANGE),
    Kind.POLICY_CHANGED: Fields(_CHANGE),
    Kind.MEMBER_CREATED: Fields({}, {"break_glass": YES_OR_NO}),
    Kind.MEMBER_LEFT: Fields(_CHANGE, _OPERATOR),
    Kind.MEMBER_RETURNED: Fields(_CHANGE, _OPERATOR),
    Kind.ROLES_CHANGED: Fields(_CHANGE, {"by_promise": YES_OR_NO}),
    Kind.TOKEN_CREATED: Fields(
        {"name": TEXT, "scopes": TEXTS, "expires_at": MOMENT} | _OPERATOR,
    ),
    Kind.TOKEN_REVOKED: Fields({"name": TEXT} | _OPERATOR),
    Kind.TOKEN_REFUSED: Fields(_REASON, {"name": TEXT, "scope": TEXT}),
    Kind.MEMBERS_EXPORTED: Fields(
        _PEOPLE | {"state": TEXT, "role": TEXT, "seen": TEXT, "searched": YES_OR_NO}
    ),
    Kind.BRANDING_CHANGED: Fields(_CHANGE),
    Kind.MFA_CHANGED: Fields({"factor": TEXT, "added": YES_OR_NO}),
    Kind.MEETING_CREATED: Fields(
        {"starts_at": MOMENT, "ends_at": MOMENT} | _ACCESS,
        {"invitees": NUMBER, "personal_room": YES_OR_NO},
    ),
    Kind.MEETING_CHANGED: Fields(
        {"changed": TEXTS, "invited": NUMBER, "withdrawn": NUMBER} | _ACCESS
    ),
    Kind.PERSONAL_ROOM_CREATED: Fields(_ACCESS),
    Kind.PERSONAL_ROOM_CHANGED: Fields(_CHANGE),
    Kind.MEETING_ENDED: Fields({}, {"as_administrator": YES_OR_NO}),
    Kind.LIVE_MEETING_READ: Fields(_PEOPLE),
    Kind.INVITATION_SENT: Fields({"sequence": NUMBER, "cancelled": YES_OR_NO}),
    Kind.LOBBY_KNOCKED: Fields({"proof": TEXT}),
    Kind.ROOM_RIGHTS_CHANGED: Fields({"rights": FIELDS}),
    Kind.MUTED: Fields({}, {"everybody": YES_OR_NO}),
    Kind.HANDS_LOWERED: Fields({}, {"hands": NUMBER}),
    Kind.MEETING_ROLE_CHANGED: Fields({"before": TEXT, "after": TEXT}),
    Kind.CHAT_DELETED: Fields({"message": TEXT}),
    Kind.ATTENDANCE_READ: Fields({}, _WHY),
    Kind.ATTENDANCE_EXPORTED: Fields(_PEOPLE, _WHY),
    Kind.ATTENDANCE_CERTIFIED: Fields(_PEOPLE, _WHY),
    Kind.PARTICIPANT_JOINED: Fields(_NOTICED),
    Kind.PARTICIPANT_LEFT: Fields(_NOTICED),
    Kind.RECORDING_STARTED: Fields(_RECORDING),
    Kind.RECORDING_STOPPED: Fields(_RECORDING),
    Kind.RECORDING_CONSENTED: Fields(_RECORDING),
    Kind.RECORDING_DECLINED: Fields(_RECORDING),
    Kind.RECORDING_DOWNLOADED: Fields(_RECORDING),
    Kind.RECORDING_DELETED: Fields(_RECORDING),
    Kind.TRANSCRIPT_READ: Fields(_TRANSCRIPT),
    Kind.TRANSCRIPT_CORRECTED: Fields(_TRANSCRIPT | {"corrections": NUMBER}),
    Kind.TRANSCRIPT_EXPORTED: Fields(_TRANSCRIPT | {"format": TEXT}),
    Kind.LOG_REASON_STATED: Fields(_REASON, {"reference": TEXT, "before": FIELDS}),
    Kind.LOG_READ: Fields({"filter": FIELDS}, _WHY),
    Kind.LOG_EXPORTED: Fields(
        {"format": TEXT}, {"filter": FIELDS, "size": NUMBER, "missing": RANGE} | _WHY
    ),
    Kind.LOG_PRUNED: Fields(
        {"events": NUMBER, "until": MOMENT, "entries": RANGES},
        {"size": NUMBER, "receiver": FIELDS, "checkpoints": FIELDS},
    ),
    Kind.HOLD_PUT: Fields(_HOLD),
    Kind.HOLD_LIFTED: Fields(_HOLD),
    Kind.PERSON_ERASED: Fields({"events": NUMBER} | _REASON),
    Kind.LOG_CHECKED: Fields(
        {"first_entry": NUMBER, "end_entry": NUMBER, "whole": YES_OR_NO, "finding": TEXT}
    ),
    Kind.SIGNING_KEY_CHANGED: Fields({"change": TEXT, "key_id": TEXT, "verifier": TEXT}),
    Kind.COSIGNATURE_REFUSED: Fields({"witness": TEXT, "size": NUMBER, "answer": TEXT}),
}
NOTHING = Fields()


def check(kind: Kind, payload: Mapping[str, Any]) -> None:
    """Raises PayloadRefused unless the payload is as the catalogue says."""
    if problem := PAYLOADS.get(kind, NOTHING).problem(payload):
        raise PayloadRefused(f"{kind}: {problem}")
