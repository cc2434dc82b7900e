"""Each rule of a ministry's policy as a sentence: what holds now, what it does, what the default is,
who changed it last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.kinds import Kind
from audit.models import Event
from tenants.models import GuestAccess, LoggedAddress, Policy


@dataclass(frozen=True)
class Rule:
    """One field of Policy in words. A rule with two values is a switch, one with more a choice, one
    without any a number, which stands as %(number)s in `sentence`."""

    name: str
    title: Any
    effect: Any
    values: Mapping[Any, Any] = field(default_factory=dict)
    sentence: Any = ""

    @property
    def kind(self) -> str:
        if not self.values:
            return "number"
        return "switch" if set(self.values) == {True, False} else "choice"

    @property
    def field(self):
        return Policy._meta.get_field(self.name)

    @property
    def default(self) -> Any:
        return self.field.default

    @property
    def bounds(self) -> tuple[int, int]:
        """The smallest and the largest number that the model takes."""
        limits = {type(one): one.limit_value for one in self.field.validators}
        return limits[MinValueValidator], limits[MaxValueValidator]

    def say(self, value: Any) -> str:
        """The sentence that holds with this value."""
        if self.values:
            return str(self.values[value])
        return str(self.sentence) % {"number": number_format(value, force_grouping=True)}


GROUPS: list[tuple[str, Any, list[Rule]]] = [
    (
        "plan",
        gettext_lazy("Planifier"),
        [
            Rule(
                "who_may_organise",
                gettext_lazy("Qui planifie des réunions"),
                gettext_lazy("Les réunions déjà planifiées restent."),
                {
                    "members": gettext_lazy("Tous les agents planifient des réunions."),
                    "organisers": gettext_lazy(
                        "Seuls les agents qui ont le rôle « Organisateur » planifient des réunions."
                    ),
                },
            ),
            Rule(
                "invite_other_ministries",
                gettext_lazy("Invitations à d’autres ministères"),
                gettext_lazy("Les invitations déjà envoyées restent valables."),
                {
                    True: gettext_lazy("Les agents des autres ministères peuvent être invités."),
                    False: gettext_lazy("Seuls les agents du ministère peuvent être invités."),
                },
            ),
            Rule(
                "invite_external_people",
                gettext_lazy("Invitations à l’extérieur"),
                gettext_lazy("Les invitations déjà envoyées restent valables."),
                {
                    True: gettext_lazy(
                        "Des personnes extérieures aux ministères raccordés peuvent être invitées."
                    ),
                    False: gettext_lazy(
                        "Aucune personne extérieure aux ministères raccordés ne peut être invitée."
                    ),
                },
            ),
            Rule(
                "most_invitees",
                gettext_lazy("Nombre d’invitations"),
                gettext_lazy("Au-delà, la réunion n’est pas enregistrée."),
                sentence=gettext_lazy("On invite au plus %(number)s personnes à une réunion."),
            ),
            Rule(
                "longest_meeting_minutes",
                gettext_lazy("Durée d’une réunion"),
                gettext_lazy("Une réunion plus longue est refusée quand on la planifie."),
                sentence=gettext_lazy("Une réunion est prévue pour %(number)s minutes au plus."),
            ),
        ],
    ),
    (
        "enter",
        gettext_lazy("Entrer"),
        [
            Rule(
                "link_admits_members",
                gettext_lazy("Agents du ministère qui ont le lien"),
                gettext_lazy("Vaut aussitôt pour qui arrive ; personne n’est mis dehors."),
                {
                    True: gettext_lazy(
                        "Un agent du ministère qui a le lien entre sans invitation."
                    ),
                    False: gettext_lazy("Le lien ne suffit pas : un agent doit être invité."),
                },
            ),
            Rule(
                "guest_access",
                gettext_lazy("Comment se présentent les invités extérieurs"),
                gettext_lazy(
                    "L’organisateur peut demander plus, jamais moins. Vaut aussitôt pour qui arrive."
                ),
                {
                    GuestAccess.NONE: gettext_lazy(
                        "Aucun invité extérieur n’entre : il faut ProConnect."
                    ),
                    GuestAccess.CODE: gettext_lazy(
                        "Un invité extérieur recopie un code reçu à son adresse."
                    ),
                    GuestAccess.NAME: gettext_lazy(
                        "Un invité extérieur écrit son nom, que personne ne vérifie."
                    ),
                },
            ),
            Rule(
                "guests_always_wait",
                gettext_lazy("Attente des invités extérieurs"),
                gettext_lazy("Vaut aussitôt pour qui arrive."),
                {
                    True: gettext_lazy(
                        "Les invités extérieurs attendent d’être admis, quoi que dise la réunion."
                    ),
                    False: gettext_lazy(
                        "L’organisateur peut laisser entrer les invités extérieurs sans attendre."
                    ),
                },
            ),
            Rule(
                "most_participants",
                gettext_lazy("Nombre de personnes dans une salle"),
                gettext_lazy(
                    "La salle pleine refuse la personne suivante ; l’organisateur entre toujours."
                ),
                sentence=gettext_lazy("Une salle accueille au plus %(number)s personnes."),
            ),
        ],
    ),
    (
        "meet",
        gettext_lazy("Pendant la réunion et après"),
        [
            Rule(
                "guests_may_share",
                gettext_lazy("Partage d’écran des invités extérieurs"),
                gettext_lazy("Change aussitôt dans les salles ouvertes."),
                {
                    True: gettext_lazy("Les invités extérieurs peuvent partager leur écran."),
                    False: gettext_lazy("Les invités extérieurs ne partagent pas leur écran."),
                },
            ),
            Rule(
                "chat_allowed",
                gettext_lazy("Discussion écrite"),
                gettext_lazy("Change aussitôt dans les salles ouvertes."),
                {
                    True: gettext_lazy("On peut écrire dans les salles."),
                    False: gettext_lazy("On n’écrit pas dans les salles."),
                },
            ),
            Rule(
                "keep_chat",
                gettext_lazy("Conservation de la discussion"),
                gettext_lazy("Décide à la fin de chaque réunion, celles en cours comprises."),
                {
                    True: gettext_lazy(
                        "Ce qui a été écrit reste lisible après la réunion pour qui était là."
                    ),
                    False: gettext_lazy("Ce qui a été écrit est effacé à la fin de la réunion."),
                },
            ),
        ],
    ),
    (
        "keep",
        gettext_lazy("Conserver"),
        [
            Rule(
                "log_months",
                gettext_lazy("Conservation du journal"),
                gettext_lazy(
                    "Ce qui est plus ancien est effacé dans la nuit, sauf obligation de le conserver."
                ),
                sentence=gettext_lazy("Le journal est conservé pendant %(number)s mois."),
            ),
            Rule(
                "log_addresses",
                gettext_lazy("Adresses réseau dans le journal"),
                gettext_lazy("Vaut aussitôt, et ne change rien à ce qui est déjà inscrit."),
                {
                    LoggedAddress.FULL: gettext_lazy(
                        "Le journal garde l’adresse réseau d’où chacun agit."
                    ),
                    LoggedAddress.NETWORK: gettext_lazy(
                        "Le journal ne garde des adresses que leur réseau (/24 en IPv4, /48 en IPv6)."
                    ),
                    LoggedAddress.NONE: gettext_lazy("Le journal ne garde aucune adresse réseau."),
                },
            ),
        ],
    ),
    (
        "audit",
        gettext_lazy("Journal"),
        [
            Rule(
                "administrators_may_audit",
                gettext_lazy("Administrateurs qui auditent"),
                gettext_lazy(
                    "Vaut aussitôt, y compris pour qui a déjà les deux rôles. Le journal contient ce "
                    "que font les administrateurs."
                ),
                {
                    True: gettext_lazy(
                        "Un administrateur peut aussi être auditeur du journal de son ministère."
                    ),
                    False: gettext_lazy(
                        "Un administrateur ne peut pas être auditeur du journal de son ministère."
                    ),
                },
            ),
        ],
    ),
]
RULES = {rule.name: rule for _key, _title, rules in GROUPS for rule in rules}


@dataclass(frozen=True)
class LastChange:
    """Who changed a rule last, and when; an operator has no name."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Standing:
    """A rule as it stands."""

    rule: Rule
    value: Any
    last_change: LastChange | None

    @property
    def sentence(self) -> str:
        return self.rule.say(self.value)

    @property
    def is_default(self) -> bool:
        return self.value == self.rule.default

    @property
    def default_sentence(self) -> str:
        return self.rule.say(self.rule.default)

    @property
    def choices(self) -> list[tuple[Any, str, bool]]:
        """Value, sentence and whether it is the chosen one."""
        return [(value, str(text), value == self.value) for value, text in self.rule.values.items()]


