"""The request in whose course something happens: its id and where it came from."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestContext:
    request_id: str = ""
    origin: str = ""  # the network address of the person, as the proxy in front gives it


NO_REQUEST = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("visio_request", default=NO_REQUEST)


def request_context() -> RequestContext:
    """The running request's context; empty in tasks and commands."""
    return _current.get()


def set_request_context(context: RequestContext):
    """Enters a request; give the result to reset_request_context at its end."""
    return _current.set(context)


def reset_request_context(token) -> None:
    """Leaves the request."""
    _current.reset(token)
