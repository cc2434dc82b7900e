"""Makes ministries and people for tests."""

import factory
from django.utils.text import slugify

from isolation.scope import tenant_scope
from tenants.models import Member, Tenant, TenantMapping, User


class TenantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tenant

    name = factory.Sequence(lambda n: f"Ministère {n}")
    short_name = factory.Sequence(lambda n: f"ministere-{n}")


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"proconnect-{n}")
    issuer = "https://proconnect.test/api/v2"
    subject = factory.Sequence(lambda n: f"subject-{n}")


def make_tenant(name: str, *, domain: str, siret: str) -> Tenant:
    """A ministry with a domain and a SIRET that lead to it."""
    tenant = TenantFactory(name=name, short_name=domain.split(".")[0])
    TenantMapping.objects.create(tenant=tenant, kind="domain", value=domain)
    TenantMapping.objects.create(tenant=tenant, kind="siret", value=siret)
    return tenant


def make_member(tenant: Tenant, given_name: str, usual_name: str, *, user=None, roles=()) -> Member:
    """An active member; the address is the name at the tenant's domain."""
    domain = tenant.mappings.get(kind="domain").value
    with tenant_scope(tenant.id):
        return Member.objects.create(
            user=user or UserFactory(),
            given_name=given_name,
            usual_name=usual_name,
            email=f"{slugify(given_name)}.{slugify(usual_name)}@{domain}",
            roles=list(roles),
        )
