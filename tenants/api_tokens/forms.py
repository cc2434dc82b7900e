"""The form with which an administrator makes a token."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tenants.api_tokens.models import Scope
from tenants.api_tokens.services import LONGEST_NAME

DURATIONS = [
    (30, _("30 jours")),
    (90, _("3 mois")),
    (180, _("6 mois")),
    (365, _("1 an")),
]


class TokenForm(forms.Form):
    """A service, what it may do, and for how long."""

    name = forms.CharField(
        label=_("Nom du service"),
        help_text=_("Celui que le journal montrera, par exemple « Réservation de salles »."),
        max_length=LONGEST_NAME,
        error_messages={"required": _("Donnez un nom au service.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("Ce qu’il pourra faire"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choisissez au moins un droit.")},
    )
    days = forms.TypedChoiceField(
        label=_("Pour combien de temps"), choices=DURATIONS, coerce=int, initial=180
    )

    def add_refusal(self, error: ValidationError) -> None:
        """What the service that makes tokens refused, beside its field."""
        for field, errors in error.error_dict.items():
            self.add_error(field, errors)
