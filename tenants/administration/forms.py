"""What administrators send: checked here as to its form, by the services as to its sense."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.models import MappingKind

MARK_INVALID = {"aria-invalid": "true"}


class MappingForm(forms.Form):
    """One more thing that leads people here."""

    kind = forms.ChoiceField(label=_("Nature"), choices=MappingKind.choices)
    value = forms.CharField(
        label=_("Valeur"),
        max_length=255,
        help_text=_(
            "Un SIRET de 14 chiffres, un domaine comme finances.gouv.fr, ou l’identifiant du "
            "fournisseur chez ProConnect."
        ),
        error_messages={"required": _("Écrivez ce qui doit mener à votre ministère.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_value(self) -> str:
        value = self.cleaned_data["value"].strip()
        if self.data.get("kind") == MappingKind.SIRET:
            return "".join(value.split())  # people write it in groups of digits
        return value.removeprefix("@").lower()


class OrderForm(forms.Form):
    """Which claim counts first. Those that are not named lead nobody here."""

    first = forms.ChoiceField(label=_("D’abord"), choices=MappingKind.choices)
    second = forms.ChoiceField(
        label=_("Ensuite"), choices=[("", _("rien")), *MappingKind.choices], required=False
    )
    third = forms.ChoiceField(
        label=_("Enfin"), choices=[("", _("rien")), *MappingKind.choices], required=False
    )

    @property
    def order(self) -> list[MappingKind]:
        chosen = (self.cleaned_data[name] for name in ("first", "second", "third"))
        return [MappingKind(kind) for kind in chosen if kind]

    @staticmethod
    def initial_of(order: list[str]) -> dict[str, str]:
        return dict(zip(("first", "second", "third"), [*order, "", ""], strict=False))


class TrialForm(forms.Form):
    """What ProConnect could assert of somebody, to see where it leads."""

    siret = forms.CharField(label=_("SIRET"), max_length=40, required=False)
    email = forms.CharField(
        label=_("Adresse ou domaine"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    idp_id = forms.CharField(label=_("Fournisseur d’identité"), max_length=64, required=False)

    def clean_siret(self) -> str:
        siret = "".join(self.cleaned_data["siret"].split())
        if siret and not (siret.isascii() and siret.isdigit() and len(siret) == 14):
            raise forms.ValidationError(_("Un SIRET a 14 chiffres."))
        return siret

    def clean_email(self) -> str:
        """A domain alone stands for any address in it."""
        email = self.cleaned_data["email"].strip().lower()
        return email if "@" in email or not email else f"@{email}"

    def clean_idp_id(self) -> str:
        return self.cleaned_data["idp_id"].strip().lower()

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not any(cleaned.values()):
            raise forms.ValidationError(_("Écrivez au moins l’une des trois indications."))
        return cleaned


class BrandingForm(forms.Form):
    """The name and logo of the ministry's pages."""

    shown_name = forms.CharField(
        label=_("Nom affiché"),
        max_length=100,
        required=False,
        help_text=_("Laissez vide pour afficher le nom officiel."),
    )
    remove_logo = forms.BooleanField(label=_("Retirer le logo"), required=False)
    logo = forms.FileField(
        label=_("Nouveau logo"),
        required=False,
        allow_empty_file=True,  # read_logo says it in its own words
        help_text=_(
            "PNG ou JPEG, 1 Mo et 4 096 pixels de côté au plus. Fond transparent conseillé."
        ),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
