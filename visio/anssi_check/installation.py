"""The running installation as the checks ask it: its pages, its TLS, its database.

Nothing is believed that can be asked. Pages come from VISIO_URL, through the proxy in front, as
browsers get them; from the application itself where that address does not answer.
"""

import contextlib
import ipaddress
import socket
import ssl
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import Morsel, SimpleCookie
from importlib import import_module
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import psycopg
import requests
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, ProgrammingError, connections, transaction
from requests.structures import CaseInsensitiveDict

LIMIT = 2  # seconds that one question may take


@dataclass(frozen=True)
class Page:
    """One answer over HTTP."""

    path: str
    status: int
    headers: CaseInsensitiveDict
    cookies: list[Morsel]
    text: str


@dataclass(frozen=True)
class Handshake:
    """What a TLS connection came to."""

    version: str
    cipher: str
    certificate: dict[str, Any]


@dataclass
class Installation:
    """Asks each thing once. Tests look at the database through another connection."""

    database: str = "default"
    database_role: str = ""
    _pages: dict[tuple[str, str], Page] = field(default_factory=dict)
    _database_away: OperationalError | None = None

    # --- Where it is ------------------------------------------------------------------------
    @property
    def is_https(self) -> bool:
        return settings.PUBLIC_URL.startswith("https://")

    @property
    def host(self) -> str:
        return urlsplit(settings.PUBLIC_URL).hostname or ""

    @property
    def is_local(self) -> bool:
        """Served on this very machine: there is no network to protect, nor a public to inform."""
        return is_loopback(self.host)

    @cached_property
    def answers_publicly(self) -> bool:
        """Whether VISIO_URL leads from here to a running Visio."""
        try:
            answer = requests.get(
                f"{settings.PUBLIC_URL}/healthz", timeout=LIMIT, allow_redirects=False
            )
        except requests.RequestException:
            return False
        return answer.status_code == 200 and answer.text == "ok"

    # --- Pages ------------------------------------------------------------------------------
    def page(self, path: str, method: str = "GET") -> Page:
        """As somebody who is not signed in, in French."""
        if (method, path) not in self._pages:
            # In a thread of its own: the application sets language, zone, request and connection
            # for the thread in which it answers, and this one is answering somebody else.
            ask = self._ask_address if self.answers_publicly else _ask_application
            with ThreadPoolExecutor(1) as pool:
                self._pages[method, path] = pool.submit(ask, path, method).result()
        return self._pages[method, path]

    @staticmethod
    def _ask_address(path: str, method: str) -> Page:
        answer = requests.request(
            method,
            settings.PUBLIC_URL + path,
            headers={"Accept-Language": "fr"},
            timeout=LIMIT,
            allow_redirects=False,
        )
        set_cookies = answer.raw.headers.getlist("Set-Cookie")
        answer.encoding = "utf-8"
        try:
            return _page(path, answer.status_code, answer.headers, set_cookies, answer.text)
        finally:
            connections.close_all()

    # --- TLS --------------------------------------------------------------------------------
    def handshake(self, context: ssl.SSLContext) -> Handshake:
        """With the server of VISIO_URL; raises what the attempt raised."""
        port = urlsplit(settings.PUBLIC_URL).port or 443
        with (
            socket.create_connection((self.host, port), timeout=LIMIT) as plain,
            context.wrap_socket(plain, server_hostname=self.host) as secure,
        ):
            cipher = (secure.cipher() or ("",))[0]
            return Handshake(secure.version() or "", cipher, secure.getpeercert() or {})

    # --- The database -----------------------------------------------------------------------
    @cached_property
    def role(self) -> str:
        """The application's role."""
        return self.database_role or self.rows("SELECT current_user::text")[0][0]

    def rows(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[tuple]:
        """The answer to one question; whatever it changed is undone."""
        with self._undone() as cursor:
            cursor.execute(sql, params or None)
            return cursor.fetchall()

    def allows(self, sql: str) -> bool:
        """Tries a statement, and undoes it: False when the database refuses it to this role."""
        try:
            with self._undone() as cursor:
                cursor.execute(sql)
        except ProgrammingError as error:
            if isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
                return False
            raise
        return True

    def reach_database(self) -> None:
        """Waits once only for a database that is away."""
        if self._database_away is not None:
            raise self._database_away
        try:
            connections[self.database].ensure_connection()
        except OperationalError as error:
            self._database_away = error
            raise

    @contextlib.contextmanager
    def _undone(self) -> Iterator[Any]:
        using = self.database
        self.reach_database()
        with transaction.atomic(using=using), connections[using].cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{LIMIT}s'")
            cursor.execute("SELECT set_config('visio.tenant', '', true)")  # in nobody's name
            yield cursor
            transaction.set_rollback(True, using=using)


def is_loopback(host: str) -> bool:
    """This machine, by name or address; a socket of the file system too."""
    if host in ("", "localhost") or host.startswith("/") or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _ask_application(path: str, method: str) -> Page:
    """The application's own WSGI entry, without any server in between."""
    url = urlsplit(settings.PUBLIC_URL)
    bare, _question, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": bare,
        "QUERY_STRING": query,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc,
        "HTTP_ACCEPT_LANGUAGE": "fr",
        "HTTP_X_FORWARDED_PROTO": url.scheme,
        "CONTENT_LENGTH": "0",
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    told: list[Any] = []

    def start(status, headers, trace=None):
        told[:] = status, headers
        return told.append

    try:
        answer = WSGIHandler()(environ, start)
        try:
            text = b"".join(answer).decode(errors="replace")
        finally:
            answer.close()
        status, headers = int(told[0].split()[0]), told[1]
        set_cookies = [value for name, value in headers if name.lower() == "set-cookie"]
        return _page(path, status, dict(headers), set_cookies, text)
    finally:
        connections.close_all()


def _page(path: str, status: int, headers: Any, set_cookies: list[str], text: str) -> Page:
    cookies = [morsel for line in set_cookies for morsel in SimpleCookie(line).values()]
    for cookie in cookies:
        if cookie.key == settings.SESSION_COOKIE_NAME and cookie.value:
            # A visit that nobody makes leaves no session behind.
            import_module(settings.SESSION_ENGINE).SessionStore(cookie.value).delete()
    return Page(path, status, CaseInsensitiveDict(headers), cookies, text)
