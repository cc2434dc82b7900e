"""What an auditor looks for in the log; what was typed is never lost."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.kinds import Outcome
from audit.search import Criteria, Network
from auditors import identities, kind_groups, known_meetings

# As browsers send it: a day, with or without an hour.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?P<hour>T\d\d:\d\d(:\d\d)?)?", re.ASCII)
WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 8
LONGEST_NAME = 100
PERIODS = {
    "today": _("Aujourd’hui"),
    "week": _("7 derniers jours"),
    "month": _("30 derniers jours"),
    "year": _("12 derniers mois"),
}
DAYS = {"week": 7, "month": 30, "year": 365}


class MomentField(forms.Field):
    """A day, or a day and an hour of the reader's zone; both are inside what is asked for.

    Where a clock shows an hour twice, the longer span counts.
    """

    default_error_messages = {"invalid": _("Cette date n’est pas valable.")}
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def __init__(self, *, is_end: bool, **kwargs):
        self.is_end = is_end
        super().__init__(**kwargs)

    def to_python(self, value) -> datetime | None:
        text = (value or "").strip()
        if not text:
            return None
        match = MOMENT.fullmatch(text)
        try:
            moment = datetime.fromisoformat(text) if match else None
        except ValueError:
            moment = None
        if moment is None or not match or not 2000 <= moment.year <= 2100:
            raise ValidationError(self.error_messages["invalid"], "invalid")
        if self.is_end:
            moment += timedelta(minutes=1) if match["hour"] else timedelta(days=1)
        return moment.replace(tzinfo=timezone.get_current_timezone(), fold=int(self.is_end))


class LogFilterForm(forms.Form):
    """Who, which meeting, what, how it ended, when, from where, in which words; each may be left
    empty."""

    person = forms.CharField(
        label=_("Personne"),
        help_text=_("Auteur ou concernée : nom, même partiel"),
        required=False,
        max_length=LONGEST_NAME,
    )
    meeting = forms.CharField(
        label=_("Réunion"),
        help_text=_("Mots du titre, ou identifiant"),
        required=False,
        max_length=200,
    )
    kind = forms.MultipleChoiceField(
        label=_("Types d’événement"),
        required=False,
        choices=kind_groups.choices,
        error_messages={
            "invalid_choice": _("Un des types d’événement demandés n’existe pas."),
            "invalid_list": _("Un des types d’événement demandés n’existe pas."),
        },
    )
    outcome = forms.ChoiceField(
        label=_("Résultat"),
        required=False,
        choices=[("", _("Tous")), *Outcome.choices],
        error_messages={"invalid_choice": _("Ce résultat n’existe pas.")},
    )
    period = forms.ChoiceField(
        label=_("Période"),
        required=False,
        choices=[("", _("Tout le journal")), *PERIODS.items()],
        error_messages={"invalid_choice": _("Cette période n’existe pas.")},
    )
    since = MomentField(label=_("Du"), required=False, is_end=False)
    until = MomentField(label=_("Au"), required=False, is_end=True)
    address = forms.CharField(
        label=_("Adresse réseau"),
        help_text=_("Adresse ou réseau, par exemple 10.1.2.3 ou 10.1.0.0/16"),
        required=False,
        max_length=60,
    )
    text = forms.CharField(
        label=_("Texte"),
        help_text=_("Mots entiers des détails, des noms ou des identifiants"),
        required=False,
        max_length=200,
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.meeting_ids: tuple[UUID, ...] | None = None
        self.network: Network | None = None

    def clean_person(self) -> str:
        """A name of which something can be looked for, or an id."""
        person = " ".join(self.cleaned_data["person"].split())
        if person and not id_in(person) and not words_of(person):
            raise ValidationError(gettext("Donnez au moins une lettre du nom."))
        if len(words_of(person)) > MOST_WORDS:
            raise ValidationError(
                gettext("C’est trop de mots pour un nom : gardez-en quelques-uns.")
            )
        return person

    def clean_meeting(self) -> str:
        """The meeting's id, or words of titles that are not those of too many meetings."""
        meeting = " ".join(self.cleaned_data["meeting"].split())
        if not meeting:
            return meeting
        if meeting_id := id_in(meeting):
            self.meeting_ids = (meeting_id,)
            return str(meeting_id)
        words = words_of(meeting)
        if not words:
            raise ValidationError(gettext("Donnez au moins une lettre du titre."))
        found = known_meetings.titled(words[:MOST_WORDS])
        if len(found) > known_meetings.MOST:
            raise ValidationError(
                gettext("Plus de %(most)s réunions portent ces mots : précisez le titre.")
                % {"most": known_meetings.MOST}
            )
        self.meeting_ids = tuple(found)
        return meeting

    def clean_address(self) -> str:
        """A network, as it is written once its bits are set right; an address is the smallest."""
        address = self.cleaned_data["address"].strip()
        if not address:
            return address
        try:
            if (
                "%" in address
            ):  # the zone of a link is no part of an address that came over a network
                raise ValueError(address)
            self.network = ip_network(address, strict=False)
        except ValueError:
            raise ValidationError(
                gettext(
                    "Ce n’est ni une adresse ni un réseau : par exemple 10.1.2.3 ou 10.1.0.0/16."
                )
            ) from None
        alone = self.network.prefixlen == self.network.max_prefixlen
        return str(self.network.network_address if alone else self.network)

    def clean_text(self) -> str:
        """Words of which something can be looked for."""
        text = " ".join(self.cleaned_data["text"].split())
        if text and not words_of(text):
            raise ValidationError(gettext("Donnez au moins une lettre ou un chiffre."))
        if len(text.split()) > MOST_WORDS:
            raise ValidationError(gettext("C’est trop de mots : gardez-en quelques-uns."))
        return text

    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if cleaned.get("period") and (since or until):
            self.add_error("period", _("Choisissez une période ou des dates, pas les deux."))
        if since and until and since >= until:
            self.add_error("until", _("La fin vient avant le début."))
        return cleaned

    def criteria(self, *, now: datetime) -> Criteria:
        """What to ask of the log, once the form is valid."""
        asked = self.cleaned_data
        person_id = id_in(asked["person"])
        return Criteria(
            words=() if person_id else words_of(asked["person"]),
            people=identities.ids_of(person_id) if person_id else (),
            kinds=tuple(asked["kind"]),
            outcome=asked["outcome"],
            meetings=self.meeting_ids,
            since=_start_of(asked["period"], now=now) or asked["since"],
            until=asked["until"],
            network=self.network,
            text=asked["text"],
        )

    def asked(self) -> dict[str, Any]:
        """What is asked for, field by field, in no language: for addresses and for the log."""
        values = self.cleaned_data | {
            name: self.data.get(name, "").strip() for name in ("since", "until")
        }
        return {name: values[name] for name in self.fields if values[name]}

    def in_words(self) -> dict[str, str]:
        """The same as a person reads it."""
        return in_words(self.asked())


