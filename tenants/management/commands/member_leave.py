"""`manage.py member_leave`: closes a person's membership of a ministry."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from isolation.scope import tenant_scope
from tenants.membership import deactivate
from tenants.models import Member, Tenant


class Command(BaseCommand):
    help = "Note le départ d’un agent : ses sessions se ferment et il ne peut plus se connecter."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", required=True, help="nom court du ministère")
        parser.add_argument("--email", required=True)

    def handle(self, *, tenant, email, **options):
        try:
            with tenant_scope(Tenant.objects.get(short_name=tenant).id):
                people = Member.objects.filter(email=email.lower())
                left = deactivate(people=people, by=None, now=timezone.now())
        except Tenant.DoesNotExist as error:
            raise CommandError(f"Aucun ministère n’a pour nom court « {tenant} ».") from error
        if not left:
            raise CommandError("Aucun agent actif n’a cette adresse dans ce ministère.")
        self.stdout.write("Le départ est noté.")
