"""Asks one check, and says what its failure must tell."""

from visio.anssi_check.answers import Finding, Result, find
from visio.anssi_check.installation import Installation
from visio.anssi_check.table import TABLE

ADDRESS = "/administration/securite/"
CHECKS = {check.key: check for _title, checks in TABLE for check in checks}
# What this version cannot pass yet.
UNBUILT: set[str] = set()


def ask(key: str, look: Installation | None = None) -> Finding:
    return find(CHECKS[key], look or Installation())


def refused(key: str, *told: str, look: Installation | None = None) -> Finding:
    """The check fails, with its guide, a mend, and what it names."""
    found = ask(key, look)
    assert found.result is Result.FAILED, found
    assert found.guide == CHECKS[key].guide
    assert found.mend
    for word in told:
        assert word in found.detail, found.detail
    return found


def without(settings, middleware: str) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != middleware]
