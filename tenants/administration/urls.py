"""The administrators' pages about people, what leads them here, rules and branding."""

from django.urls import path, register_converter

from tenants.administration import (
    views_branding,
    views_mapping,
    views_members,
    views_policies,
)


class DigestConverter:
    """A SHA-256 in hexadecimal."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(DigestConverter, "sha256")

urlpatterns = [
    path("administration/agents/", views_members.members, name="administration_members"),
    path(
        "administration/agents/changer/",
        views_members.change,
        name="administration_members_change",
    ),
    path("administration/agents.csv", views_members.export, name="administration_members_csv"),
    path("administration/rattachement/", views_mapping.mapping, name="administration_mapping"),
    path("administration/regles/", views_policies.rule_book, name="administration_policies"),
    path("administration/identite/", views_branding.identity, name="administration_branding"),
    path("logo/<uuid:tenant_id>/<sha256:digest>.png", views_branding.logo, name="logo"),
]
