"""The token with which a browser enters one room as one person on one device."""

from datetime import datetime, timedelta

import jwt
from django.conf import settings

from meetings.livekit.grants import Standing, token_grant

# Long enough to connect over a bad network. LiveKit renews it for as long as the browser stays.
LIFETIME = timedelta(minutes=2)


def issue(*, room: str, identity: str, standing: Standing, now: datetime) -> tuple[str, datetime]:
    """(token, expiry). It administers nothing and lets its holder change nothing of themselves:
    what the others see beside a face is what we wrote.

    Format: LiveKit's access token, https://docs.livekit.io/home/get-started/authentication/
    """
    expires_at = now + LIFETIME
    claims = {
        "iss": settings.LIVEKIT_API_KEY,
        "sub": identity,
        "nbf": int(now.timestamp()) - 5,
        "exp": int(expires_at.timestamp()),
        "name": standing.name,
        "attributes": standing.attributes,
        "video": token_grant(room, standing),
    }
    return jwt.encode(claims, settings.LIVEKIT_API_SECRET, "HS256"), expires_at
