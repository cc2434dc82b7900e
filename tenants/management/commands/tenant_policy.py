"""`manage.py tenant_policy`: what a ministry allows."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from tenants.models import Tenant
from tenants.services import change_policy

YES_AND_NO = {"true": True, "false": False}


class Command(BaseCommand):
    help = "Change les règles d’un ministère, par exemple link_admits_members=false."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", required=True, help="nom court du ministère")
        parser.add_argument("rules", nargs="+", metavar="RÈGLE=VALEUR")

    def handle(self, *, tenant, rules, **options):
        typed = dict(rule.partition("=")[::2] for rule in rules)
        changes = {name: YES_AND_NO.get(value, value) for name, value in typed.items()}
        try:
            found = Tenant.objects.get(short_name=tenant)
            policy = change_policy(tenant=found, **changes)
        except Tenant.DoesNotExist as error:
            raise CommandError(f"Aucun ministère n’a pour nom court « {tenant} ».") from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        for name in changes:
            self.stdout.write(f"{name} = {getattr(policy, name)}")
