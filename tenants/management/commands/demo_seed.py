"""`manage.py demo_seed`: the demonstration ministries, made once."""

import json
import unicodedata
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from isolation.scope import tenant_scope
from tenants.models import MappingKind, PromisedRole, Tenant
from tenants.services import create_tenant


class Command(BaseCommand):
    help = "Crée les ministères de démonstration et y promet leurs rôles aux personnes."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        if not settings.DEVELOPMENT:
            raise CommandError("Les données de démonstration n’ont pas leur place ici.")
        demo = json.loads(file.read_text())
        for described in demo["tenants"]:
            if not Tenant.objects.filter(short_name=described["short_name"]).exists():
                self._create(described, demo["people"])

    def _create(self, described, people):
        short_name = described["short_name"]
        promised = {
            self._address(person, described["domain"]): person["roles"]
            for person in people
            if person["tenant"] == short_name and person["roles"]
        }
        administrator = next(
            (email for email, roles in promised.items() if "administrator" in roles),
            f"administration@{described['domain']}",
        )
        tenant = create_tenant(
            name=described["name"],
            short_name=short_name,
            mappings=[
                (MappingKind.SIRET, described["siret"]),
                (MappingKind.DOMAIN, described["domain"]),
            ],
            administrator=administrator,
        )
        with tenant_scope(tenant.id):
            for email, roles in promised.items():
                PromisedRole.objects.update_or_create(email=email, defaults={"roles": roles})

    def _address(self, person, domain: str) -> str:
        name = f"{person['given_name']}.{person['usual_name']}".lower()
        plain = unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()
        return f"{plain}@{domain}"
