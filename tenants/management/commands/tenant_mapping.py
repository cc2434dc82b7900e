"""`manage.py tenant_mapping`: which claims of ProConnect lead to a ministry, in which order."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from tenants.models import MappingKind, Tenant
from tenants.services import change_mapping

OPTIONS = {"siret": MappingKind.SIRET, "domain": MappingKind.DOMAIN, "idp_id": MappingKind.IDP}


class Command(BaseCommand):
    help = "Change les SIRET, domaines et fournisseurs d’identité d’un ministère, et leur ordre."

    def add_arguments(self, parser):
        parser.add_argument("--tenant", required=True, help="nom court du ministère")
        parser.add_argument("--order", nargs="+", choices=MappingKind.values)
        for name in OPTIONS:
            option = name.replace("_", "-")
            parser.add_argument(f"--{option}", action="append", default=[], dest=name)
            parser.add_argument(
                f"--remove-{option}", action="append", default=[], dest=f"remove_{name}"
            )

    def handle(self, *, tenant, order, **options):
        def pairs(prefix: str):
            return [(k, v) for name, k in OPTIONS.items() for v in options[prefix + name]]

        try:
            found = Tenant.objects.get(short_name=tenant)
            kinds = [MappingKind(kind) for kind in order] if order else None
            change_mapping(tenant=found, order=kinds, add=pairs(""), remove=pairs("remove_"))
        except Tenant.DoesNotExist as error:
            raise CommandError(f"Aucun ministère n’a pour nom court « {tenant} ».") from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        for mapping in found.mappings.order_by("kind", "value"):
            self.stdout.write(f"{mapping.kind:<8} {mapping.value}")
        self.stdout.write(f"ordre : {', '.join(found.mapping_order)}")
