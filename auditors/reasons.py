"""Why the log is read: stated before anything of other people is shown, and written beside each
reading, export and certificate.

It is kept in the reader's session, for one ministry and for some hours: a reason that never ends
is none.
"""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.kinds import Kind
from audit.log import record
from auditors import readings
from auditors.telling import plain

KEY = "log_reason"
LIFETIME = timedelta(hours=4)
# Fewer letters say nothing.
FEWEST_LETTERS = 3
LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Reason:
    """Why somebody reads the log, in their words."""

    reason: str
    reference: str
    since: datetime

    @property
    def ends_at(self) -> datetime:
        return self.since + LIFETIME

    @property
    def words(self) -> str:
        """As a page shows it."""
        return plain(self.reason)

    @property
    def reference_words(self) -> str:
        return plain(self.reference)

    @property
    def told(self) -> dict[str, Any]:
        """As an event's payload has it."""
        told = asdict(self)
        return {name: told[name] for name in ("reason", "reference") if told[name]}


class ReasonForm(forms.Form):
    """What one says before reading."""

    reason = forms.CharField(
        label=_("Motif de la consultation"),
        help_text=_("Ce qui vous amène à lire le journal, en quelques mots"),
        max_length=200,
        error_messages={"required": _("Dites pourquoi vous consultez le journal.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reference = forms.CharField(
        label=_("Référence"),
        help_text=_("Numéro de dossier, de demande ou de réquisition"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_reason(self) -> str:
        """On one line, and in words."""
        reason = " ".join(self.cleaned_data["reason"].split())
        if len(LETTER.findall(reason)) < FEWEST_LETTERS:
            raise ValidationError(gettext("Dites-le en toutes lettres."))
        return reason

    def clean_reference(self) -> str:
        return " ".join(self.cleaned_data["reference"].split())


def in_force(request, *, now: datetime) -> Reason | None:
    """The reason that this session stated for this ministry's log, unless it is over."""
    kept = request.session.get(KEY)
    if not kept or kept["tenant"] != str(request.tenant_id):
        return None
    reason = Reason(
        kept["reason"], kept["reference"], datetime.fromtimestamp(kept["since"], tz=UTC)
    )
    return reason if now < reason.ends_at else None


def state(request, *, reason: str, reference: str, now: datetime) -> Reason:
    """Puts a reason in force, in place of one that may be; what is read from now on is read for it."""
    before = in_force(request, now=now)
    stated = Reason(reason, reference, now)
    payload: dict[str, Any] = stated.told | ({"before": before.told} if before else {})
    record(Kind.LOG_REASON_STATED, actor=request.member, at=now, **payload)
    request.session[KEY] = {
        "tenant": str(request.tenant_id),
        "reason": reason,
        "reference": reference,
        "since": now.timestamp(),
    }
    readings.begin_anew(request.session)
    return stated


def lead_to_form(target: str):
    """To the form, which leads on to `target`; nothing in it says why."""
    return redirect(f"{reverse('auditors:reason')}?{urlencode({'next': target})}")


def safe_target(target: str) -> str:
    """Where to go on to: a page of this portal; the log itself where it is none."""
    journal = reverse("auditors:journal")
    is_ours = target.startswith(journal) and url_has_allowed_host_and_scheme(
        target, allowed_hosts=None
    )
    return target if is_ours else journal