def in_words(asked: dict[str, Any]) -> dict[str, str]:
    """What was asked for, now or long ago, field by field, as a person reads it."""
    words = {
        "kind": lambda kinds: ", ".join(map(kind_groups.label_of, kinds)),
        "outcome": lambda outcome: str(dict(Outcome.choices).get(outcome, outcome)),
        "period": lambda period: str(PERIODS.get(period, period)),
        "since": moment_in_words,
        "until": moment_in_words,
    }
    return {name: words.get(name, str)(value) for name, value in asked.items()}


def moment_in_words(text: str) -> str:
    """What stands in a field for a moment, as people write it: « 25/11/2026 14:00 »."""
    day, _separator, hour = text.partition("T")
    return f"{date.fromisoformat(day):%d/%m/%Y} {hour}".strip()


def as_searched(name: str) -> str:
    """Of a name that stands in the log, what the field for people takes; empty where it has no word."""
    return " ".join(words_of(name)[:MOST_WORDS])[:LONGEST_NAME]


def id_in(text: str) -> UUID | None:
    """The text as an id of a person or a meeting."""
    try:
        return UUID(text)
    except ValueError:
        return None


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name or title; what parts them in writing parts them here."""
    return tuple(WORD.findall(unicodedata.normalize("NFC", text)))


def _start_of(period: str, *, now: datetime) -> datetime | None:
    if period == "today":
        return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return now - timedelta(days=DAYS[period]) if period else None
