"""`manage.py audit_erase`: takes a person's data out of a ministry's log (RGPD, article 17)."""

from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import people
from audit.keeper import NoKeeper
from tenants.naming import tenant_with_log


class Command(BaseCommand):
    help = (
        "Vide, dans tous les événements d’une personne, les noms, l’adresse et le détail ; rien ne les"
        " rend, et le journal se vérifie comme avant. L’effacement est inscrit au journal. Refusé"
        " tant qu’une conservation imposée retient un de ces événements."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--tenant", required=True, help="nom court du ministère, ou identifiant"
        )
        parser.add_argument("--person", required=True, type=UUID, help="identifiant au journal")
        parser.add_argument("--reason", required=True, help="motif, inscrit au journal")

    def handle(self, *, tenant, person, reason, **options):
        if not reason.strip():
            raise CommandError("Dites le motif.")
        try:
            count = people.erase(
                tenant_id=tenant_with_log(tenant),
                person_id=person,
                reason=reason.strip(),
                now=timezone.now(),
            )
        except people.Held as held:
            named = ", ".join(str(hold.id) for hold in held.holds)
            raise CommandError(f"Conservation imposée : {named} (manage.py audit_hold).") from None
        except NoKeeper as missing:
            raise CommandError(str(missing)) from missing
        self.stdout.write(f"{count} événement(s) vidé(s).")
