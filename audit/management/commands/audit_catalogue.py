"""Tells the catalogue of events: `manage.py audit_catalogue > docs/log-events.md`."""

from django.core.management.base import BaseCommand
from django.utils.translation import override

from audit import payloads
from audit.kinds import Kind, Outcome

HEAD = """\
# The events of the log, version {version}

Every event tells who did it (`actor`), in whose name (`on_behalf_of`), to whom or to what (`subject`),
about which meeting, when (`at`, UTC), in which request, from which network address where the ministry
keeps it, and how it ended: {outcomes}. A copy of another ministry's event says whose
(`delivered_from`). How that is sealed stands in [log-format.md](log-format.md).

Beside it each kind tells its own, its payload. Nothing here is ever renamed, taken away or given
another meaning; a new kind or a new field makes a new version, and what old events lack is optional
(marked `?`). `manage.py audit_catalogue` writes this page, and no event that differs from it is
recorded.

| Kind | In the portal | Payload |
|---|---|---|
"""


class Command(BaseCommand):
    help = "Writes the catalogue of events, their kinds and payloads, as Markdown."

    def handle(self, *args, **options) -> None:
        outcomes = ", ".join(f"`{outcome.value}`" for outcome in Outcome)
        text = HEAD.format(version=payloads.VERSION, outcomes=outcomes)
        with override("fr"):
            for kind in Kind:
                text += f"| `{kind.value}` | {kind.label} | {_told(kind)} |\n"
        self.stdout.write(text, ending="")


def _told(kind: Kind) -> str:
    fields = payloads.PAYLOADS.get(kind, payloads.NOTHING)
    told = [f"`{name}` {type_.name}" for name, type_ in fields.required.items()]
    told += [f"`{name}?` {type_.name}" for name, type_ in fields.optional.items()]
    return ", ".join(told)
