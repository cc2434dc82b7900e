"""`manage.py audit_person`: everything that a ministry's log holds of one person (RGPD, article 15)."""

from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import people
from tenants.naming import tenant_with_log


class Command(BaseCommand):
    help = (
        "Écrit, une ligne de JSON par événement, tout ce que le journal d’un ministère dit d’une"
        " personne. L’export est inscrit au journal. Relisez-le avant de le remettre : il nomme aussi"
        " d’autres personnes."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--tenant", required=True, help="nom court du ministère, ou identifiant"
        )
        parser.add_argument("--person", required=True, type=UUID, help="identifiant au journal")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE.jsonl")

    def handle(self, *, tenant, person, output, **options):
        try:
            count = people.export(
                tenant_id=tenant_with_log(tenant), person_id=person, path=output, now=timezone.now()
            )
        except FileExistsError:
            raise CommandError(f"{output} existe déjà.") from None
        except OSError as error:
            raise CommandError(f"{output} n’a pas pu être écrit : {error.strerror}.") from error
        self.stdout.write(f"{count} événement(s) dans {output}.")
