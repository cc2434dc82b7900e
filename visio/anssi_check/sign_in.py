"""Signing in: what is really asked of the identity provider, what is refused of it, second factors."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.models import Role, User
from tenants.policies import ROLE_PERMISSIONS, ROLES_UNDER_MFA, Permission
from tenants.proconnect import tokens
from tenants.proconnect.provider import ask_json
from tenants.proconnect.refusals import Reason, SignInRefused
from visio.anssi_check.answers import Answer, failed, passed, passed_unless
from visio.anssi_check.installation import Installation

ASYMMETRIC = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
# 128 bits in letters and digits; the challenge of PKCE is a SHA-256 in base64.
LONG_ENOUGH = 22
CHALLENGE = 43
# Anything in the address that a browser's history or a proxy's log must not keep.
SECRET_PARAMETERS = {"client_secret", "access_token", "id_token", "code", "code_verifier"}
TWO_FACTORS = {"eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"}
LONGEST_SESSION = 12 * 3600
SHORTEST_PASSWORD = 15
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
OTHER_DATA = (Permission.LOG_READ, Permission.ADMINISTRATION_READ, Permission.MEMBER_READ)


def asked(look: Installation, query: str = "") -> dict[str, str]:
    """The parameters with which a browser is really sent to the identity provider."""
    page = look.page(reverse("oidc_authentication_init") + query)
    if page.status != 302:
        raise SignInRefused(Reason.PROVIDER_UNAVAILABLE)
    found = parse_qs(urlsplit(page.headers["Location"]).query)
    return {name: values[0] for name, values in found.items()}


def discovery() -> dict:
    return ask_json("discovery", "GET", f"{settings.OIDC_ISSUER}/.well-known/openid-configuration")


def algorithms(_look: Installation) -> Answer:
    """Signatures that only the provider can make, on both documents."""
    chosen = {
        "OIDC_SIGN_ALGO": settings.OIDC_RP_SIGN_ALGO,
        "OIDC_USERINFO_SIGN_ALGO": settings.OIDC_USERINFO_SIGN_ALGO,
    }
    wrong = [f"{name}={value or '–'}" for name, value in chosen.items() if value not in ASYMMETRIC]
    return passed_unless(wrong, ", ".join(sorted(set(chosen.values()))))


def flow(look: Installation) -> Answer:
    """Code flow with PKCE by SHA-256, back to our own address."""
    sent = asked(look)
    is_right = {
        "response_type": sent.get("response_type") == "code",
        "code_challenge_method": sent.get("code_challenge_method") == "S256",
        "code_challenge": len(sent.get("code_challenge", "")) >= CHALLENGE,
        "redirect_uri": sent.get("redirect_uri")
        == settings.PUBLIC_URL + reverse("oidc_authentication_callback"),
    }
    return passed_unless(name for name, right in is_right.items() if not right)


def state_and_nonce(look: Installation) -> Answer:
    """Both there, long, and others each time."""
    first, second = asked(look), asked(look, "?silent=1")
    wrong = [
        name
        for name in ("state", "nonce")
        if len(first.get(name, "")) < LONG_ENOUGH or first[name] == second.get(name)
    ]
    return passed_unless(wrong)


def no_secret_in_address(look: Installation) -> Answer:
    return passed_unless(SECRET_PARAMETERS & set(asked(look)))


def second_factor_asked(look: Installation) -> Answer:
    """For administrators and auditors, acr is essential and every level has two factors."""
    claims = json.loads(asked(look, "?mfa=1").get("claims", "{}"))
    acr = (claims.get("id_token") or {}).get("acr") or {}
    levels = set(acr.get("values", ()))
    if not acr.get("essential") or not levels:
        return failed(_("acr n’est pas demandé comme indispensable."))
    return passed_unless(levels - TWO_FACTORS, ", ".join(sorted(levels)))


def endpoints(_look: Installation) -> Answer:
    """Those that the provider publishes are on its own host, and it names itself."""
    document = discovery()
    if document.get("issuer") != settings.OIDC_ISSUER:
        return failed(_("Le fournisseur d’identité se donne un autre nom."))
    own = urlsplit(settings.OIDC_ISSUER)
    wrong = []
    for name in ENDPOINTS:
        found = urlsplit(str(document.get(name, "")))
        if (found.scheme, found.netloc) != (own.scheme, own.netloc):
            wrong.append(name)
    return passed_unless(wrong)


def forgeries(_look: Installation) -> Answer:
    """Tokens with the right claims and a wrong signature, shown to the code that signs people in."""
    keys = ask_json("jwks", "GET", discovery()["jwks_uri"])["keys"]
    key = next((one for one in keys if one.get("use", "sig") == "sig"), keys[0])
    nonce = secrets.token_urlsafe(32)
    wrong = []
    for algorithm in ("none", "HS256", settings.OIDC_RP_SIGN_ALGO):
        token = _forge(algorithm, key, nonce)
        try:
            tokens.verify_id_token(token, nonce=nonce, mfa_asked=False)
        except SignInRefused:
            continue
        wrong.append(f"alg={algorithm}")
    return passed_unless(wrong)


def _forge(algorithm: str, key: dict, nonce: str) -> str:
    """Unsigned, signed with the provider's public key as if it were a secret, or signed at random."""
    now = int(time.time())
    claims = {
        "iss": settings.OIDC_ISSUER,
        "aud": settings.OIDC_RP_CLIENT_ID,
        "sub": "anssi-check",
        "iat": now,
        "exp": now + 60,
        "nonce": nonce,
    }
    header = {"alg": algorithm, "typ": "JWT", "kid": key.get("kid", "")}
    signed = f"{_part(header)}.{_part(claims)}"
    if algorithm == "none":
        return f"{signed}."
    public = json.dumps(key).encode()
    made = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    signature = made if algorithm == "HS256" else secrets.token_bytes(256)
    return f"{signed}.{_encoded(signature)}"


