"""Who may come into a meeting and who waits: the choices that a ministry leaves, and what they
amount to in one sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from meetings.gate import OPENNESS
from meetings.models import DirectEntry
from tenants.models import GuestAccess, Policy


@dataclass(frozen=True)
class Option:
    """One choice as the form shows it."""

    value: str
    label: str
    hint: str


def guest_access_limit(policy: Policy) -> str:
    """Why a more open way in is not offered; empty when all are."""
    return {
        GuestAccess.NONE: _("Votre ministère n’accepte pas d’invités extérieurs."),
        GuestAccess.CODE: _("Votre ministère demande aux invités extérieurs une adresse prouvée."),
        GuestAccess.NAME: "",
    }[GuestAccess(policy.guest_access)]


def direct_entry_limit(policy: Policy) -> str:
    """Why not everybody can be let in without waiting; empty when they can."""
    limits = []
    if policy.guests_always_wait and policy.guest_access != GuestAccess.NONE:
        limits.append(_("Votre ministère fait attendre les invités extérieurs dans tous les cas."))
    if not policy.link_admits_members:
        limits.append(_("Dans votre ministère, le lien ne suffit pas : il faut être invité."))
    return " ".join(limits)


def offered_guest_access(policy: Policy) -> list[GuestAccess]:
    """From the most closed to the most open that the ministry allows."""
    return OPENNESS[: OPENNESS.index(GuestAccess(policy.guest_access)) + 1]


def offered_direct_entry(policy: Policy) -> list[DirectEntry]:
    """From the most open that the ministry allows; what would promise too much is left out."""
    left_out = set()
    if policy.guests_always_wait or policy.guest_access == GuestAccess.NONE:
        left_out.add(DirectEntry.EVERYONE)
    if not policy.link_admits_members:
        left_out.add(DirectEntry.MINISTRY)
    return [entry for entry in DirectEntry if entry not in left_out]


def allowed_guest_access(wanted: str, policy: Policy) -> GuestAccess:
    """What was chosen, or the most open that is still allowed."""
    return min(GuestAccess(wanted), GuestAccess(policy.guest_access), key=OPENNESS.index)


def allowed_direct_entry(wanted: str, policy: Policy) -> DirectEntry:
    """What was chosen, or the next more closed choice that is offered."""
    ways = list(DirectEntry)
    offered = offered_direct_entry(policy)
    return next(way for way in ways[ways.index(DirectEntry(wanted)) :] if way in offered)


def guest_access_options(policy: Policy) -> list[Option]:
    hints = {
        GuestAccess.NONE: _("Seuls les agents de l’État entrent, avec ProConnect."),
        GuestAccess.CODE: _("Avant d’entrer, ils recopient un code reçu à leur adresse."),
        GuestAccess.NAME: _("Ils écrivent un nom, que personne ne vérifie."),
    }
    return _options(offered_guest_access(policy), hints)


def direct_entry_options(policy: Policy) -> list[Option]:
    hints = {
        DirectEntry.EVERYONE: _("Les invités extérieurs n’attendent pas non plus."),
        DirectEntry.AGENTS: _("De tous les ministères, avec ProConnect."),
        DirectEntry.INVITEES: _("Les autres agents de votre ministère attendent."),
    }
    return _options(offered_direct_entry(policy), hints)


def _options(offered: Sequence[TextChoices], hints: Mapping) -> list[Option]:
    return [Option(way.value, str(way.label), hints.get(way, "")) for way in offered]


def access_sentence(guest_access: str, direct_entry: str, policy: Policy) -> str:
    """Both choices read back as what will happen under the ministry's policy."""
    access = allowed_guest_access(guest_access, policy)
    entry = allowed_direct_entry(direct_entry, policy)
    return f"{_guests(access, entry, policy)} ; {_agents(entry)}."


def access_sentences(policy: Policy) -> dict[str, str]:
    """The sentence of every offered pair, under "guest_access:direct_entry"."""
    return {
        f"{access.value}:{entry.value}": access_sentence(access, entry, policy)
        for access in offered_guest_access(policy)
        for entry in offered_direct_entry(policy)
    }


def _guests(access: GuestAccess, entry: DirectEntry, policy: Policy) -> str:
    if access == GuestAccess.NONE:
        return _("Les invités extérieurs n’entrent pas")
    proves = access == GuestAccess.CODE
    if entry == DirectEntry.EVERYONE:
        if proves:
            return _("Les invités extérieurs prouvent leur adresse et entrent directement")
        return _("Les invités extérieurs donnent leur nom et entrent directement")
    if policy.guests_always_wait or entry == DirectEntry.HOSTS:
        if proves:
            return _("Les invités extérieurs prouvent leur adresse et attendent d’être admis")
        return _("Les invités extérieurs donnent leur nom et attendent d’être admis")
    # Only a proven address can be found on the list of invitations.
    if proves:
        return _(
            "Les invités extérieurs prouvent leur adresse et attendent d’être admis, sauf s’ils "
            "sont sur la liste"
        )
    return _(
        "Les invités extérieurs donnent leur nom et attendent d’être admis, sauf s’ils sont sur "
        "la liste et prouvent leur adresse"
    )


def _agents(entry: DirectEntry) -> str:
    return {
        DirectEntry.EVERYONE: _("les agents de l’État qui ont le lien entrent directement"),
        DirectEntry.AGENTS: _("les agents de l’État qui ont le lien entrent directement"),
        DirectEntry.MINISTRY: _(
            "les agents de votre ministère et les agents invités entrent directement"
        ),
        DirectEntry.INVITEES: _("seuls les agents invités entrent directement"),
        DirectEntry.HOSTS: _("chaque agent attend d’être admis"),
    }[entry]
