"""How often one person may ask for one thing in a room."""

from tenants.api.throttles import Pace

__all__ = ["GuestPace", "Pace"]


class GuestPace(Pace):
    """For who comes from outside; agents are known, and many stand behind one address."""

    def allow_request(self, request) -> bool:
        return request.auth.member is not None or super().allow_request(request)
