"""What ProConnect publishes about itself: its endpoints and keys, kept for a few minutes."""

import threading
import time
from typing import Any

import jwt
import requests
import structlog
from django.conf import settings

from tenants.proconnect.refusals import Reason, SignInRefused

log = structlog.get_logger(__name__)

TIMEOUT = (2, 3)  # seconds to connect, then between two bytes
FRESH_FOR = 600
# An unknown key id asks for the keys again, but no more often than this.
KEYS_AT_MOST_EVERY = 10
LONGEST_ANSWER = 200_000

_lock = threading.Lock()
_kept: dict[str, tuple[float, Any]] = {}


def ask(what: str, method: str, url: str, **arguments: Any) -> requests.Response:
    """One request to the provider; SignInRefused when it fails, whatever the way it fails."""
    try:
        response = requests.request(
            method, url, timeout=TIMEOUT, allow_redirects=False, **arguments
        )
    except requests.RequestException as error:
        log.warning("proconnect_unavailable", what=what, error=type(error).__name__)
        raise SignInRefused(Reason.PROVIDER_UNAVAILABLE, f"{what}: no answer") from error
    if response.status_code != 200 or len(response.content) > LONGEST_ANSWER:
        log.warning("proconnect_unavailable", what=what, status=response.status_code)
        raise SignInRefused(Reason.PROVIDER_UNAVAILABLE, f"{what}: {response.status_code}")
    return response


def ask_json(what: str, method: str, url: str, **arguments: Any) -> dict:
    """As ask(), for an answer that must be a JSON object."""
    try:
        answer = ask(what, method, url, **arguments).json()
    except ValueError as error:
        raise SignInRefused(Reason.PROVIDER_UNAVAILABLE, f"{what}: not JSON") from error
    if not isinstance(answer, dict):
        raise SignInRefused(Reason.PROVIDER_UNAVAILABLE, f"{what}: not an object")
    return answer


def endpoint(name: str) -> str:
    """The address of `authorization_endpoint`, `token_endpoint` …, by discovery."""
    document = _keep("discovery", FRESH_FOR, _discover)
    try:
        return document[name]
    except KeyError as error:
        raise SignInRefused(Reason.PROVIDER_UNAVAILABLE, f"discovery: no {name}") from error


def _discover() -> dict:
    document = ask_json(
        "discovery", "GET", f"{settings.OIDC_ISSUER}/.well-known/openid-configuration"
    )
    if document.get("issuer") != settings.OIDC_ISSUER:
        raise SignInRefused(Reason.PROVIDER_UNAVAILABLE, "discovery: another issuer")
    return document


def signing_key(token: str, algorithm: str):
    """The key that must have signed this token: ours for HS256, else the published one it names."""
    if algorithm.startswith("HS"):
        return settings.OIDC_RP_CLIENT_SECRET
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError as error:
        raise SignInRefused(Reason.TOKEN, "unreadable header") from error
    for fresh_for in (FRESH_FOR, KEYS_AT_MOST_EVERY):
        keys = _keep("jwks", fresh_for, _fetch_keys)
        for key in keys:
            if key.get("kid") == key_id and key.get("alg", algorithm) == algorithm:
                try:
                    return jwt.PyJWK(key, algorithm).key
                except jwt.PyJWTError as error:
                    raise SignInRefused(Reason.TOKEN, "unreadable key") from error
    raise SignInRefused(Reason.TOKEN, "signed with an unknown key")


def _fetch_keys() -> list[dict]:
    keys = ask_json("jwks", "GET", endpoint("jwks_uri")).get("keys")
    if not isinstance(keys, list):
        raise SignInRefused(Reason.PROVIDER_UNAVAILABLE, "jwks: no keys")
    return [key for key in keys if isinstance(key, dict)]


def _keep(name: str, fresh_for: float, fetch):
    """The last answer if it is fresh enough, else a new one; never kept when fetching fails."""
    with _lock:
        kept = _kept.get(name)
    if kept and time.monotonic() - kept[0] < fresh_for:
        return kept[1]
    value = fetch()
    with _lock:
        _kept[name] = (time.monotonic(), value)
    return value


def forget() -> None:
    """Drops what was kept; for tests and after a change of settings."""
    with _lock:
        _kept.clear()
