"""TLS, by real handshakes, and the links to the services behind."""

import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from visio.anssi_check.answers import (
    Answer,
    failed,
    not_applicable,
    passed,
    passed_unless,
)
from visio.anssi_check.installation import LIMIT, Handshake, Installation, is_loopback

A_YEAR = 31_536_000
EXPIRES_SOON = timedelta(days=14)


def without_https(look: Installation) -> Answer:
    """What a check of TLS answers where there is none."""
    if look.is_local:
        return not_applicable(_("Servi en http sur cette machine même, sans réseau à protéger."))
    return failed(_("VISIO_URL n’est pas en https."))


def public_address(look: Installation) -> Answer:
    """Whether pages were asked for as browsers do; else the proxy in front was not looked at."""
    if look.answers_publicly:
        return passed(settings.PUBLIC_URL)
    told = _("Elle ne répond pas d’ici : les pages viennent de l’application elle-même.")
    return not_applicable(told) if look.is_local else failed(told)


def https(look: Installation) -> Answer:
    if not look.is_https:
        return without_https(look)
    socket_scheme = urlsplit(settings.SOCKETS_URL).scheme
    return passed() if socket_scheme == "wss" else failed(_("VISIO_WS_URL n’est pas en wss."))


def old_versions(look: Installation) -> Answer:
    """Offers nothing newer than TLS 1.1, whatever the certificate."""
    if not look.is_https:
        return without_https(look)
    look.handshake(_anybody())  # a server that does not answer at all must not look careful
    context = _anybody()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    old = _accepted(look, context)
    return failed(_("%(what)s est accepté.") % {"what": old.version}) if old else passed()


def ciphers(look: Installation) -> Answer:
    """Authenticated encryption in what is agreed upon, and nothing at all without forward secrecy."""
    if not look.is_https:
        return without_https(look)
    agreed = look.handshake(_anybody())
    told = f"{agreed.version}, {agreed.cipher}"
    is_good = agreed.version == "TLSv1.3" or (
        agreed.cipher.startswith("ECDHE") and ("GCM" in agreed.cipher or "CHACHA" in agreed.cipher)
    )
    if not is_good:
        return failed(told)
    context = _anybody()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("kRSA:@SECLEVEL=0")
    weak = _accepted(look, context)
    return failed(_("%(what)s est accepté.") % {"what": weak.cipher}) if weak else passed(told)


def certificate(look: Installation) -> Answer:
    """Valid for the authorities of this machine, for this name, and for a while."""
    if not look.is_https:
        return without_https(look)
    try:
        found = look.handshake(ssl.create_default_context()).certificate
    except ssl.SSLCertVerificationError as error:
        return failed(error.verify_message)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(found["notAfter"]), UTC)
    told = _("Valable jusqu’au %(day)s.") % {"day": ends.date().isoformat()}
    return failed(told) if ends < timezone.now() + EXPIRES_SOON else passed(told)


def redirect(look: Installation) -> Answer:
    """Port 80 leads to https and says nothing else."""
    if not look.is_https:
        return without_https(look)
    host = f"[{look.host}]" if ":" in look.host else look.host
    answer = requests.get(f"http://{host}/", timeout=LIMIT, allow_redirects=False)
    leads = answer.headers.get("Location", "").startswith("https://")
    if answer.status_code in (301, 302, 307, 308) and leads:
        return passed()
    return failed(_("http répond %(status)s.") % {"status": answer.status_code})


def hsts(look: Installation) -> Answer:
    if not look.is_https:
        return without_https(look)
    header = look.page("/").headers.get("Strict-Transport-Security", "")
    parts = [part.strip().lower() for part in header.split(";")]
    ages = [part.removeprefix("max-age=").strip('"') for part in parts if "max-age=" in part]
    if not ages or not ages[0].isdigit() or int(ages[0]) < A_YEAR:
        return failed(header or _("L’en-tête est absent."))
    return passed(header) if "includesubdomains" in parts else failed(header)


def services(look: Installation) -> Answer:
    """Each service that is not on this machine is spoken to in TLS."""
    found = {
        "REDIS_URL": (_host(settings.REDIS_URL), settings.REDIS_URL.startswith("rediss://")),
        "LIVEKIT_URL": (_host(settings.LIVEKIT_URL), settings.LIVEKIT_URL.startswith("wss://")),
        "LIVEKIT_API_URL": (
            _host(settings.LIVEKIT_API_URL),
            settings.LIVEKIT_API_URL.startswith("https://"),
        ),
        "OIDC_ISSUER": (_host(settings.OIDC_ISSUER), settings.OIDC_ISSUER.startswith("https://")),
        "EMAIL_URL": (settings.EMAIL_HOST, settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL),
        "DATABASE_URL": (
            settings.DATABASES["default"]["HOST"],
            # Of this very connection, as PostgreSQL sees it.
            look.rows("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [(True,)],
        ),
    }
    distant = {name: safe for name, (host, safe) in found.items() if not is_loopback(host)}
    if not distant:
        return not_applicable(_("Tous les services tournent sur cette machine."))
    return passed_unless((name for name, safe in distant.items() if not safe), ", ".join(distant))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _accepted(look: Installation, context: ssl.SSLContext) -> Handshake | None:
    """What the server agreed to; None when it refused."""
    try:
        return look.handshake(context)
    except ssl.SSLError as error:
        if error.reason == "NO_PROTOCOLS_AVAILABLE":  # it is this side that cannot try
            raise
    except ConnectionError:
        pass
    return None


def _anybody() -> ssl.SSLContext:
    """A handshake in which the certificate is not what is asked about."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
