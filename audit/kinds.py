"""The closed catalogue of what can stand in the log."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What happened; a new kind is added here or it cannot be recorded."""

    SIGN_IN = "sign_in", _("Connexion")
    SIGN_IN_REFUSED = "sign_in_refused", _("Connexion refusée")
    SIGN_OUT = "sign_out", _("Déconnexion")
    WORKPLACE_CHOSEN = "workplace_chosen", _("Choix du ministère")
    TENANT_CREATED = "tenant_created", _("Création d’un ministère")
    MAPPING_CHANGED = "mapping_changed", _("Changement du rattachement")
    POLICY_CHANGED = "policy_changed", _("Changement d’une règle")
    MEMBER_CREATED = "member_created", _("Arrivée d’un agent")
    MEMBER_LEFT = "member_left", _("Départ d’un agent")
    MEMBER_RETURNED = "member_returned", _("Retour d’un agent")
    ROLES_CHANGED = "roles_changed", _("Changement de rôles")
    MEMBERS_READ = "members_read", _("Annuaire des agents consulté par l’API")
    TOKEN_CREATED = "token_created", _("Jeton d’API créé")
    TOKEN_REVOKED = "token_revoked", _("Jeton d’API révoqué")
    TOKEN_REFUSED = "token_refused", _("Jeton d’API refusé")
    MEMBERS_EXPORTED = "members_exported", _("Liste des agents exportée")
    BRANDING_CHANGED = "branding_changed", _("Changement de l’identité visuelle")
    MFA_CHANGED = "mfa_changed", _("Changement de la double authentification")
    MEETING_CREATED = "meeting_created", _("Réunion planifiée")
    MEETING_CHANGED = "meeting_changed", _("Réunion modifiée")
    MEETING_CANCELLED = "meeting_cancelled", _("Réunion annulée")
    PERSONAL_ROOM_CREATED = "personal_room_created", _("Salle personnelle créée")
    PERSONAL_ROOM_CHANGED = "personal_room_changed", _("Accès à une salle personnelle changé")
    PERSONAL_ROOM_RENEWED = "personal_room_renewed", _("Lien d’une salle personnelle renouvelé")
    MEETING_STARTED = "meeting_started", _("Début de la réunion")
    MEETING_ENDED = "meeting_ended", _("Fin de la réunion")
    LIVE_MEETING_READ = "live_meeting_read", _("Participants d’une réunion en cours consultés")
    INVITATION_SENT = "invitation_sent", _("Invitation envoyée")
    INVITATION_DELIVERED = "invitation_delivered", _("Invitation remise")
    JOIN_GRANTED = "join_granted", _("Accès à la salle accordé")
    JOIN_REFUSED = "join_refused", _("Accès à la salle refusé")
    LOBBY_KNOCKED = "lobby_knocked", _("Demande d’entrée")
    LOBBY_ADMITTED = "lobby_admitted", _("Entrée admise")
    LOBBY_REFUSED = "lobby_refused", _("Entrée refusée")
    ROOM_LOCKED = "room_locked", _("Réunion verrouillée")
    ROOM_UNLOCKED = "room_unlocked", _("Réunion déverrouillée")
    ROOM_RIGHTS_CHANGED = "room_rights_changed", _("Droits des participants changés")
    MUTED = "muted", _("Micro coupé par un organisateur")
    HANDS_LOWERED = "hands_lowered", _("Mains baissées par un organisateur")
    MEETING_ROLE_CHANGED = "meeting_role_changed", _("Changement de rôle dans la réunion")
    PARTICIPANT_REMOVED = "participant_removed", _("Exclusion de la réunion")
    PARTICIPANT_UNBARRED = "participant_unbarred", _("Exclusion levée")
    CHAT_DELETED = "chat_deleted", _("Message supprimé par un organisateur")
    ATTENDANCE_READ = "attendance_read", _("Présences consultées")
    ATTENDANCE_EXPORTED = "attendance_exported", _("Présences exportées")
    ATTENDANCE_CERTIFIED = "attendance_certified", _("Attestation de présence établie")
    PARTICIPANT_JOINED = "participant_joined", _("Arrivée dans la salle")
    PARTICIPANT_LEFT = "participant_left", _("Départ de la salle")
    LOG_READ = "log_read", _("Journal consulté")
    LOG_EXPORTED = "log_exported", _("Journal exporté")
    LOG_PRUNED = "log_pruned", _("Journal purgé")
    HOLD_PUT = "hold_put", _("Conservation imposée")
    HOLD_LIFTED = "hold_lifted", _("Conservation levée")
    PERSON_EXPORTED = "person_exported", _("Données d’une personne exportées")
    PERSON_ERASED = "person_erased", _("Données d’une personne effacées")
    LOG_CHECKED = "log_checked", _("Intégrité du journal vérifiée")
    SIGNING_KEY_CHANGED = "signing_key_changed", _("Clé de signature du journal changée")


class Outcome(TextChoices):
    """How it ended."""

    SUCCESS = "success", _("Réussi")
    REFUSED = "refused", _("Refusé")
    FAILED = "failed", _("Échoué")
