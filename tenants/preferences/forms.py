"""The form on which a member says what they prefer."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tenants.models import AtEntry, Reminder
from tenants.preferences.services import Preferences
from tenants.zones import ZONE_CHOICES, ZONES


class PreferencesForm(forms.Form):
    """What nobody chose yet is shown as it holds now."""

    language = forms.ChoiceField(
        label=_("Langue"),
        choices=settings.LANGUAGES,
        error_messages={
            "required": _("Choisissez une langue."),
            "invalid_choice": _("Visio ne parle pas cette langue : choisissez-en une autre."),
        },
    )
    time_zone = forms.CharField(
        label=_("Fuseau horaire"),
        max_length=64,
        error_messages={"required": _("Choisissez un fuseau horaire.")},
    )
    microphone_at_entry = forms.ChoiceField(
        label=_("Micro"),
        choices=AtEntry.choices,
        error_messages={
            "required": _("Dites comment le micro doit être à l’entrée."),
            "invalid_choice": _("Choisissez l’une des trois possibilités."),
        },
    )
    camera_at_entry = forms.ChoiceField(
        label=_("Caméra"),
        choices=[
            (AtEntry.LAST.value, AtEntry.LAST.label),
            (AtEntry.ON.value, _("Activée")),
            (AtEntry.OFF.value, _("Coupée")),
        ],
        error_messages={
            "required": _("Dites comment la caméra doit être à l’entrée."),
            "invalid_choice": _("Choisissez l’une des trois possibilités."),
        },
    )
    reminder_minutes = forms.TypedChoiceField(
        label=_("Rappel par courriel"),
        choices=Reminder.choices,
        coerce=int,
        error_messages={
            "required": _("Choisissez quand être prévenu, ou « Aucun rappel »."),
            "invalid_choice": _("Ce délai n’existe pas : choisissez-en un dans la liste."),
        },
    )

    zone_choices = ZONE_CHOICES

    def options(self, name: str) -> list[dict]:
        """The choices of a field, as the page's radio buttons want them."""
        choices: Any = cast(forms.ChoiceField, self.fields[name]).choices
        return [{"value": value, "label": label} for value, label in choices]

    @property
    def languages(self) -> list[dict]:
        """Each in its own tongue."""
        return [option | {"lang": option["value"]} for option in self.options("language")]

    @property
    def microphone_options(self) -> list[dict]:
        return self.options("microphone_at_entry")

    @property
    def camera_options(self) -> list[dict]:
        return self.options("camera_at_entry")

    @property
    def reminder_options(self) -> list[dict]:
        """As text, so that what was typed and what holds are marked alike."""
        options = self.options("reminder_minutes")
        return [option | {"value": str(int(option["value"]))} for option in options]

    @staticmethod
    def initial_from(preferences: Preferences) -> dict:
        """The language of this very page, until one is chosen."""
        return {
            "language": preferences.language or get_language(),
            "time_zone": preferences.time_zone,
            "microphone_at_entry": preferences.microphone_at_entry,
            "camera_at_entry": preferences.camera_at_entry,
            "reminder_minutes": str(int(preferences.reminder_minutes)),
        }

    def clean_time_zone(self) -> str:
        zone = self.cleaned_data["time_zone"]
        if zone not in ZONES:
            raise ValidationError(_("Ce fuseau horaire est inconnu."))
        return zone

    def preferences(self) -> Preferences:
        """What was chosen, once the form is valid."""
        return Preferences(**self.cleaned_data)
