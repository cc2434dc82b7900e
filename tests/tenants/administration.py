"""What the tests of the administrators' portal share."""

from audit.models import Event
from isolation.scope import tenant_scope
from tenants.models import Member, Role
from tests.cast import sign_in
from tests.factories import make_member

MEMBERS = "/administration/agents/"
CHANGE = "/administration/agents/changer/"
EXPORT = "/administration/agents.csv"
MAPPING = "/administration/rattachement/"
POLICIES = "/administration/regles/"
BRANDING = "/administration/identite/"


def administer(member):
    """A browser in which the member is signed in with a second factor."""
    return sign_in(member, acr="eidas2")


def second_administrator(tenant) -> Member:
    return make_member(tenant, "Second", "Administrateur", roles=[Role.ADMINISTRATOR])


def now(member) -> Member:
    """The member as the database has them."""
    with tenant_scope(member.tenant_id):
        return Member.objects.get(id=member.id)


def events(tenant, *kinds) -> list[Event]:
    with tenant_scope(tenant.id):
        return list(Event.objects.filter(kind__in=kinds).order_by("id"))


def act(client, what: str, *people, **more):
    """Ticks people and applies an act."""
    return client.post(CHANGE, {"act": what, "member": [str(one.id) for one in people]} | more)
