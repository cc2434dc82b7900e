"""Makes and revokes tokens, and finds who stands behind one."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from audit.kinds import Kind, Outcome
from audit.log import record, record_platform
from isolation.scope import tenant_scope
from tenants.api_tokens.models import LONGEST_LIFE, ApiToken, Scope
from tenants.models import Member, Tenant

# The tenant stands in the token, because a token arrives alone: nothing global has to find it.
TOKEN = re.compile(r"visio_([0-9a-f]{32})_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")
LONGEST_DAYS = 365
# When a token was last used is written this often, and not with each request.
USE_IS_NOTED = timedelta(hours=1)
LONGEST_NAME = 100


class TokenRefused(Exception):
    """`reason`: malformed, unknown, expired, revoked, closed (the ministry was)."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Service:
    """Software that calls the API with a token of its ministry: a named service, and nobody."""

    id: UUID
    name: str
    tenant_id: UUID
    organisation: str  # its ministry's name
    scopes: frozenset[str]
    expires_at: datetime

    # Like a visitor (meetings.visitors), so that whoever calls can be asked the same.
    member = None
    is_known = True

    @property
    def audit_name(self) -> str:
        return self.name


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_token(
    *, name: str, scopes: list[str], days: int, by: Member | None, now: datetime
) -> tuple[ApiToken, str]:
    """Makes a token in the open scope; answers it with its text, which is told once.

    `by` is None for an operator. Raises ValidationError, by field.
    """
    name = " ".join(name.split())
    problems: dict[str, str] = {}
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        problems["name"] = _("Donnez au service un nom de 100 signes au plus.")
    if not scopes or set(scopes) - set(Scope.values):
        problems["scopes"] = _("Choisissez au moins un droit parmi ceux qui existent.")
    if not 1 <= days <= LONGEST_DAYS:
        problems["days"] = _("Un jeton vaut entre 1 et 365 jours.")
    if problems:
        raise ValidationError(problems)
    secret = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        digest=digest_of(secret),
        scopes=sorted(set(scopes)),
        made_by=by,
        created_at=now,
        expires_at=now + min(timedelta(days=days), LONGEST_LIFE),
    )
    record(
        Kind.TOKEN_CREATED,
        actor=by,
        subject_id=token.id,
        name=name,
        scopes=token.scopes,
        expires_at=token.expires_at,
        by_operator=by is None,
    )
    return token, f"visio_{token.tenant_id.hex}_{token.id.hex}_{secret}"


@transaction.atomic
def revoke_token(*, token_id: UUID, by: Member | None, now: datetime) -> ApiToken:
    """From the next request on the token opens nothing; revoking twice changes nothing.

    Raises ApiToken.DoesNotExist.
    """
    token = ApiToken.objects.select_for_update().get(id=token_id)
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        record(
            Kind.TOKEN_REVOKED,
            actor=by,
            subject_id=token.id,
            name=token.name,
            by_operator=by is None,
        )
    return token


def service_of(text: str, *, now: datetime) -> Service:
    """Who stands behind the text of a token; one statement beside the scope's. Raises TokenRefused."""
    parts = TOKEN.fullmatch(text)
    if parts is None:
        raise TokenRefused("malformed")
    tenant_id, token_id = UUID(parts[1]), UUID(parts[2])
    with tenant_scope(tenant_id):
        ministry = Tenant.objects.filter(id=OuterRef("tenant_id"), is_active=True)
        found = ApiToken.objects.annotate(organisation=Subquery(ministry.values("name")))
        token: Any = found.filter(id=token_id).first()
        reason = _why_not(token, parts[3], now)
        if token is None or reason:
            raise TokenRefused(reason)
        long_ago = now - USE_IS_NOTED
        if token.last_used_at is None or token.last_used_at <= long_ago:
            unnoted = Q(last_used_at=None) | Q(last_used_at__lte=long_ago)
            ApiToken.objects.filter(unnoted, id=token.id).update(last_used_at=now)
    return Service(
        id=token.id,
        name=token.name,
        tenant_id=tenant_id,
        organisation=token.organisation,
        scopes=frozenset(token.scopes),
        expires_at=token.expires_at,
    )


def _why_not(token: Any, secret: str, now: datetime) -> str:
    # The same work for an unknown token as for a wrong secret.
    right = compare_digest(token.digest if token else "", digest_of(secret))
    if token is None or not right:
        return "unknown"
    if token.revoked_at is not None:
        return "revoked"
    if token.is_expired(now):
        return "expired"
    if token.organisation is None:
        return "closed"
    return ""


def note_refusal(text: str, *, reason: str) -> None:
    """A refused token in the log of its ministry, where it names a token of one; else in the
    installation's, so that nobody can write into a ministry's log by inventing tokens."""
    parts = TOKEN.fullmatch(text)
    tenant_id = UUID(parts[1]) if parts else None
    if parts and tenant_id and Tenant.objects.filter(id=tenant_id).exists():
        with tenant_scope(tenant_id):
            token = ApiToken.objects.filter(id=UUID(parts[2])).first()
            if token is not None:
                record(
                    Kind.TOKEN_REFUSED,
                    outcome=Outcome.REFUSED,
                    subject_id=token.id,
                    name=token.name,
                    reason=reason,
                )
                return
    record_platform(Kind.TOKEN_REFUSED, outcome=Outcome.REFUSED, reason=reason)


def note_missing_scope(service: Service, scope: Scope) -> None:
    """A service that asked for more than its token opens."""
    with tenant_scope(service.tenant_id):
        record(
            Kind.TOKEN_REFUSED,
            actor=service,
            outcome=Outcome.REFUSED,
            subject_id=service.id,
            reason="scope",
            scope=str(scope),
        )
