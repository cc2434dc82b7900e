"""What proves the log: that it is as it was signed, and that others hold what was signed."""

import time
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit import sent
from audit.checking import check_recent
from audit.sequencer import tenants_with_log, tenants_with_pending
from audit.soc.receiver import configured_peer
from audit.witness import witnesses
from visio.anssi_check.answers import Answer, failed, not_applicable, passed
from visio.anssi_check.installation import Installation

# Of each log, so many of its last entries; of all together, so long: somebody waits for the page.
ENTRIES = 512
SECONDS = 3.0
# Beat seals each second, asks witnesses each five minutes and pushes all the time.
SEALED_WITHIN = timedelta(minutes=1)
COSIGNED_WITHIN = timedelta(hours=1)
PUSHED_WITHIN = timedelta(minutes=5)


def seal(look: Installation) -> Answer:
    """Nothing waits long for its place, and the last entries of each log fit what was signed."""
    look.reach_database()
    if late := len(tenants_with_pending(before=timezone.now() - SEALED_WITHIN)):
        text = ngettext(
            "Dans %(count)s journal, des événements attendent leur scellement depuis plus d’une minute.",
            "Dans %(count)s journaux, des événements attendent leur scellement depuis plus d’une minute.",
            late,
        )
        return failed(text % {"count": late})
    ends, entries, bad = time.monotonic() + SECONDS, 0, 0
    for tenant_id in tenants_with_log():
        left = ends - time.monotonic()
        if left <= 0:
            break
        report = check_recent(tenant_id, most=ENTRIES, seconds=left)
        entries += report.end - report.start
        bad += bool(report.findings)
    if bad:
        text = ngettext(
            "%(count)s journal ne concorde plus avec ce qui a été signé.",
            "%(count)s journaux ne concordent plus avec ce qui a été signé.",
            bad,
        )
        return failed(text % {"count": bad})
    text = ngettext("%(count)s entrée relue", "%(count)s entrées relues", entries)
    return passed(text % {"count": entries})


def cosigned(look: Installation) -> Answer:
    """Each witness that is configured has seen what was signed an hour ago."""
    look.reach_database()
    known = witnesses()
    if not known:
        return not_applicable(
            _("Aucun témoin n’est configuré : les points de contrôle partent par courriel.")
        )
    late = [
        one.verifier.name for one in known if _is_late(str(one.verifier), within=COSIGNED_WITHIN)
    ]
    return failed(", ".join(late)) if late else passed()


def pushed(look: Installation) -> Answer:
    """The security operations centre, where there is one, has what was signed minutes ago."""
    look.reach_database()
    if not settings.AUDIT_SOC_URL:
        return not_applicable(_("Aucun centre de supervision (SOC) n’est configuré."))
    peer = configured_peer()
    if not _is_late(peer, within=PUSHED_WITHIN):
        return passed()
    entries, _oldest, _failing = sent.behind(peer)
    text = ngettext("%(count)s entrée attend.", "%(count)s entrées attendent.", entries)
    return failed(text % {"count": entries})


def _is_late(peer: str, *, within: timedelta) -> bool:
    _entries, oldest, _failing = sent.behind(peer)
    return oldest is not None and oldest < timezone.now() - within
