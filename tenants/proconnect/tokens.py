"""Verifies what ProConnect signed (OpenID Connect Core 1.0, 3.1.3.7; ANSSI PA-080)."""

import hmac
import time

import jwt
import requests
from django.conf import settings

from tenants.proconnect.provider import signing_key
from tenants.proconnect.refusals import Reason, SignInRefused

LEEWAY = 10  # seconds between two clocks
OLDEST = 300  # a token that was issued longer ago belongs to another sign-in

# Every level with a second factor: ProConnect matches exactly, so each one is listed.
MFA_LEVELS = ("eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3")


def verify_id_token(token: object, *, nonce: str, mfa_asked: bool) -> dict:
    """Its claims; SignInRefused(TOKEN or LEVEL) when anything is wrong."""
    claims = _decode(
        token, settings.OIDC_RP_SIGN_ALGO, ["exp", "iat", "iss", "aud", "sub", "nonce"]
    )
    if not hmac.compare_digest(str(claims["nonce"]), nonce):
        raise SignInRefused(Reason.TOKEN, "nonce")
    if claims["iat"] < time.time() - OLDEST:
        raise SignInRefused(Reason.TOKEN, "iat: too old")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if several and claims.get("azp") != settings.OIDC_RP_CLIENT_ID:
        raise SignInRefused(Reason.TOKEN, "azp")
    if mfa_asked and claims.get("acr") not in MFA_LEVELS:
        raise SignInRefused(Reason.LEVEL, "acr")
    return claims


def verify_userinfo(response: requests.Response, *, subject: str) -> dict:
    """The person's claims, signed where signing is configured, and of the same person."""
    signed = response.headers.get("content-type", "").lower().startswith("application/jwt")
    if settings.OIDC_USERINFO_SIGN_ALGO:
        if not signed:
            raise SignInRefused(Reason.USERINFO, "unsigned")
        try:
            claims = _decode(response.text, settings.OIDC_USERINFO_SIGN_ALGO, ["iss", "aud", "sub"])
        except SignInRefused as refusal:
            if refusal.reason is Reason.TOKEN:
                raise SignInRefused(Reason.USERINFO, refusal.detail) from refusal
            raise
    else:
        try:
            claims = response.json()
        except ValueError as error:
            raise SignInRefused(Reason.USERINFO, "not JSON") from error
    if not isinstance(claims, dict) or claims.get("sub") != subject:
        raise SignInRefused(Reason.USERINFO, "sub differs from the id_token's")
    return claims


def _decode(token: object, algorithm: str, required: list[str]) -> dict:
    if not isinstance(token, str):
        raise SignInRefused(Reason.TOKEN, "missing")
    try:
        return jwt.decode(
            token,
            signing_key(token, algorithm),
            algorithms=[algorithm],
            audience=settings.OIDC_RP_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY,
            options={"require": required},
        )
    except jwt.PyJWTError as error:
        raise SignInRefused(Reason.TOKEN, type(error).__name__) from error
