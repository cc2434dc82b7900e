"""People from outside who prove an address by a code: allauth's codes, without the rest of an
account. Such a person is a member of no tenant."""

from collections.abc import Iterator
from contextlib import contextmanager
from smtplib import SMTPException

import structlog
from allauth.account.forms import ConfirmLoginCodeForm
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core import ratelimit
from django.http import HttpRequest

from audit.kinds import Kind, Outcome
from audit.log import record_platform
from isolation.ids import uuid7
from tenants.models import User

log = structlog.get_logger(__name__)


class TooManyCodes(Exception):
    """This address, or this network address, has asked too often."""


class NotSent(Exception):
    """The mail server did not take the code."""


class WrongCode(Exception):
    """Not the code that was sent. `is_last`: it was the last try, the code is worth nothing now."""

    def __init__(self, is_last: bool):
        super().__init__()
        self.is_last = is_last


class PendingCode:
    """A code that was sent for this browser's session and has not come back yet."""

    def __init__(self, request: HttpRequest, process: LoginCodeVerificationProcess):
        self.request, self.process = request, process

    @property
    def email(self) -> str:
        return self.process.state["email"]

    def confirm(self, typed: str) -> None:
        """Signs the session in as the guest of that address; raises WrongCode."""
        if not ConfirmLoginCodeForm({"code": typed}, code=self.process.code).is_valid():
            record_platform(Kind.SIGN_IN_REFUSED, outcome=Outcome.REFUSED, reason="guest_code")
            raise WrongCode(is_last=not self.process.record_invalid_attempt())
        self.process.finish("/")
        record_platform(Kind.SIGN_IN, guest=str(self.process.user.id))

    def resend(self) -> None:
        """Another code; raises TooManyCodes or NotSent. No transaction may be open."""
        _count(self.request, self.email)
        with _mailing():
            self.process.resend()


def send_code(request: HttpRequest, email: str) -> None:
    """Writes a code to an address (lower case); it opens this very session and no other, for ten
    minutes.

    Raises TooManyCodes or NotSent. Talks to the mail server: no transaction may be open.
    """
    _count(request, email)
    guest, _made = User.objects.get_or_create(
        email=email, is_guest=True, defaults={"username": f"invite-{uuid7().hex}"}
    )
    with _mailing():
        LoginCodeVerificationProcess.initiate(request=request, user=guest, email=email)


def pending_code(request: HttpRequest) -> PendingCode | None:
    """The code that this session waits for; None when none was sent or it is too old."""
    stage = LoginStageController.enter(request, LoginByCodeStage.key)
    if stage is None or not stage.login.user or not stage.login.user.is_guest:
        return None
    process = LoginCodeVerificationProcess.resume(stage)
    return PendingCode(request, process) if process else None


def _count(request: HttpRequest, email: str) -> None:
    if not ratelimit.consume(request, action="request_login_code", key=email):
        raise TooManyCodes


@contextmanager
def _mailing() -> Iterator[None]:
    try:
        yield
    except (SMTPException, OSError) as error:
        log.warning("guest_code_not_sent", error=type(error).__name__)
        raise NotSent from error
