"""mozilla-django-oidc's backend, with the checks that it leaves out."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields

from django.conf import settings
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from tenants.models import User
from tenants.proconnect import tokens
from tenants.proconnect.provider import ask, ask_json, endpoint
from tenants.proconnect.refusals import Reason, SignInRefused

_loaded: ContextVar[User | None] = ContextVar("visio_loaded_user", default=None)


@contextmanager
def already_loaded(user: User | None) -> Iterator[None]:
    """Where the user of a session is asked for, and has just been read from the database."""
    token = _loaded.set(user)
    try:
        yield
    finally:
        _loaded.reset(token)


@dataclass(frozen=True)
class Claims:
    """What ProConnect asserts of a person, as strings; empty where it says nothing."""

    given_name: str = ""
    usual_name: str = ""
    email: str = ""
    siret: str = ""
    idp_id: str = ""
    organization_label: str = ""

    @classmethod
    def read(cls, claims: dict) -> "Claims":
        """From userinfo; everything in it is text that somebody else typed."""
        values = {}
        for field in fields(cls):
            value = claims.get(field.name)
            values[field.name] = " ".join(value.split())[:150] if isinstance(value, str) else ""
        values["email"] = values["email"].lower()
        values["idp_id"] = values["idp_id"].lower()
        return cls(**values)

    def to_session(self) -> dict[str, str]:
        return asdict(self)


class ProConnectBackend(OIDCAuthenticationBackend):
    """Code flow with PKCE; the endpoints come from discovery, when they are needed."""

    def __init__(self, *args, **kwargs):
        # The parent wants fixed endpoints here, which discovery replaces.
        self.OIDC_RP_CLIENT_ID = settings.OIDC_RP_CLIENT_ID
        self.OIDC_RP_CLIENT_SECRET = settings.OIDC_RP_CLIENT_SECRET
        self.UserModel = User

    def authenticate(self, request, **kwargs):
        """A User with `.claims`, `.acr` and `.amr`; SignInRefused otherwise. Only the callback
        view, which has checked the state, passes a nonce."""
        if request is None or "nonce" not in kwargs:
            return None
        self.mfa_asked = request.mfa_asked
        return super().authenticate(request, **kwargs)

    def get_user(self, user_id):
        """Whom a session names, as long as they are active: the parent does not ask. Django checks
        the rest of the session."""
        user = _loaded.get()
        if user is None or str(user.pk) != str(user_id):
            user = User.objects.filter(pk=user_id).first()
        return user if user and user.is_active else None

    def get_token(self, payload):
        return ask_json("token", "POST", endpoint("token_endpoint"), data=payload)

    def verify_token(self, token, **kwargs):
        return tokens.verify_id_token(token, nonce=kwargs["nonce"], mfa_asked=self.mfa_asked)

    def store_tokens(self, access_token, id_token):
        """The id_token alone is kept, on our side, for the logout; the view puts it in the session
        that the sign-in makes."""
        self.id_token = id_token

    def get_or_create_user(self, access_token, id_token, payload):
        response = ask(
            "userinfo",
            "GET",
            endpoint("userinfo_endpoint"),
            headers={"Authorization": f"Bearer {access_token}"},
        )
        userinfo = tokens.verify_userinfo(response, subject=payload["sub"])
        user = user_of(payload["iss"], payload["sub"])
        if not user.is_active:
            raise SignInRefused(Reason.INACTIVE)
        user.claims = Claims.read(userinfo)
        user.acr = str(payload.get("acr") or "")
        user.amr = [str(method) for method in payload.get("amr") or []]
        user.id_token = id_token
        return user


def user_of(issuer: str, subject: str) -> User:
    """The person behind issuer and subject, whatever their address has become."""
    user, _made = User.objects.get_or_create(
        issuer=issuer,
        subject=subject,
        defaults={"username": f"proconnect-{User._meta.pk.get_default().hex}"},
    )
    return user
