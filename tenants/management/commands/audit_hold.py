"""`manage.py audit_hold`: keeps what a court or a service orders to keep, and lets go of it."""

from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import holds
from audit.keeper import NoKeeper
from audit.models import LegalHold
from isolation.scope import tenant_scope
from tenants.naming import tenant_with_log


class Command(BaseCommand):
    help = (
        "Impose de conserver le journal d’un ministère, ou ce qu’il dit d’une réunion ou d’une"
        " personne : rien n’en est purgé ni effacé. Avec --lift, lève une conservation. Sans --reason,"
        " montre celles qui sont en vigueur."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--tenant", required=True, help="nom court du ministère, ou identifiant"
        )
        parser.add_argument("--reason", default="", help="motif, inscrit au journal")
        parser.add_argument("--by", default="", help="qui l’ordonne, inscrit au journal")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--meeting", type=UUID, help="identifiant d’une réunion")
        what.add_argument("--person", type=UUID, help="identifiant d’une personne au journal")
        what.add_argument("--lift", type=UUID, metavar="ID", help="la conservation à lever")

    def handle(self, *, tenant, reason, by, meeting, person, lift, **options):
        tenant_id, reason, by = tenant_with_log(tenant), reason.strip(), by.strip()
        if not (reason or by or meeting or person or lift):
            self._show(tenant_id)
            return
        if not (reason and by):
            raise CommandError("Dites le motif (--reason) et qui l’ordonne (--by).")
        said = {"tenant_id": tenant_id, "reason": reason, "by": by, "now": timezone.now()}
        try:
            if lift:
                holds.lift(hold_id=lift, **said)
                self.stdout.write(f"{lift} levée.")
            else:
                hold = holds.put(meeting_id=meeting, person_id=person, **said)
                self.stdout.write(f"{hold.id} en vigueur.")
        except LegalHold.DoesNotExist:
            raise CommandError(f"Aucune conservation n’a pour identifiant {lift}.") from None
        except holds.AlreadyLifted:
            raise CommandError(f"{lift} est déjà levée.") from None
        except NoKeeper as missing:
            raise CommandError(str(missing)) from missing

    def _show(self, tenant_id: UUID) -> None:
        with tenant_scope(tenant_id):
            found = list(holds.in_force())
        for hold in found:
            if hold.meeting_id:
                what = f"réunion {hold.meeting_id}"
            elif hold.person_id:
                what = f"personne {hold.person_id}"
            else:
                what = "tout le journal"
            since = timezone.localtime(hold.since).isoformat(timespec="minutes")
            self.stdout.write(f"{hold.id} : {what}, depuis le {since}, {hold.by} : {hold.reason}")
        if not found:
            self.stdout.write("Aucune conservation n’est imposée.")
