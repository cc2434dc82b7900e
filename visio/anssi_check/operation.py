"""How the installation is run: development aids, secrets, versions, where things are kept."""

import re
from importlib import metadata
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from visio.anssi_check.answers import Answer, failed, not_applicable, passed_unless
from visio.anssi_check.installation import Installation, is_loopback

SHORTEST_SECRET = 32
FEWEST_CHARACTERS = 8  # different ones: « aaaa… » is long and no secret
DEFAULTS = ("django-insecure", "changeme", "change-me", "devkey", "secret", "password", "example")
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")
# Object storage outside of any qualification.
UNQUALIFIED = ("amazonaws.com", "googleapis.com", "core.windows.net", "r2.cloudflarestorage.com")


def development(look: Installation) -> Answer:
    """Aids of development on this machine only."""
    wrong = ["DEBUG"] if settings.DEBUG else []
    if settings.DEVELOPMENT and not look.is_local:
        wrong.append("VISIO_ENV=development")
    return passed_unless(wrong)


def hosts(_look: Installation) -> Answer:
    """Answers to its own names alone."""
    return passed_unless(host for host in settings.ALLOWED_HOSTS if host.startswith(("*", ".")))


def secrets(_look: Installation) -> Answer:
    """Each long, none a known default, none used twice. Names are told, values never."""
    held = {
        "SECRET_KEY": settings.SECRET_KEY,
        "LIVEKIT_API_SECRET": settings.LIVEKIT_API_SECRET,
        "OIDC_CLIENT_SECRET": settings.OIDC_RP_CLIENT_SECRET,
    }
    if settings.AUDIT_SIGNING_KEYS:  # only a worker has to know them
        held["AUDIT_SIGNING_KEYS"] = settings.AUDIT_SIGNING_KEYS
    for name, base in settings.DATABASES.items():
        if base["PASSWORD"] or not is_loopback(base["HOST"]):
            held[f"DATABASES[{name}]"] = str(base["PASSWORD"])
    broker = urlsplit(settings.REDIS_URL)
    if broker.password or not is_loopback(broker.hostname or ""):
        held["REDIS_URL"] = unquote(broker.password or "")
    wrong = [name for name, value in held.items() if _is_weak(value)]
    values = list(held.values())
    wrong += [name for name, value in held.items() if values.count(value) > 1]
    return passed_unless(wrong, ", ".join(held))


def _is_weak(value: str) -> bool:
    is_default = any(word in value.lower() for word in DEFAULTS)
    return len(value) < SHORTEST_SECRET or len(set(value)) < FEWEST_CHARACTERS or is_default


def versions(_look: Installation) -> Answer:
    """What is installed is what was audited: the versions of the lock file."""
    lock = settings.BASE_DIR / "locks" / "runtime.txt"
    if not lock.exists():
        return not_applicable(_("Le fichier des versions verrouillées n’est pas livré ici."))
    locked = filter(None, map(LOCKED.match, lock.read_text().splitlines()))
    wanted = {found[1]: found[2] for found in locked}
    wrong, count = [], 0
    for name, version in wanted.items():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:  # locked for other machines
            continue
        count += 1
        if installed != version:
            wrong.append(f"{name} {installed}")
    return passed_unless(wrong, _("%(count)s paquets") % {"count": count})


def storage(_look: Installation) -> Answer:
    """Objects stay with a qualified host, over https, unlocked, with no checksum that it refuses."""
    chosen: dict[str, Any] = dict(settings.STORAGES["default"])
    if "s3" not in chosen["BACKEND"].lower():
        return not_applicable(_("Aucun stockage d’objets n’est configuré."))
    options = chosen.get("OPTIONS", {})
    url = urlsplit(options.get("endpoint_url") or "")
    host = url.hostname or ""
    if not host or host.endswith(UNQUALIFIED):
        return failed(_("endpoint_url ne désigne pas un hébergeur qualifié."))
    wrong = []
    if url.scheme != "https" and not is_loopback(host):
        wrong.append("endpoint_url")
    if any(name.startswith("ObjectLock") for name in options.get("object_parameters", {})):
        wrong.append("object_parameters")
    client = options.get("client_config")
    if getattr(client, "request_checksum_calculation", None) != "when_required":
        wrong.append("client_config")
    return passed_unless(wrong, host)
