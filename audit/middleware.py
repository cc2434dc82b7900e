"""Gives each request an id, which its log lines, its acts and its answer share."""

import ipaddress
import uuid

from audit.context import RequestContext, reset_request_context, set_request_context


class RequestContextMiddleware:
    """The id is ours, never the client's: a person must not choose what stands in the log."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = uuid.uuid4().hex
        token = set_request_context(RequestContext(request.id, origin_of(request)))
        try:
            response = self.get_response(request)
        finally:
            reset_request_context(token)
        response.headers["X-Request-Id"] = request.id
        return response


def origin_of(request) -> str:
    """The last address in X-Forwarded-For (the one our own proxy wrote), else the peer's."""
    forwarded = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
    for candidate in (forwarded, request.META.get("REMOTE_ADDR", "")):
        try:
            return str(ipaddress.ip_address(candidate))
        except ValueError:
            continue
    return ""
