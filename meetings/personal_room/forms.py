"""The form on which a room's owner says who comes in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from meetings.access_texts import (
    Option,
    allowed_guest_access,
    direct_entry_limit,
    direct_entry_options,
    guest_access_limit,
    guest_access_options,
)
from meetings.models import DirectEntry, PersonalRoom
from meetings.personal_room.services import allowed_entry
from tenants.models import Policy


def _entry_options(policy: Policy) -> list[Option]:
    """Those of meetings, without the list of people invited, which a room does not have."""
    options = {option.value: option for option in direct_entry_options(policy)}
    options.pop(DirectEntry.INVITEES, None)
    if DirectEntry.MINISTRY in options:
        label = str(_("Les agents de votre ministère"))
        options[DirectEntry.MINISTRY.value] = Option(DirectEntry.MINISTRY.value, label, "")
    return list(options.values())


class AccessForm(forms.Form):
    """What the ministry allows is offered, and nothing else is taken."""

    guest_access = forms.ChoiceField(label=_("Invités extérieurs"))
    direct_entry = forms.ChoiceField(
        label=_("Qui entre sans attendre, une fois la salle ouverte ?")
    )

    def __init__(self, *args, room: PersonalRoom, policy: Policy, **kwargs):
        kwargs["initial"] = {
            "guest_access": allowed_guest_access(room.guest_access, policy).value,
            "direct_entry": allowed_entry(room.direct_entry, policy).value,
        }
        super().__init__(*args, **kwargs)
        self.guest_options = guest_access_options(policy)
        self.entry_options = _entry_options(policy)
        self.guest_limit = guest_access_limit(policy)
        self.entry_limit = direct_entry_limit(policy)
        for name, options in (
            ("guest_access", self.guest_options),
            ("direct_entry", self.entry_options),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(option.value, option.label) for option in options]
            field.error_messages |= {
                "required": _("Choisissez l’une des possibilités."),
                "invalid_choice": _("Votre ministère ne permet pas ce choix."),
            }
