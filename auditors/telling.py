"""Events in words: who did what to whom, about which meeting, and what is known of it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.kinds import Outcome
from audit.models import Event
from audit.proving import Proofs
from auditors import kind_groups, known_meetings
from auditors.forms import id_in
from auditors.known_meetings import KnownMeeting
from auditors.proofs import verdict_in_words
from tenants.models import Tenant
from tenants.words import with_marks_shown

# A longer value is folded away.
SHORT = 300
DEEPEST = 6
# What services write beside an event (audit.log.record), in the words of the interface.
PAYLOAD_LABELS = {
    "address": _("Adresse réseau"),
    "added": _("Ajouté"),
    "after": _("Après"),
    "before": _("Avant"),
    "break_glass": _("Compte de secours"),
    "by_operator": _("Par un exploitant"),
    "by_promise": _("Rôle promis avant la première connexion"),
    "by": _("Demandé par"),
    "cancelled": _("Annulation"),
    "changed": _("Ce qui a changé"),
    "detail": _("Précision"),
    "direct_entry": _("Qui entre sans attendre"),
    "end_entry": _("Jusqu’à l’entrée (non comprise)"),
    "ends_at": _("Fin prévue"),
    "event": _("Événement ouvert"),
    "entries": _("Entrées"),
    "events": _("Nombre d’événements"),
    "everybody": _("Tout le monde"),
    "factor": _("Second facteur"),
    "filter": _("Filtre"),
    "finding": _("Ce qui a été constaté"),
    "first_entry": _("Depuis l’entrée"),
    "format": _("Format"),
    "guest_access": _("Accès des invités"),
    "hands": _("Mains"),
    "invited": _("Personnes ajoutées"),
    "invitees": _("Personnes invitées"),
    "kind": _("Types d’événement"),
    "mappings": _("Rattachements"),
    "meeting": _("Réunion"),
    "message": _("Message"),
    "name": _("Nom"),
    "noticed": _("Constaté par"),
    "order": _("Ordre"),
    "outcome": _("Résultat"),
    "people": _("Personnes"),
    "period": _("Période"),
    "person": _("Personne"),
    "personal_room": _("Salle personnelle"),
    "proof": _("Preuve d’identité"),
    "reason": _("Motif"),
    "reference": _("Référence"),
    "removed": _("Retiré"),
    "rights": _("Droits"),
    "role": _("Rôle"),
    "roles": _("Rôles"),
    "sequence": _("Version"),
    "since": _("Du"),
    "size": _("Taille du journal"),
    "starts_at": _("Début prévu"),
    "text": _("Texte"),
    "until": _("Au"),
    "whole": _("Journal entier"),
    "withdrawn": _("Personnes retirées"),
}


@dataclass(frozen=True)
class Line:
    """An event as a row or a step tells it."""

    event: Event
    kind: str
    actor: str
    subject: str
    outcome: str
    meeting: KnownMeeting | None
    meeting_title: str
    # The ministry whose log this is a copy from; empty for what happened here.
    delivered_by: str
    # What does not fit with what was signed; empty where everything does.
    fault: str = ""

    @property
    def day(self) -> date:
        """By the reader's clock."""
        return timezone.localtime(self.event.at).date()

    @property
    def actor_person(self) -> UUID | None:
        """The id under which the log knows who acted."""
        return id_in(self.event.actor_id)

    @property
    def subject_person(self) -> UUID | None:
        """The same of whom it concerns; None where that is a thing."""
        return id_in(self.event.subject_id) if self.event.subject_name else None

    @property
    def on_behalf_person(self) -> UUID | None:
        return id_in(self.event.on_behalf_of)

    @property
    def is_success(self) -> bool:
        return self.event.outcome == Outcome.SUCCESS

    @property
    def is_by_nobody(self) -> bool:
        """Done by the system itself, or by an operator at a console."""
        return not (self.event.actor_id or self.event.actor_name)


def lines_of(events: Iterable[Event], proofs: Proofs | None = None) -> list[Line]:
    """Events in words, with what was found of them; the number of statements does not depend on
    theirs."""
    events = list(events)
    meetings = known_meetings.named(event.meeting_id for event in events if event.meeting_id)
    senders = {event.delivered_from for event in events if event.delivered_from}
    ministries = {tenant.id: tenant.name for tenant in Tenant.objects.filter(id__in=senders)}
    faults = {key: verdict_in_words(proof) for key, proof in proofs.each.items()} if proofs else {}
    return [
        replace(_line(event, meetings, ministries), fault=faults.get(event.id, ""))
        for event in events
    ]


def _line(event: Event, meetings: dict[UUID, KnownMeeting], ministries: dict[UUID, str]) -> Line:
    meeting = meetings.get(event.meeting_id) if event.meeting_id else None
    return Line(
        event=event,
        kind=kind_groups.label_of(event.kind),
        actor=_somebody(event.actor_name, event.actor_id) or gettext("Le système"),
        subject=with_marks_shown(event.subject_name),
        outcome=_outcome(event.outcome),
        meeting=meeting,
        meeting_title=title_of(meeting),
        delivered_by=_sender(event.delivered_from, ministries),
    )


def title_of(meeting: KnownMeeting | None) -> str:
    """A meeting by its title; the log may know nothing more of it than that it is not ours."""
    return with_marks_shown(meeting.title) if meeting else gettext("Réunion d’un autre ministère")


def _somebody(name: str, person_id: str) -> str:
    """A person by name; without one by the end of their id, which tells two from each other."""
    if name or not person_id:
        return with_marks_shown(name)
    return gettext("Personne sans nom (%(id)s)") % {"id": person_id[-8:]}


def _outcome(outcome: str) -> str:
    return str(Outcome(outcome).label) if outcome in Outcome.values else outcome


def _sender(tenant_id: UUID | None, ministries: dict[UUID, str]) -> str:
    if tenant_id is None:
        return ""
    return ministries.get(tenant_id) or gettext("un autre ministère")


# --- What was noted beside it --------------------------------------------------------------------
@dataclass(frozen=True)
class Detail:
    """One thing that was noted: its name in words, its value as text."""

    label: str
    value: str

    @property
    def is_long(self) -> bool:
        return len(self.value) > SHORT

    @property
    def beginning(self) -> str:
        return self.value[:SHORT]


def details_of(payload: Any) -> list[Detail]:
    """The payload as lines, nested names joined: « Après › Discussion »."""
    return list(_details(payload, (), DEEPEST)) if payload else []


def _details(value: Any, path: tuple[str, ...], depth: int) -> Iterator[Detail]:
    if isinstance(value, dict) and value and depth:
        for key, inner in value.items():
            yield from _details(inner, (*path, key), depth - 1)
        return
    label = " › ".join(map(label_of, path)) or gettext("Valeur")
    yield Detail(with_marks_shown(label), with_marks_shown(_value(value, path)))


def label_of(key: str) -> str:
    """What a name in the payload means; one that nobody has put in words by itself."""
    return str(PAYLOAD_LABELS.get(key, capfirst(key.replace("_", " "))))


def _value(value: Any, path: tuple[str, ...] = ()) -> str:
    if path == ("filter", "kind") and isinstance(value, list):
        return ", ".join(kind_groups.label_of(str(kind)) for kind in value)
    if value is None or value in ("", [], {}):
        return "—"
    if isinstance(value, bool):
        return gettext("oui") if value else gettext("non")
    if isinstance(value, str):
        moment = _moment(value)
        return date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else value
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return ", ".join(map(_value, value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _moment(text: str) -> datetime | None:
    """An instant that was written in ISO 8601 with its zone, as services write them."""
    if not 20 <= len(text) <= 32:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
