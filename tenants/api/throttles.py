"""How often one caller may ask for one thing."""

from typing import Any

from django.core.cache import caches
from ninja.throttling import BaseThrottle

from audit.middleware import origin_of

WINDOW = 60  # seconds
# Who has not said a name yet is counted by network address, behind which a ministry may stand.
CROWD = 20
# What a caller may ask of the API in a minute, beside what an operation says itself.
READS, WRITES = 600, 120


class Pace(BaseThrottle):
    """So many requests of one kind in a minute, counted for each caller in all processes.

    ninja's own throttle keeps its figures on the object that every thread shares.
    """

    def __init__(self, scope: str, most: int):
        self.scope, self.most = scope, most

    def allow_request(self, request) -> bool:
        caller = request.auth
        if caller.is_known:
            return is_within(self.scope, str(caller.id), self.most)
        return is_within(self.scope, origin_of(request), self.most * CROWD)

    def wait(self) -> float:
        return WINDOW


def is_within(scope: str, who: str, most: int) -> bool:
    """Counts one more of this kind; False when there were too many in this minute."""
    cache: Any = caches["default"]
    return cache.count(f"pace:{scope}:{who}", WINDOW) <= most  # the minute begins with the first
