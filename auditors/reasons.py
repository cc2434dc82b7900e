"""The form on which a reader of the log says why (tenants/reading_reasons.py)."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.kinds import Kind
from audit.log import record
from auditors import readings
from tenants.reading_reasons import KEY, Reason, in_force

# Fewer letters say nothing.
FEWEST_LETTERS = 3
LETTER = re.compile(r"[^\W\d_]")
ATTENDANCE = re.compile(r"/reunions/[0-9a-f-]{36}/presence(/|\.csv)", re.ASCII)


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


def state(request, *, reason: str, reference: str, now: datetime) -> Reason:
    """Puts a reason in force, in place of one that may be; what is read from now on is read for it."""
    before = in_force(request.session, request.tenant_id, now=now)
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


def safe_target(target: str) -> str:
    """Where to go on to: a page of this portal, or a meeting's attendance; the log itself where it is
    none of them."""
    journal = reverse("auditors:journal")
    is_ours = target.startswith(journal) or ATTENDANCE.fullmatch(target)
    is_safe = is_ours and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if is_safe else journal
