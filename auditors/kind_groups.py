"""The kinds of events as one looks for them: grouped by what they are about."""

from django.utils.translation import gettext_lazy as _

from audit.kinds import Kind

GROUPS = [
    (
        _("Connexions"),
        [
            Kind.SIGN_IN,
            Kind.SIGN_IN_REFUSED,
            Kind.SIGN_OUT,
            Kind.WORKPLACE_CHOSEN,
            Kind.MFA_CHANGED,
        ],
    ),
    (
        _("Ministère, agents et règles"),
        [
            Kind.TENANT_CREATED,
            Kind.MAPPING_CHANGED,
            Kind.POLICY_CHANGED,
            Kind.MEMBER_CREATED,
            Kind.MEMBER_LEFT,
            Kind.ROLES_CHANGED,
        ],
    ),
    (
        _("Réunions et invitations"),
        [
            Kind.MEETING_CREATED,
            Kind.MEETING_CHANGED,
            Kind.MEETING_CANCELLED,
            Kind.MEETING_STARTED,
            Kind.MEETING_ENDED,
            Kind.INVITATION_SENT,
            Kind.INVITATION_DELIVERED,
            Kind.PERSONAL_ROOM_CREATED,
            Kind.PERSONAL_ROOM_CHANGED,
            Kind.PERSONAL_ROOM_RENEWED,
        ],
    ),
    (
        _("Entrées et présences"),
        [
            Kind.LOBBY_KNOCKED,
            Kind.LOBBY_ADMITTED,
            Kind.LOBBY_REFUSED,
            Kind.JOIN_GRANTED,
            Kind.JOIN_REFUSED,
            Kind.PARTICIPANT_JOINED,
            Kind.PARTICIPANT_LEFT,
        ],
    ),
    (
        _("Modération"),
        [
            Kind.ROOM_LOCKED,
            Kind.ROOM_UNLOCKED,
            Kind.ROOM_RIGHTS_CHANGED,
            Kind.MUTED,
            Kind.HANDS_LOWERED,
            Kind.MEETING_ROLE_CHANGED,
            Kind.PARTICIPANT_REMOVED,
            Kind.PARTICIPANT_UNBARRED,
            Kind.CHAT_DELETED,
        ],
    ),
    (
        _("Enregistrements et transcriptions"),
        [
            Kind.RECORDING_STARTED,
            Kind.RECORDING_STOPPED,
            Kind.RECORDING_CONSENTED,
            Kind.RECORDING_DECLINED,
            Kind.RECORDING_DOWNLOADED,
            Kind.RECORDING_DELETED,
            Kind.TRANSCRIPT_READ,
            Kind.TRANSCRIPT_CORRECTED,
            Kind.TRANSCRIPT_EXPORTED,
        ],
    ),
    (
        _("Consultations et exports"),
        [
            Kind.ATTENDANCE_READ,
            Kind.ATTENDANCE_EXPORTED,
            Kind.ATTENDANCE_CERTIFIED,
            Kind.LOG_REASON_STATED,
            Kind.LOG_READ,
            Kind.LOG_EXPORTED,
            Kind.LOG_CHECKED,
            Kind.SIGNING_KEY_CHANGED,
            Kind.COSIGNATURE_REFUSED,
        ],
    ),
    (
        _("Conservation et effacement"),
        [
            Kind.LOG_PRUNED,
            Kind.HOLD_PUT,
            Kind.HOLD_LIFTED,
            Kind.PERSON_EXPORTED,
            Kind.PERSON_ERASED,
        ],
    ),
]


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every kind of the catalogue once; those that belong to no group yet stand at the end."""
    placed = {kind for _name, kinds in GROUPS for kind in kinds}
    others = [kind for kind in Kind if kind not in placed]
    groups = [*GROUPS, (_("Autres"), others)] if others else GROUPS
    return [
        (str(name), [(kind.value, str(kind.label)) for kind in kinds]) for name, kinds in groups
    ]


def label_of(kind: str) -> str:
    """The kind in words; one that the catalogue has forgotten by its own name."""
    return str(Kind(kind).label) if kind in Kind.values else kind
