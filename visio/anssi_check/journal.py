"""The log of acts and the servers' logs: what they hold, what they must not, how long they last."""

import json
import logging
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import retention
from audit.kinds import Kind
from audit.models import Event
from isolation.scope import PLATFORM, tenant_scope
from tenants.models import Tenant
from visio.anssi_check.answers import Answer, failed, not_applicable, passed, passed_unless
from visio.anssi_check.installation import Installation

# What PA-012 has a service tell, and by which kinds this one tells it.
TOLD = {
    "sign_in",
    "sign_in_refused",
    "roles_changed",
    "join_granted",
    "join_refused",
    "policy_changed",
    "mapping_changed",
    "mfa_changed",
    "token_created",
    "token_revoked",
    "members_exported",
    "attendance_exported",
    "log_exported",
    "log_read",
}
# CNIL, délibération 2021-122: six to twelve months, up to three years for internal control.
LONGEST = timedelta(days=3 * 366)
PURGES = ("purge", "prune", "retention")
# Nobody's secrets, in the forms in which they would come.
QUERY, JWT, ADDRESS = "q7Hd0r", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln", "personne@exemple.test"


def kinds(_look: Installation) -> Answer:
    return passed_unless(TOLD - set(Kind.values))


def recordings(_look: Installation) -> Answer:
    """Start, stop, download and deletion of a recording."""
    if not apps.is_installed("transcripts"):
        return not_applicable(_("Cette installation n’enregistre pas les réunions."))
    wanted = ("started", "stopped", "downloaded", "deleted")
    known = [kind for kind in Kind.values if kind.startswith("recording")]
    return passed_unless(
        f"recording_{word}" for word in wanted if not any(word in kind for kind in known)
    )


def stamps(look: Installation) -> Answer:
    """Moments without ambiguity: in UTC in the servers' logs, with a zone in the database."""
    wrong = []
    for name, line in _written("anssi_check"):
        told = str(json.loads(line).get("timestamp", ""))
        if not told.endswith(("Z", "+00:00")):
            wrong.append(name)
    if not settings.USE_TZ:
        wrong.append("USE_TZ")
    column = Event._meta.get_field("at").column
    sql = (
        "SELECT data_type FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND column_name = %s"
    )
    if look.rows(sql, [Event._meta.db_table, column]) != [("timestamp with time zone",)]:
        wrong.append(Event._meta.db_table)
    return passed_unless(wrong)


def redaction(_look: Installation) -> Answer:
    """Has each handler write a line that holds a query, a token and an address, and reads it."""
    line = f'GET /oidc/callback/?code={QUERY} {JWT} {ADDRESS} {{"password": "{QUERY}"}}'
    wrong = [
        name
        for name, written in _written(line)
        if any(secret in written for secret in (QUERY, JWT, ADDRESS))
    ]
    return passed_unless(wrong)


def _written(message: str) -> list[tuple[str, str]]:
    """The line that each configured handler of the running process would write."""
    live = [one for one in logging.getLogger().handlers if one.name in settings.LOGGING["handlers"]]
    if not live:
        raise LookupError("no handler of the configuration is at work")
    record = logging.LogRecord("visio", logging.INFO, __file__, 1, message, None, None)
    return [(str(handler.name), handler.format(record)) for handler in live]


def age(look: Installation) -> Answer:
    """The oldest event of every ministry, and of the installation, but what must be kept longer. How
    many, not which: the reader may administer another one."""
    look.reach_database()
    before = timezone.now() - LONGEST
    late = 0
    for tenant_id in [PLATFORM, *Tenant.objects.values_list("id", flat=True)]:
        with tenant_scope(tenant_id):
            late += retention.expired(before=before).exists()
    if not late:
        return passed()
    text = ngettext("%(count)s journal en contient.", "%(count)s journaux en contiennent.", late)
    return failed(text % {"count": late})


def purge(look: Installation) -> Answer:
    """Something prunes by the clock, as a role of its own that the application is not."""
    programmed = [
        task
        for task in (str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values())
        if any(word in task.rsplit(".", 1)[-1] for word in PURGES)
    ]
    if not programmed:
        return failed(_("Aucune purge n’est programmée."))
    if "keeper" not in settings.DATABASES:
        return failed(_("DATABASE_KEEPER_URL n’est pas configuré."))
    if settings.DATABASES["keeper"]["USER"] == look.role:
        return failed(_("La purge emploie le rôle de l’application."))
    return passed(", ".join(sorted(programmed)))
