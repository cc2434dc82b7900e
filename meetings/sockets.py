"""What sockets share: who stands behind one, read anew each time, and messages of the right shape."""

import json
import time
from importlib import import_module
from types import SimpleNamespace
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user

from isolation.scope import tenant_scope
from meetings.visitors import Visitor, visitor
from tenants.models import Member, MemberState, Tenant

LONGEST_MESSAGE = 64 * 1024  # characters: a thousand ids and more
# Commands of one socket: a burst, then so many a second.
BURST, A_SECOND = 20, 4.0
# Why a socket closes: what was sent, the person's right, nothing to wait for.
GONE_WRONG, NOT_ALLOWED, NOTHING_HERE = 1008, 4403, 4404


class WrongShape(Exception):
    """Not a message that a page of ours sends."""


def visitor_of(scope) -> Visitor:
    """Who stands behind a socket now: a session that ended meanwhile, or a membership, counts no
    more, however long the socket is open."""
    engine = import_module(settings.SESSION_ENGINE)
    session = engine.SessionStore(scope["session"].session_key)
    user = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]
    chosen = session.get("tenant_id")
    member, organisation = None, ""
    if user.is_authenticated and chosen:
        member = load_member(user, UUID(chosen))
        tenant = Tenant.objects.filter(id=chosen, is_active=True).first() if member else None
        member, organisation = (member, tenant.name) if tenant else (None, "")
    return visitor(user=user, session=session, member=member, organisation=organisation)


def language_of(scope) -> str:
    """The language that the person chose."""
    chosen = scope.get("cookies", {}).get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def load_member(user, tenant_id: UUID) -> Member | None:
    """The person's active membership of a tenant."""
    with tenant_scope(tenant_id):
        return Member.objects.filter(user=user, state=MemberState.ACTIVE).first()


def command_in(text: str | None) -> dict:
    """A JSON object with a `type`; raises WrongShape."""
    if text is None or len(text) > LONGEST_MESSAGE:
        raise WrongShape
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise WrongShape from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise WrongShape
    return message


def people_in(message: dict) -> list[UUID]:
    """The ids of a command; raises WrongShape."""
    ids = message.get("people")
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
        raise WrongShape
    try:
        return [UUID(hex=one) for one in ids]
    except ValueError:
        raise WrongShape from None


class Allowance:
    """How many commands one socket may still send; a token bucket."""

    def __init__(self):
        self.left, self.at = float(BURST), time.monotonic()

    def spend(self) -> bool:
        """False when it was too fast."""
        now = time.monotonic()
        self.left = min(float(BURST), self.left + (now - self.at) * A_SECOND)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True