def standings(policy: Policy) -> list[tuple[str, str, list[Standing]]]:
    """Every rule of the open scope, in groups; in one statement."""
    changes = _last_changes()
    return [
        (
            key,
            str(title),
            [Standing(rule, getattr(policy, rule.name), changes.get(rule.name)) for rule in rules],
        )
        for key, title, rules in GROUPS
    ]


def unusual(policy: Policy) -> list[str]:
    """What of a policy opens more than one would expect, in words."""
    found = []
    if policy.guest_access == GuestAccess.NAME and not policy.guests_always_wait:
        found.append(
            _("Des invités dont personne n’a vérifié le nom peuvent entrer sans être admis.")
        )
    if policy.guest_access == GuestAccess.NONE and policy.invite_external_people:
        found.append(
            _("On peut inviter des personnes extérieures, mais aucune d’elles ne peut entrer.")
        )
    if policy.most_participants < policy.most_invitees and policy.most_participants < 50:
        found.append(
            _("Une salle accueille au plus %(number)s personnes.")
            % {"number": policy.most_participants}
        )
    return found


def _last_changes() -> dict[str, LastChange]:
    """From the log, for each rule, its newest change."""
    sql = f"""
        SELECT DISTINCT ON (name) name, actor_name, at
        FROM {Event._meta.db_table}, jsonb_object_keys(payload -> 'after') AS name
        WHERE kind = %s AND delivered_from IS NULL
        ORDER BY name, at DESC, id DESC
    """  # noqa: S608  the table's own name
    with connection.cursor() as cursor:
        cursor.execute(sql, [Kind.POLICY_CHANGED])
        return {name: LastChange(by, at) for name, by, at in cursor.fetchall()}
