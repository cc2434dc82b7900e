"""What is proven of what a page shows, in words; and when the whole log was last checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit import proving
from audit.checking import Report, check_recent
from audit.kinds import Kind, Outcome
from audit.log import record
from audit.models import Checkpoint, Event
from audit.proving import BAD, Proof, Proofs, Verdict
from isolation.locks import is_alone
from isolation.scope import current_tenant_id

# A check that somebody waits for: the whole log, or its last entries, within a time limit.
MOST_CHECKED = 40_960
LONGEST_CHECK = 8.0  # seconds
# Of one log: a check reads tens of thousands of rows.
BETWEEN_CHECKS = timedelta(seconds=15)
# Fields of a leaf, as the sheet of an event names them.
FIELDS = {
    "actor": _("auteur"),
    "at": _("date et heure"),
    "delivered_from": _("ministère d’origine"),
    "id": _("identifiant"),
    "kind": _("type d’événement"),
    "leaf": _("feuille de l’arbre"),
    "meeting": _("réunion"),
    "outcome": _("résultat"),
    "personal": _("noms, adresse d’origine ou détails"),
    "request": _("requête"),
    "sequenced_at": _("heure du scellement"),
    "subject": _("personne ou objet concerné"),
    "tenant": _("ministère"),
    "v": _("version"),
}


@dataclass(frozen=True)
class Standing:
    """What a badge says: of the events on this page, and of the log."""

    proofs: Proofs
    # How many of the log's events wait for their place.
    waiting: int
    checked: "Checked | None"

    @property
    def checkpoint(self) -> Checkpoint | None:
        return self.proofs.checkpoint

    @property
    def shown(self) -> int:
        return len(self.proofs.each)

    @property
    def proven(self) -> int:
        return self.proofs.having(Verdict.PROVEN)

    @property
    def unproven_yet(self) -> int:
        return self.proofs.having(Verdict.WAITING)

    @property
    def bad(self) -> int:
        return self.proofs.having(*BAD)

    @property
    def is_bad(self) -> bool:
        return bool(self.bad or self.proofs.bad_note or self.proofs.missing)


@dataclass(frozen=True)
class Checked:
    """A check of the log, as the log itself tells of it."""

    event: Event

    @property
    def is_sound(self) -> bool:
        return self.event.outcome == Outcome.SUCCESS

    @property
    def _told(self) -> dict[str, Any]:
        return self.event.payload

    @property
    def first(self) -> int:
        return self._told.get("first_entry", 0)

    @property
    def end(self) -> int:
        """The entry after the last one that was looked at."""
        return self._told.get("end_entry", 0)

    @property
    def count(self) -> int:
        return self.end - self.first

    @property
    def is_whole(self) -> bool:
        return bool(self._told.get("whole"))

    @property
    def finding(self) -> str:
        return self._told.get("finding", "")


def standing_of(events: Iterable[Event], *, now: datetime) -> Standing:
    """What is proven of these events of the open scope, checked now."""
    proofs = proving.prove([event.id for event in events], now=now)
    return Standing(proofs, proving.waiting_count(), last_check())


def last_check() -> Checked | None:
    """When somebody last had the open scope's log checked."""
    event = Event.objects.filter(kind=Kind.LOG_CHECKED).order_by("-at", "-id").first()
    return Checked(event) if event else None


class CheckedJustNow(Exception):
    """Somebody checks this log already, or did a moment ago."""


def check_log(*, by, now: datetime) -> Report:
    """Checks the open scope's log as far as time allows; that it was, and what was found, is an
    event of the log. Raises CheckedJustNow."""
    last = last_check()
    if not is_alone("auditors.check", current_tenant_id()) or (
        last and now - last.event.at < BETWEEN_CHECKS
    ):
        raise CheckedJustNow
    report = check_recent(current_tenant_id(), most=MOST_CHECKED, seconds=LONGEST_CHECK)
    finding = report.first
    record(
        Kind.LOG_CHECKED,
        actor=by,
        outcome=Outcome.FAILED if finding else Outcome.SUCCESS,
        at=now,
        first_entry=report.start,
        end_entry=report.end,
        whole=report.is_whole,
        finding=str(finding or ""),
    )
    return report


def fields_in_words(proof: Proof) -> str:
    """What of an event is not what was sealed."""
    return ", ".join(str(FIELDS.get(name, name)) for name in proof.differ)


def verdict_in_words(proof: Proof) -> str:
    """What is wrong with one event, short enough for a table; empty where nothing is."""
    return {
        Verdict.EDITED: gettext("Modifié depuis"),
        Verdict.UNSIGNED: gettext("Absent de l’arbre signé"),
        Verdict.UNPLACED: gettext("Sans place dans l’arbre"),
    }.get(proof.verdict, "")
