"""What the tests of pruning and erasing ask of a log."""

import subprocess
from pathlib import Path

from django.core.management import call_command

from audit.checking import check
from audit.models import Checkpoint, Event, Leaf, Tile
from audit.verify.verification import Verified, verify
from isolation.scope import tenant_scope


def events(tenant, kind=None) -> list[Event]:
    with tenant_scope(tenant.id):
        found = Event.objects.filter(kind=kind) if kind else Event.objects.all()
        return list(found.order_by("at", "id"))


def rows(tenant) -> list:
    """Everything of a log, to see that nothing has changed."""
    with tenant_scope(tenant.id):
        return [
            list(model.objects.order_by("pk").values()) for model in (Event, Leaf, Tile, Checkpoint)
        ]


def assert_proven(tenant, folder: Path, *, since: str) -> Verified:
    """The log is whole for us, for whoever gets an export of it and holds an earlier checkpoint."""
    assert [str(each) for each in check(tenant.id, since=since).findings] == []
    number = len(list(folder.iterdir()))
    path, kept = folder / f"{number}.zip", folder / f"{number}.note"
    call_command("audit_export", "--tenant", str(tenant.id), "--output", str(path), verbosity=0)
    kept.write_text(since)
    return verify(str(path), since=str(kept), processes=1)


def go_believes(verifier: Path, folder: Path) -> None:
    """The second verifier too, of every export in the folder."""
    for bundle in folder.glob("*.zip"):
        done = subprocess.run([verifier, bundle], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
