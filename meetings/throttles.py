"""How often one person may ask for one thing."""

from django.core.cache import cache
from ninja.throttling import BaseThrottle

from audit.middleware import origin_of

WINDOW = 60  # seconds
# Who has not said a name yet is counted by network address, behind which a ministry may stand.
CROWD = 20


class Pace(BaseThrottle):
    """So many requests of one kind in a minute, counted for each person in all processes.

    ninja's own throttle keeps its figures on the object that every thread shares.
    """

    def __init__(self, scope: str, most: int):
        self.scope, self.most = scope, most

    def allow_request(self, request) -> bool:
        visitor = request.auth
        known = visitor.id if visitor.is_known else None
        key = f"pace:{self.scope}:{known or origin_of(request)}"
        if cache.add(key, 1, WINDOW):  # the minute begins with the first request
            return True
        try:
            count = cache.incr(key)
        except ValueError:  # Valkey is away, or forgot it just now
            return True
        return count <= (self.most if known else self.most * CROWD)

    def wait(self) -> float:
        return WINDOW


class GuestPace(Pace):
    """The same for who comes from outside; agents are known, and many stand behind one address."""

    def allow_request(self, request) -> bool:
        return request.auth.member is not None or super().allow_request(request)
