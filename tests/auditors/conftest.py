"""A small log: an afternoon in the ministry of Hélène, with guests, refusals and a foreign copy."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from audit.kinds import Kind, Outcome
from audit.log import record
from audit.models import Event
from isolation.scope import tenant_scope
from meetings.scheduling import Plan, schedule_meeting

NOON = datetime(2026, 9, 2, 12, tzinfo=UTC)
# What stands in the log without being asked for: planning, and reading it.
UNASKED = ("meeting_created", "log_read", "log_reason_stated")
# A second factor, as ProConnect says it.
MFA = "eidas2"


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


class Somebody:
    """A person as the log knows them."""

    def __init__(self, name: str):
        self.id, self.audit_name = uuid4(), name


WHY = {"reason": "Contrôle trimestriel", "reference": "2026-117"}


def state_reason(client, **said):
    """Says why the log is read, as the form does; answers the form's answer."""
    return client.post("/audit/motif/", WHY | said)


def opens_the_log(signed_in, member):
    """The browser of an auditor, signed in with a second factor, who has said why they read."""
    client = signed_in(member, acr=MFA)
    assert state_reason(client).status_code == 302
    return client


@pytest.fixture
def reader(signed_in, auditor):
    """The auditor's browser; the reason is stated, and what that wrote is of no matter here."""
    return opens_the_log(signed_in, auditor)


@pytest.fixture
def log(economie, sante, host):
    """What happened, by name; two meetings and one of another ministry's."""
    lea, bo = Somebody("Léa D’Œuvre-Martin"), Somebody("Bo Li")
    with tenant_scope(economie.id):
        plan = Plan("Comité budgétaire d’été", "", at(0), at(60), "Europe/Paris")
        committee = schedule_meeting(plan=plan, by=host)
        plan = Plan("Point d’équipe", "", at(0), at(60), "Europe/Paris")
        team = schedule_meeting(plan=plan, by=host)
        foreign = uuid4()
        made = {
            "sign_in": record(Kind.SIGN_IN, actor=lea, at=at(-60)),
            "refusal": record(
                Kind.SIGN_IN_REFUSED,
                actor=bo,
                outcome=Outcome.REFUSED,
                at=at(-50),
                reason="member_left",
            ),
            "start": record(Kind.MEETING_STARTED, actor=host, meeting_id=committee.id, at=at(0)),
            "knock": record(
                Kind.LOBBY_KNOCKED,
                actor=lea,
                subject=lea,
                meeting_id=committee.id,
                at=at(1),
                proof="none",
            ),
            "admission": record(
                Kind.LOBBY_ADMITTED, actor=host, subject=lea, meeting_id=committee.id, at=at(2)
            ),
            "arrival": record(
                Kind.PARTICIPANT_JOINED,
                actor=lea,
                subject=lea,
                meeting_id=committee.id,
                at=at(3),
                noticed="webhook",
            ),
            "muting": record(Kind.MUTED, actor=host, subject=lea, meeting_id=team.id, at=at(4)),
            "end": record(Kind.MEETING_ENDED, actor=host, meeting_id=committee.id, at=at(58)),
            "copy": Event.objects.create(
                kind=Kind.LOBBY_ADMITTED,
                at=at(70),
                actor_id=str(uuid4()),
                actor_name="Inès Invitée",
                subject_id=str(bo.id),
                subject_name="Bo Li",
                meeting_id=foreign,
                delivered_from=sante.id,
            ),
        }
    return SimpleNamespace(committee=committee, team=team, foreign=foreign, lea=lea, bo=bo, **made)


@pytest.fixture
def events(economie):
    """`events("log_read")`: what is written of this kind, oldest first."""

    def find(kind: str, tenant=economie) -> list[Event]:
        with tenant_scope(tenant.id):
            return list(Event.objects.filter(kind=kind).order_by("at"))

    return find


def shown(answer) -> list[str]:
    """The kinds of the rows of a page, in order, without what nobody asked for."""
    lines = [line.event.kind for line in answer.context["lines"]]
    return [kind for kind in lines if kind not in UNASKED]


def search(client, follow: bool = True, **fields):
    """Sends the form as a person does, and goes where it leads."""
    return client.post("/audit/recherche/", fields, follow=follow)
