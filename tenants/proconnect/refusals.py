"""Why a sign-in is refused, in words for the person and in one code for the log."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Reason(StrEnum):
    """The log's word for a refusal."""

    CANCELLED = "cancelled"
    PROVIDER_REFUSED = "provider_refused"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    STATE = "state_unknown"
    TOKEN = "token_invalid"
    USERINFO = "userinfo_invalid"
    LEVEL = "level_too_low"
    NO_TENANT = "no_tenant"
    LEFT = "member_left"
    INACTIVE = "user_inactive"


# What the page says: a title, then what the person can do.
TEXTS = {
    Reason.CANCELLED: (
        _("Vous avez interrompu la connexion"),
        _("Rien n’a été modifié. Vous pouvez vous identifier quand vous le souhaitez."),
    ),
    Reason.PROVIDER_REFUSED: (
        _("ProConnect a refusé la connexion"),
        _("Réessayez. Si cela se répète, signalez-le au support informatique de votre ministère."),
    ),
    Reason.PROVIDER_UNAVAILABLE: (
        _("ProConnect ne répond pas"),
        _("Votre compte n’est pas en cause. Réessayez dans quelques minutes."),
    ),
    Reason.STATE: (
        _("Cette connexion a expiré ou a déjà servi"),
        _("Recommencez depuis Visio, dans un seul onglet, sans utiliser le bouton « Précédent »."),
    ),
    Reason.TOKEN: (
        _("La réponse de ProConnect n’a pas pu être vérifiée"),
        _(
            "Par sécurité, la connexion est refusée. Réessayez ; si cela se répète, prévenez le support."
        ),
    ),
    Reason.USERINFO: (
        _("La réponse de ProConnect n’a pas pu être vérifiée"),
        _(
            "Par sécurité, la connexion est refusée. Réessayez ; si cela se répète, prévenez le support."
        ),
    ),
    Reason.LEVEL: (
        _("Une double authentification est nécessaire"),
        _(
            "Vos fonctions d’administration ou d’audit demandent une connexion plus forte. "
            "Recommencez et utilisez votre second facteur auprès de votre fournisseur d’identité."
        ),
    ),
    Reason.NO_TENANT: (
        _("Votre organisation n’utilise pas encore Visio"),
        _(
            "Vous êtes bien identifié, mais ni votre organisation ni votre adresse ne sont "
            "rattachées à un ministère. Transmettez les indications ci-dessous à votre support."
        ),
    ),
    Reason.LEFT: (
        _("Votre compte Visio a été fermé"),
        _(
            "L’administrateur de votre ministère a noté votre départ. Adressez-vous à lui s’il s’agit d’une erreur."
        ),
    ),
    Reason.INACTIVE: (
        _("Votre compte Visio est suspendu"),
        _("Adressez-vous au support informatique de votre ministère."),
    ),
}


class SignInRefused(Exception):
    """The sign-in ends here; `detail` is precise, for the log, and without personal data."""

    def __init__(self, reason: Reason, detail: str = ""):
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
