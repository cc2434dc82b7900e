"""The door to the security operations centre: syslog over TLS (RFC 5425)."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PORT = 6514
CONNECT = 5  # seconds
STALLED = 15  # seconds without a byte being taken
# Seconds until a slow receiver has read what we wrote and says so; with STALLED and a round's own
# time less than a turn (audit/sent.py).
CLOSING = 45
PIECE = 1 << 14  # as TLS cuts it
UNDER_WAY = 1 << 17
OPTIONS = {"ca", "cert", "key"}


class ReceiverUnavailable(Exception):
    """It has not said that it has everything; the message says why."""


class Stream:
    """One connection; what went in has arrived once `confirmed` ends without an error."""

    def __init__(self, connection: ssl.SSLSocket) -> None:
        self._connection = connection

    def send(self, frames: bytes) -> None:
        for start in range(0, len(frames), PIECE):
            self._connection.sendall(frames[start : start + PIECE])


@dataclass(frozen=True)
class Receiver:
    """Where events are pushed, and by which certificates both know each other."""

    host: str
    port: int
    context: ssl.SSLContext

    @property
    def peer(self) -> str:
        """Under which it is remembered how much it has; another one begins at the first event."""
        return _peer(self.host, self.port)

    @contextmanager
    def confirmed(self) -> Iterator[Stream]:
        """A connection, and at its end the receiver's own word that it has read it to the end.

        Syslog acknowledges nothing, and bytes that the kernel took may never arrive. But a receiver
        must answer the end of a TLS connection with its own (RFC 5425, 4.4), which comes after all
        that it has read: until then nothing counts as sent. Raises ReceiverUnavailable.
        """
        try:
            with (
                socket.create_connection((self.host, self.port), CONNECT) as plain,
                self.context.wrap_socket(plain, server_hostname=self.host) as connection,
            ):
                # Little waits in the kernel: what a slow one has yet to read at the end is bounded.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNDER_WAY)
                connection.settimeout(STALLED)
                yield Stream(connection)
                connection.settimeout(CLOSING)
                connection.unwrap().close()
        except OSError as error:
            raise ReceiverUnavailable(f"{type(error).__name__}: {error}"[:200]) from error


def receiver() -> Receiver | None:
    """The one that AUDIT_SOC_URL names; raises ImproperlyConfigured where it cannot be read."""
    url = _url()
    return url and Receiver(
        url.hostname or "", url.port or PORT, _context(dict(parse_qsl(url.query)))
    )


def configured_peer() -> str:
    """The same by its name alone, without certificates; empty where there is none."""
    url = _url()
    return _peer(url.hostname or "", url.port or PORT) if url else ""


def _url() -> SplitResult | None:
    if not settings.AUDIT_SOC_URL:
        return None
    try:
        url = urlsplit(settings.AUDIT_SOC_URL)
        options = dict(parse_qsl(url.query, strict_parsing=True)) if url.query else {}
        port = url.port
        host = (url.hostname or "").encode("idna")
    except ValueError as error:
        raise ImproperlyConfigured(f"AUDIT_SOC_URL: {error}") from None
    if (
        url.scheme != "syslog+tls"
        or not host
        or port == 0
        or url.username
        or options.keys() - OPTIONS
    ):
        raise ImproperlyConfigured(
            "AUDIT_SOC_URL is syslog+tls://HOST:PORT, with ?ca=FILE (who signed its certificate, where"
            " the system does not know) and &cert=FILE&key=FILE (ours, where it asks for one)"
        )
    return url


def _peer(host: str, port: int) -> str:
    return f"syslog+tls://{host}:{port}"


def _context(options: dict[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=options.get("ca"))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if "cert" in options:
            context.load_cert_chain(options["cert"], options.get("key"), password=_no_password)
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(
            f"AUDIT_SOC_URL: a certificate cannot be read ({error})"
        ) from None
    return context


def _no_password() -> str:
    """Else OpenSSL would ask whoever sits at the terminal."""
    return ""
