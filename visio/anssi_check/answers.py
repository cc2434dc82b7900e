"""What a check may answer, and how checks are run: none of them ends in a traceback."""

import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import requests
import structlog
from django.db import Error as DatabaseError
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.proconnect.refusals import SignInRefused
from visio.anssi_check.installation import Installation

log = structlog.get_logger(__name__)

MOST_NAMES = 6


class Result(TextChoices):
    """How a check ended."""

    FAILED = "fail", gettext_lazy("Non conforme")
    PASSED = "pass", gettext_lazy("Conforme")
    NOT_APPLICABLE = "not_applicable", gettext_lazy("Sans objet")


@dataclass(frozen=True)
class Answer:
    """What one check found; the detail never holds a secret."""

    result: Result
    detail: str = ""


@dataclass(frozen=True)
class Check:
    """One row of the table: which line of which guide, what is asked, how it is mended."""

    key: str
    line: str  # of the checklist: 1 to 11, or the name of its part
    guide: str
    title: Any
    run: Callable[[Installation], Answer]
    mend: Any


@dataclass(frozen=True)
class Finding:
    """A row with its answer, in the reader's language."""

    key: str
    line: str
    guide: str
    title: str
    result: Result
    detail: str
    mend: str


def passed(detail: str = "") -> Answer:
    return Answer(Result.PASSED, detail)


def failed(detail: str = "") -> Answer:
    return Answer(Result.FAILED, detail)


def not_applicable(reason: str) -> Answer:
    return Answer(Result.NOT_APPLICABLE, reason)


def passed_unless(wrong: Iterable[str], detail: str = "") -> Answer:
    """Failed where anything is wrong, naming the first of it."""
    names = sorted(set(wrong))
    if not names:
        return passed(detail)
    more = len(names) - MOST_NAMES
    told = ", ".join(names[:MOST_NAMES])
    return failed(
        _("%(names)s et %(more)s de plus") % {"names": told, "more": more} if more > 0 else told
    )


def find(check: Check, installation: Installation) -> Finding:
    """Runs one check; one that cannot be answered counts as failed, and says why."""
    try:
        answer = check.run(installation)
    except Exception as error:
        log.warning("anssi_check_failed", check=check.key, error=type(error).__name__)
        answer = failed(_("N’a pas pu être vérifié : %(reason)s.") % {"reason": reason_of(error)})
    mend = str(check.mend) if answer.result is Result.FAILED else ""
    return Finding(
        check.key, check.line, check.guide, str(check.title), answer.result, answer.detail, mend
    )


def reason_of(error: BaseException) -> str:
    """Why a check could not be answered. Never the error's own text: it may hold an address with its
    password."""
    if isinstance(error, TimeoutError | requests.Timeout):
        return _("pas de réponse à temps")
    if isinstance(error, SignInRefused):
        return _("le fournisseur d’identité ne répond pas")
    if isinstance(error, ssl.SSLError | requests.exceptions.SSLError):
        return _("la négociation TLS a échoué")
    if isinstance(error, DatabaseError):
        return _("la base de données ne répond pas comme attendu (%(error)s)") % {
            "error": type(error.__cause__ or error).__name__
        }
    if isinstance(error, socket.gaierror):
        return _("le nom du serveur est inconnu")
    if isinstance(error, OSError | requests.RequestException):
        return _("le serveur ne répond pas")
    return _("erreur inattendue (%(error)s)") % {"error": type(error).__name__}
