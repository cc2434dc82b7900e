"""`manage.py api_token_create`: a token for software of a ministry."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from isolation.scope import tenant_scope
from tenants.api_tokens.models import Scope
from tenants.api_tokens.services import LONGEST_DAYS, create_token
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Crée un jeton d’API pour un logiciel d’un ministère ; il n’est montré qu’ici."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", required=True, help="nom court du ministère")
        parser.add_argument("--name", required=True, help="nom du service, montré par le journal")
        parser.add_argument("--scope", action="append", required=True, choices=Scope.values)
        parser.add_argument("--days", type=int, default=180, help=f"{LONGEST_DAYS} au plus")

    def handle(self, *, tenant, name, scope, days, **options):
        try:
            with tenant_scope(Tenant.objects.get(short_name=tenant).id):
                token, text = create_token(
                    name=name, scopes=scope, days=days, by=None, now=timezone.now()
                )
        except Tenant.DoesNotExist as error:
            raise CommandError(f"Aucun ministère n’a pour nom court « {tenant} ».") from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stderr.write(f"Jeton {token.id}, valable jusqu’au {token.expires_at:%Y-%m-%d} :")
        self.stdout.write(text)
