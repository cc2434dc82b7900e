"""Who stands at a meeting's door, and how it is known who they are."""

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.contrib.auth.models import AnonymousUser

from meetings.models import Proof
from tenants.models import Member, User

LONGEST_NAME = 80
_KEY, _NAME = "guest_key", "guest_name"


class NameNeeded(Exception):
    """A guest must say a name before asking to enter."""


@dataclass(frozen=True)
class Visitor:
    """A person before the gate decides; nothing in it comes from the request itself."""

    proof: Proof
    name: str
    user_id: UUID | None = None
    member: Member | None = None
    # The ministry in which an agent works.
    organisation: str = ""
    # An address that is proven: an agent's, or a guest's.
    email: str = ""
    # The browser session of somebody who only gave a name.
    guest_key: UUID | None = None

    @property
    def id(self) -> UUID | None:
        """As the log knows the person."""
        return self.member.id if self.member else self.user_id or self.guest_key

    @property
    def audit_name(self) -> str:
        return self.name

    @property
    def tenant_id(self) -> UUID | None:
        return self.member.tenant_id if self.member else None

    @property
    def identity(self) -> dict:
        """What the person's row in a meeting is found by."""
        if self.user_id:
            return {"user_id": self.user_id}
        return {"guest_key": self.guest_key}

    @property
    def is_known(self) -> bool:
        """Somebody who never gave a name here has no row in any meeting."""
        return bool(self.user_id or self.guest_key)


def visitor(
    *, user: User | AnonymousUser, session, member: Member | None, organisation: str
) -> Visitor:
    """The visitor behind a session: an agent at work, a guest with a proven address, or a guest."""
    if member is not None:
        return Visitor(
            Proof.AGENT,
            member.full_name,
            user_id=member.user_id,
            member=member,
            organisation=organisation,
            email=member.email,
        )
    name = session.get(_NAME, "")
    if isinstance(user, User) and user.is_guest:
        return Visitor(Proof.CODE, name, user_id=user.id, email=user.email)
    key = session.get(_KEY)
    return Visitor(Proof.NAME, name, guest_key=UUID(key) if key else None)


def of_request(request) -> Visitor:
    """The visitor who sent this request."""
    member = request.member if request.user.is_authenticated and request.member else None
    organisation = request.tenant.name if member else ""
    return visitor(
        user=request.user, session=request.session, member=member, organisation=organisation
    )


def introduce(request, name: str) -> Visitor:
    """A guest says a name: the session remembers it, and is from now on who this guest is.

    Raises NameNeeded when nothing is left of it once it is cleaned.
    """
    cleaned = clean_name(name)
    if not cleaned:
        raise NameNeeded
    session = request.session
    if session.get(_NAME) != cleaned:
        session[_NAME] = cleaned
    if _KEY not in session:
        session[_KEY] = str(uuid4())
        session.set_expiry(12 * 3600)
    return of_request(request)


def clean_name(name: str) -> str:
    """One line of visible characters: what could hide, turn or imitate the page is taken out
    (control and format characters, bidirectional marks among them; Unicode TR 36)."""
    composed = unicodedata.normalize("NFKC", name)
    visible = "".join(
        " " if c.isspace() else c
        for c in composed
        if unicodedata.category(c)[0] != "C" or c.isspace()
    )
    # At most two marks on one letter: more of them cover the lines above and below.
    tamed = re.sub(r"([\u0300-\u036f]{2})[\u0300-\u036f]+", r"\1", visible)
    shortened = " ".join(tamed.split())[:LONGEST_NAME].strip()
    return shortened if any(c.isalnum() for c in shortened) else ""
