"""The form with which a meeting is planned; what was typed is never lost."""

import datetime as dt
import re
from dataclasses import fields
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meetings.access_texts import allowed_direct_entry, allowed_guest_access
from meetings.models import DirectEntry, Invitation, Meeting
from meetings.scheduling import Plan
from tenants.models import GuestAccess, Member, Policy
from tenants.zones import ZONE_CHOICES, ZONES

# A meeting may be noted a little late; further back it is a slip of the keyboard.
PAST = timedelta(minutes=15)
LONGEST_LIST = 100_000  # characters of addresses


class PlanForm(forms.Form):
    """What the page and the API ask of a meeting's plan alike; `member` is the meeting's host."""

    title = forms.CharField(
        label=_("Titre"), max_length=200, error_messages={"required": _("Donnez un titre.")}
    )
    time_zone = forms.CharField(label=_("Fuseau horaire"), max_length=64)
    invitees = forms.CharField(
        label=_("Personnes invitées"),
        help_text=_("Une adresse électronique par ligne, ou séparées par des virgules."),
        required=False,
        max_length=LONGEST_LIST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    description = forms.CharField(
        label=_("Ordre du jour"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    # The page offers what the ministry's policy allows; left out, they are as the page had them.
    guest_access = forms.ChoiceField(
        label=_("Invités extérieurs"), choices=GuestAccess.choices, required=False
    )
    direct_entry = forms.ChoiceField(
        label=_("Qui entre sans attendre ?"), choices=DirectEntry.choices, required=False
    )

    def __init__(
        self, *args, member: Member, policy: Policy, meeting: Meeting | None = None, **kwargs
    ):
        self.member, self.meeting, self.policy = member, meeting, policy
        super().__init__(*args, **kwargs)
        # A policy that was tightened since is followed from the next change on.
        access = meeting.guest_access if meeting else policy.guest_access
        entry = meeting.direct_entry if meeting else DirectEntry.MINISTRY
        self.fields["guest_access"].initial = allowed_guest_access(access, policy).value
        self.fields["direct_entry"].initial = allowed_direct_entry(entry, policy).value

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_time_zone(self) -> str:
        zone = self.cleaned_data["time_zone"]
        if zone not in ZONES:
            raise ValidationError(_("Ce fuseau horaire est inconnu."))
        return zone

    def clean_invitees(self) -> tuple[str, ...]:
        """Addresses in lower case, in order, each once, without the organiser's own."""
        typed = _addresses_in(self.cleaned_data["invitees"])
        emails = dict.fromkeys(email for email in typed if email != self.member.email)
        wrong = [email for email in emails if not _is_address(email)]
        if wrong:
            shown = ", ".join(wrong[:5])
            raise ValidationError(
                gettext("Ceci n’est pas une adresse électronique : %(wrong)s.") % {"wrong": shown}
            )
        return tuple(emails)

    def clean_guest_access(self) -> str:
        return self.cleaned_data["guest_access"] or self.fields["guest_access"].initial

    def clean_direct_entry(self) -> str:
        return self.cleaned_data["direct_entry"] or self.fields["direct_entry"].initial

    def check_moments(
        self, starts_at: datetime, ends_at: datetime, *, start_field: str, end_field: str
    ) -> None:
        """A meeting ends after it begins, and is planned for a time to come."""
        if ends_at <= starts_at:
            self.add_error(end_field, _("La réunion doit finir après son début."))
        unchanged = self.meeting is not None and self.meeting.starts_at == starts_at
        if starts_at < timezone.now() - PAST and not unchanged:
            self.add_error(start_field, _("Ce moment est passé : choisissez une date à venir."))

    def plan(self) -> Plan:
        """What the organiser decided, once the form is valid."""
        return Plan(**{field.name: self.cleaned_data[field.name] for field in fields(Plan)})


class MomentsForm(PlanForm):
    """A plan whose times are moments already, as other software tells them."""

    starts_at = forms.DateTimeField()
    ends_at = forms.DateTimeField()

    def clean(self):
        cleaned = super().clean()
        if "starts_at" in cleaned and "ends_at" in cleaned:
            self.check_moments(
                cleaned["starts_at"],
                cleaned["ends_at"],
                start_field="starts_at",
                end_field="ends_at",
            )
        return cleaned


class MeetingForm(PlanForm):
    """Times are read in the form's own time zone."""

    date = forms.DateField(
        label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    start_time = forms.TimeField(
        label=_("Début"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    end_time = forms.TimeField(
        label=_("Fin"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    end_date = forms.DateField(
        label=_("Date de fin, si ce n’est pas le même jour"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    @property
    def access(self) -> tuple[str, str]:
        """Who comes in and who waits, as the page shows it: always something that is offered."""
        access, entry = self["guest_access"].value(), self["direct_entry"].value()
        if access not in GuestAccess.values:
            access = self.fields["guest_access"].initial
        if entry not in DirectEntry.values:
            entry = self.fields["direct_entry"].initial
        return (
            allowed_guest_access(access, self.policy).value,
            allowed_direct_entry(entry, self.policy).value,
        )

    @property
    def typed_addresses(self) -> list[str]:
        """What stands in the list of invitees, right or wrong."""
        return _addresses_in(self["invitees"].value() or "")

    @property
    def zone_choices(self) -> list[str]:
        """The zones of the State's territories first, then all."""
        return ZONE_CHOICES

    def clean(self):
        cleaned = super().clean()
        if any(name not in cleaned for name in ("date", "start_time", "end_time", "time_zone")):
            return cleaned
        zone = ZoneInfo(cleaned["time_zone"])
        starts_at = self._moment("start_time", cleaned["date"], cleaned["start_time"], zone)
        end_date = cleaned.get("end_date") or cleaned["date"]
        ends_at = self._moment("end_time", end_date, cleaned["end_time"], zone)
        if starts_at is None or ends_at is None:
            return cleaned
        self.check_moments(starts_at, ends_at, start_field="date", end_field="end_time")
        cleaned |= {"starts_at": starts_at, "ends_at": ends_at}
        return cleaned

    def _moment(self, field: str, day: dt.date, hour: dt.time, zone: ZoneInfo) -> datetime | None:
        """The instant of a wall clock; a time that the change to summer skips is an error."""
        moment = datetime.combine(day, hour, zone)
        if moment.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(fold=0) != moment:
            self.add_error(
                field, _("Cette heure n’existe pas ce jour-là : c’est le passage à l’heure d’été.")
            )
            return None
        return moment

    def add_refusal(self, error: ValidationError) -> None:
        """The tenant's policy, beside the field that it concerns."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for field, errors in error.error_dict.items():
            self.add_error("end_time" if field == "ends_at" else field, errors)


def _addresses_in(text: str) -> list[str]:
    return [address for address in re.split(r"[\s,;]+", text.strip().lower()) if address]


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254


def initial_for_new(*, now: datetime, zone: ZoneInfo) -> dict:
    """The next half hour, for half an hour."""
    local = now.astimezone(zone)
    start = local.replace(minute=0, second=0, microsecond=0)
    while start <= local:
        start += timedelta(minutes=30)
    end = start + timedelta(minutes=30)
    return {
        "date": start.date(),
        "start_time": start.time(),
        "end_time": end.time(),
        "end_date": end.date() if end.date() != start.date() else None,
        "time_zone": str(zone),
    }


def initial_for_change(meeting: Meeting) -> dict:
    """The meeting as it stands, in its own zone."""
    zone = ZoneInfo(meeting.time_zone)
    start, end = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    emails = Invitation.objects.filter(meeting=meeting, withdrawn_at=None).order_by("email")
    return {
        "title": meeting.title,
        "description": meeting.description,
        "date": start.date(),
        "start_time": start.time(),
        "end_time": end.time(),
        "end_date": end.date() if end.date() != start.date() else None,
        "time_zone": meeting.time_zone,
        "invitees": "\n".join(emails.values_list("email", flat=True)),
    }
