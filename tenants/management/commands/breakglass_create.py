"""`manage.py breakglass_create`: an administrator's account for when ProConnect does not answer."""

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from tenants.breakglass import create_account
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Crée un compte de secours d’administration ; son mot de passe n’est montré qu’ici."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", required=True, help="nom court du ministère")
        parser.add_argument("--email", required=True)

    def handle(self, *, tenant, email, **options):
        try:
            password = create_account(tenant=Tenant.objects.get(short_name=tenant), email=email)
        except Tenant.DoesNotExist as error:
            raise CommandError(f"Aucun ministère n’a pour nom court « {tenant} ».") from error
        except IntegrityError as error:
            raise CommandError("Cette adresse a déjà un compte de secours.") from error
        self.stdout.write(f"Mot de passe, montré une seule fois : {password}")
        self.stdout.write("À la première connexion (/secours/), un second facteur est demandé.")