def _part(value: dict) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def roles(_look: Installation) -> Answer:
    """Whoever reaches other people's data signs in with two factors; no level with one counts."""
    reaching = {role for role in Role if ROLE_PERMISSIONS.get(role, frozenset()) & set(OTHER_DATA)}
    wrong = [str(role.label) for role in reaching - ROLES_UNDER_MFA]
    wrong += [f"acr={level}" for level in set(tokens.MFA_LEVELS) - TWO_FACTORS]
    return passed_unless(wrong, ", ".join(sorted(str(role.label) for role in ROLES_UNDER_MFA)))


def emergency_accounts(look: Installation) -> Answer:
    """Accounts with a password: until they have a second factor, the password alone sets one up."""
    look.reach_database()
    unusable = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    with_password = User.objects.filter(is_guest=False, is_active=True).exclude(unusable)
    strong = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    bare = with_password.exclude(pk__in=strong.values("user_id")).count()
    if not bare:
        return passed()
    text = ngettext(
        "Un compte de secours n’a pas encore de second facteur.",
        "%(count)s comptes de secours n’ont pas encore de second facteur.",
        bare,
    )
    return failed(text % {"count": bare})


def passwords(_look: Installation) -> Answer:
    """Argon2, and long ones."""
    wrong = []
    if "Argon2" not in settings.PASSWORD_HASHERS[0]:
        wrong.append("PASSWORD_HASHERS")
    validators: Any = settings.AUTH_PASSWORD_VALIDATORS
    lengths = [
        validator.get("OPTIONS", {}).get("min_length", 8)
        for validator in validators
        if validator["NAME"].endswith("MinimumLengthValidator")
    ]
    if max(lengths, default=0) < SHORTEST_PASSWORD:
        wrong.append("AUTH_PASSWORD_VALIDATORS")
    return passed_unless(wrong)


def sessions(_look: Installation) -> Answer:
    """No longer than ProConnect's own."""
    hours = settings.SESSION_COOKIE_AGE / 3600
    told = _("%(hours)s heures") % {"hours": f"{hours:g}"}
    return passed(told) if settings.SESSION_COOKIE_AGE <= LONGEST_SESSION else failed(told)
