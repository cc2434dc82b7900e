"""`manage.py api_token_revoke`: a token opens nothing any more."""

from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from isolation.scope import tenant_scope
from tenants.api_tokens.models import ApiToken
from tenants.api_tokens.services import revoke_token
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Révoque un jeton d’API ; le logiciel qui l’utilise cesse aussitôt d’accéder à Visio."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", required=True, help="nom court du ministère")
        parser.add_argument("--id", dest="token_id", required=True, type=UUID)

    def handle(self, *, tenant, token_id, **options):
        try:
            with tenant_scope(Tenant.objects.get(short_name=tenant).id):
                token = revoke_token(token_id=token_id, by=None, now=timezone.now())
        except (Tenant.DoesNotExist, ApiToken.DoesNotExist) as error:
            raise CommandError("Ce ministère n’a pas de jeton de cet identifiant.") from error
        self.stdout.write(f"Le jeton de « {token.name} » est révoqué.")
