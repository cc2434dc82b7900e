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
    ROLES_CHANGED = "roles_changed", _("Changement de rôles")
    MFA_CHANGED = "mfa_changed", _("Changement de la double authentification")
    MEETING_CREATED = "meeting_created", _("Réunion planifiée")
    MEETING_CHANGED = "meeting_changed", _("Réunion modifiée")
    MEETING_CANCELLED = "meeting_cancelled", _("Réunion annulée")
    MEETING_STARTED = "meeting_started", _("Début de la réunion")
    MEETING_ENDED = "meeting_ended", _("Fin de la réunion")
    INVITATION_SENT = "invitation_sent", _("Invitation envoyée")
    INVITATION_DELIVERED = "invitation_delivered", _("Invitation remise")
    JOIN_GRANTED = "join_granted", _("Accès à la salle accordé")
    JOIN_REFUSED = "join_refused", _("Accès à la salle refusé")
    PARTICIPANT_JOINED = "participant_joined", _("Arrivée dans la salle")
    PARTICIPANT_LEFT = "participant_left", _("Départ de la salle")


class Outcome(TextChoices):
    """How it ended."""

    SUCCESS = "success", _("Réussi")
    REFUSED = "refused", _("Refusé")
    FAILED = "failed", _("Échoué")
