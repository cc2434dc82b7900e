"""An entry of the log as an OCSF event (schema.ocsf.io). Pure: no Django, no database.

What stands in the leaf is told from the leaf; what is personal, from the event's row.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from audit import payloads
from audit.kinds import Kind

VERSION = "1.2.0"
PRODUCT = {"name": "Visio", "vendor_name": "Visio"}
OTHER = 99

# Severities of OCSF.
INFORMATIONAL, LOW, MEDIUM, HIGH = 1, 2, 3, 4
SEVERITIES = {"success": INFORMATIONAL, "refused": LOW, "failed": MEDIUM}


class Activity(NamedTuple):
    """What a kind of ours is in OCSF."""

    class_uid: int
    activity_id: int


BASE, ACCOUNT_CHANGE, AUTHENTICATION, API = 0, 3001, 3002, 6003
CREATE, READ, UPDATE, DELETE = (Activity(API, number) for number in (1, 2, 3, 4))
_OTHER = Activity(API, OTHER)
LOGON, LOGOFF = Activity(AUTHENTICATION, 1), Activity(AUTHENTICATION, 2)

ACTIVITIES: dict[str, Activity] = {
    Kind.SIGN_IN: LOGON,
    Kind.SIGN_IN_REFUSED: LOGON,
    Kind.SIGN_OUT: LOGOFF,
    Kind.TOKEN_REFUSED: LOGON,
    Kind.WORKPLACE_CHOSEN: Activity(AUTHENTICATION, OTHER),
    Kind.MEMBER_CREATED: Activity(ACCOUNT_CHANGE, 1),
    Kind.MEMBER_RETURNED: Activity(ACCOUNT_CHANGE, 2),
    Kind.MEMBER_LEFT: Activity(ACCOUNT_CHANGE, 5),
    Kind.ROLES_CHANGED: Activity(ACCOUNT_CHANGE, OTHER),
    Kind.MFA_CHANGED: Activity(ACCOUNT_CHANGE, OTHER),
    Kind.TENANT_CREATED: CREATE,
    Kind.MAPPING_CHANGED: UPDATE,
    Kind.POLICY_CHANGED: UPDATE,
    Kind.BRANDING_CHANGED: UPDATE,
    Kind.MEMBERS_READ: READ,
    Kind.MEMBERS_EXPORTED: READ,
    Kind.TOKEN_CREATED: CREATE,
    Kind.TOKEN_REVOKED: DELETE,
    Kind.MEETING_CREATED: CREATE,
    Kind.MEETING_CHANGED: UPDATE,
    Kind.MEETING_CANCELLED: DELETE,
    Kind.PERSONAL_ROOM_CREATED: CREATE,
    Kind.PERSONAL_ROOM_CHANGED: UPDATE,
    Kind.PERSONAL_ROOM_RENEWED: UPDATE,
    Kind.LIVE_MEETING_READ: READ,
    Kind.INVITATION_SENT: CREATE,
    Kind.INVITATION_DELIVERED: CREATE,
    Kind.ROOM_LOCKED: UPDATE,
    Kind.ROOM_UNLOCKED: UPDATE,
    Kind.ROOM_RIGHTS_CHANGED: UPDATE,
    Kind.MEETING_ROLE_CHANGED: UPDATE,
    Kind.CHAT_DELETED: DELETE,
    Kind.ATTENDANCE_READ: READ,
    Kind.ATTENDANCE_EXPORTED: READ,
    Kind.RECORDING_STARTED: CREATE,
    Kind.RECORDING_DOWNLOADED: READ,
    Kind.RECORDING_DELETED: DELETE,
    Kind.TRANSCRIPT_READ: READ,
    Kind.TRANSCRIPT_CORRECTED: UPDATE,
    Kind.TRANSCRIPT_EXPORTED: READ,
    Kind.LOG_READ: READ,
    Kind.LOG_EXPORTED: READ,
    Kind.LOG_PRUNED: DELETE,
    Kind.HOLD_PUT: CREATE,
    Kind.HOLD_LIFTED: DELETE,
    Kind.PERSON_EXPORTED: READ,
    Kind.PERSON_ERASED: DELETE,
    Kind.SIGNING_KEY_CHANGED: UPDATE,
}
"""Every other kind is an activity of the API without a word of its own there: joining, leaving,
moderating."""


class Entry(NamedTuple):
    """An entry of a log; `personal` is None where it was erased or is gone."""

    tenant: str
    place: int  # counted from 0
    leaf: Mapping[str, Any] | None  # None once it is pruned
    leaf_hash: bytes
    personal: Mapping[str, Any] | None
    missing: bool = False  # the event is not in the database, and nobody pruned it


def event_of(entry: Entry) -> dict[str, Any]:
    """The OCSF event; its `metadata.tenant_uid` and `metadata.sequence` are its place."""
    try:
        return _event(entry)
    except (AttributeError, KeyError, TypeError, ValueError):
        # No leaf that we wrote: it is told of, and holds up nothing.
        return _event(entry._replace(leaf=None)) | {"severity_id": HIGH, "message": "unreadable"}


def _event(entry: Entry) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "version": VERSION,
        "log_version": str(payloads.VERSION),
        "product": PRODUCT,
        "tenant_uid": entry.tenant,
        "sequence": entry.place,
    }
    unmapped: dict[str, Any] = {"leaf_hash": b64encode(entry.leaf_hash).decode()}
    leaf = entry.leaf
    if leaf is None:
        return _classified(Activity(BASE, 0), INFORMATIONAL) | {
            "time": 0,
            "message": "pruned",
            "metadata": metadata,
            "unmapped": unmapped | {"pruned": True},
        }
    personal = entry.personal or {}
    metadata |= {
        "uid": leaf["id"],
        "event_code": leaf["kind"],
        "original_time": leaf["at"],
        "logged_time": _milliseconds(leaf["sequenced_at"]),
        "correlation_uid": leaf["request"],
    }
    unmapped |= {
        "outcome": leaf["outcome"],
        "meeting": leaf["meeting"],
        "subject": leaf["subject"],
        "delivered_from": leaf["delivered_from"],
        "subject_name": personal.get("subject_name"),
        "on_behalf_of": personal.get("on_behalf_of"),
        "payload": personal.get("payload"),
    }
    if entry.missing:
        unmapped["missing"] = True
    elif entry.personal is None:
        unmapped["erased"] = True
    activity = ACTIVITIES.get(leaf["kind"], _OTHER)
    severity = HIGH if entry.missing else SEVERITIES.get(leaf["outcome"], MEDIUM)
    success = leaf["outcome"] == "success"
    return (
        _classified(activity, severity)
        | {
            "time": _milliseconds(leaf["at"]),
            "message": leaf["kind"],
            "status_id": 1 if success else 2,
            "status": "Success" if success else "Failure",
            "metadata": metadata,
            "actor": _actor(leaf, personal),
            "src_endpoint": _endpoint(personal),
            "unmapped": {name: value for name, value in unmapped.items() if value},
        }
        | _of_class(activity, leaf, personal)
    )


def _classified(activity: Activity, severity: int) -> dict[str, Any]:
    return {
        "class_uid": activity.class_uid,
        "category_uid": activity.class_uid // 1000,
        "activity_id": activity.activity_id,
        "type_uid": activity.class_uid * 100 + activity.activity_id,
        "severity_id": severity,
    }


def _of_class(activity: Activity, leaf: Mapping, personal: Mapping) -> dict[str, Any]:
    """What this class of events asks for besides."""
    if activity.class_uid == AUTHENTICATION:
        return {
            "user": _user(leaf["actor"], personal.get("actor_name")),
            "service": {"name": "Visio"},
        }
    if activity.class_uid == ACCOUNT_CHANGE:
        if leaf["subject"]:
            return {"user": _user(leaf["subject"], personal.get("subject_name"))}
        return {"user": _user(leaf["actor"], personal.get("actor_name"))}
    resources = [{"uid": leaf[name], "type": name} for name in ("meeting", "subject") if leaf[name]]
    told: dict[str, Any] = {"api": {"operation": leaf["kind"], "service": {"name": "Visio"}}}
    return told | ({"resources": resources} if resources else {})


def _user(uid: str, name: str | None) -> dict[str, str]:
    user = {"uid": uid, "name": name or ""}
    return {key: value for key, value in user.items() if value} or {"name": "unknown"}


def _actor(leaf: Mapping, personal: Mapping) -> dict[str, Any]:
    if not leaf["actor"]:
        return {"app_name": "Visio"}
    return {"user": _user(leaf["actor"], personal.get("actor_name"))}


def _endpoint(personal: Mapping) -> dict[str, str]:
    ip = personal.get("origin")
    return {"ip": ip} if ip else {"svc_name": "Visio"}


def _milliseconds(moment: str) -> int:
    """Of a leaf's moment: whole ones since 1970."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
