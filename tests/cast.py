"""The named cast: a host, colleagues, an administrator, an auditor, and an outsider.

Economie hosts; Sante is the ministry that is invited; Justice is the one that must see nothing.
"""

import pytest
from django.test import Client

from tenants.models import Role
from tests.factories import make_member, make_tenant


@pytest.fixture
def economie(db):
    return make_tenant("Ministère de l’Économie", domain="economie.test", siret="11000001500013")


@pytest.fixture
def sante(db):
    return make_tenant("Ministère de la Santé", domain="sante.test", siret="11000002300017")


@pytest.fixture
def justice(db):
    return make_tenant("Ministère de la Justice", domain="justice.test", siret="11000003100011")


@pytest.fixture
def host(economie):
    """Organises the meetings."""
    return make_member(economie, "Hélène", "Hôte", roles=[Role.ORGANISER])


@pytest.fixture
def colleague(economie):
    """Works in the host's ministry."""
    return make_member(economie, "Camille", "Collègue")


@pytest.fixture
def invitee(sante):
    """Works in another ministry and is invited."""
    return make_member(sante, "Inès", "Invitée")


@pytest.fixture
def outsider(justice):
    """Works in a third ministry and must see nothing of the others."""
    return make_member(justice, "Omar", "Outsider", roles=[Role.ORGANISER])


@pytest.fixture
def administrator(economie):
    return make_member(economie, "Adèle", "Admin", roles=[Role.ADMINISTRATOR])


@pytest.fixture
def auditor(economie):
    return make_member(economie, "Aude", "Auditrice", roles=[Role.AUDITOR])


def sign_in(member, *, acr: str = "eidas1", auth: str = "proconnect") -> Client:
    """A browser in which this member is signed in and works in their ministry."""
    client = Client(headers={"host": "localhost"})
    client.force_login(member.user, backend="tenants.proconnect.backend.ProConnectBackend")
    session = client.session
    session.update({"tenant_id": str(member.tenant_id), "acr": acr, "amr": [], "auth": auth})
    session.save()
    return client


@pytest.fixture
def signed_in():
    """`signed_in(host)` is a client in which the host is signed in."""
    return sign_in
