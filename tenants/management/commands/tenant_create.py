"""`manage.py tenant_create`: an operator makes a ministry and names its first administrator."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from tenants import services
from tenants.models import MappingKind


class Command(BaseCommand):
    help = "Crée un ministère et désigne, par son adresse, sa première personne administratrice."

    def add_arguments(self, parser):
        parser.add_argument("name", help="nom complet du ministère")
        parser.add_argument("--short-name", required=True)
        parser.add_argument("--administrator", required=True, help="adresse électronique")
        parser.add_argument("--siret", action="append", default=[])
        parser.add_argument("--domain", action="append", default=[])
        parser.add_argument("--idp-id", action="append", default=[])

    def handle(self, *, name, short_name, administrator, siret, domain, idp_id, **options):
        mappings = [
            *((MappingKind.SIRET, value) for value in siret),
            *((MappingKind.DOMAIN, value) for value in domain),
            *((MappingKind.IDP, value) for value in idp_id),
        ]
        try:
            tenant = services.create_tenant(
                name=name, short_name=short_name, mappings=mappings, administrator=administrator
            )
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(
            f"{tenant.name} est créé. {administrator} l’administrera dès sa première connexion."
        )
