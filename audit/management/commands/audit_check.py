"""`manage.py audit_check`: compares every event with the tree and with what was signed."""

from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit import sequencer
from audit.checking import check


class Command(BaseCommand):
    help = (
        "Vérifie les journaux de bout en bout, et nomme la première entrée qui n’est plus ce qu’elle"
        " était. Avec --since, le journal d’aujourd’hui doit commencer par celui du point de contrôle"
        " que quelqu’un détient : seule preuve contre qui réécrit tout et signe de nouveau."
    )

    def add_arguments(self, parser):
        parser.add_argument("--tenant", type=UUID, help="identifiant d’un ministère ; sinon tous")
        parser.add_argument("--since", type=Path, help="fichier d’un point de contrôle antérieur")

    def handle(self, *, tenant, since, **options):
        if since and not tenant:
            raise CommandError("--since est le point de contrôle d’un journal : dites --tenant.")
        held = None
        if since:
            try:
                held = since.read_bytes()
            except OSError as error:
                raise CommandError(f"{since} : {error.strerror}.") from error
        bad = 0
        for tenant_id in [tenant] if tenant else sequencer.tenants_with_log():
            report = check(tenant_id, since=held)
            if findings := report.in_order():
                bad += 1
                self.stdout.write(f"✗ {tenant_id} : {findings[0]}")
                for finding in findings[1:]:
                    self.stdout.write(f"    {finding}")
            else:
                self.stdout.write(f"✓ {tenant_id} : {report.size} entrées intactes.")
        if bad:
            raise CommandError(f"{bad} journal(aux) altéré(s).")
