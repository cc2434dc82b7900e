"""`manage.py member_leave`: closes a person's membership of a ministry."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from isolation.scope import tenant_scope
from tenants.models import Member, Tenant
from tenants.services import member_leaves


class Command(BaseCommand):
    help = "Note le départ d’un agent : ses sessions se ferment et il ne peut plus se connecter."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", required=True, help="nom court du ministère")
        parser.add_argument("--email", required=True)

    def handle(self, *, tenant, email, **options):
        try:
            with tenant_scope(Tenant.objects.get(short_name=tenant).id):
                member_leaves(email=email, now=timezone.now())
        except (Tenant.DoesNotExist, Member.DoesNotExist) as error:
            raise CommandError("Aucun agent actif n’a cette adresse dans ce ministère.") from error
        self.stdout.write("Le départ est noté.")
