"""The catalogue of events is closed, typed and has a version."""

from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from audit import payloads
from audit.kinds import Kind
from audit.log import record, record_each
from audit.models import Event
from audit.payloads import PayloadRefused
from isolation.scope import tenant_scope
from visio.local.bootstrap import ROOT

# Of each version what its page says after the title. A change of the catalogue is a new version,
# whose line is added here; the older ones stay.
VERSIONS = {1: "4ad690013370c804"}

pytestmark = pytest.mark.django_db


def test_the_page_says_what_the_code_does():
    out = StringIO()
    call_command("audit_catalogue", stdout=out)
    page = out.getvalue()
    assert (ROOT / "docs/log-events.md").read_text() == page
    catalogue = page[page.index("|---") :]
    assert sha256(catalogue.encode()).hexdigest()[:16] == VERSIONS[payloads.VERSION]
    assert max(VERSIONS) == payloads.VERSION


@pytest.mark.parametrize(
    ("kind", "payload", "problem"),
    [
        (Kind.MUTED, {"why": "bruit"}, "muted: why is not known"),
        (Kind.MUTED, {"everybody": "oui"}, "muted: everybody is no boolean"),
        (Kind.HANDS_LOWERED, {"hands": True}, "hands_lowered: hands is no integer"),
        (Kind.CHAT_DELETED, {}, "chat_deleted: message is missing"),
        (Kind.SIGN_OUT, {"at_once": True}, "sign_out: at_once is not known"),
    ],
)
def test_what_the_catalogue_does_not_know_is_not_recorded(economie, kind, payload, problem):
    with tenant_scope(economie.id):
        with pytest.raises(PayloadRefused, match=problem):
            record(kind, **payload)
        with pytest.raises(PayloadRefused, match=problem):
            record_each(kind, {"somebody": payload}, actor=None, at=timezone.now())
        assert not Event.objects.filter(kind=kind).exists()
