"""What proves the log, as the self-check looks at it."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from audit import sent
from isolation.scope import tenant_scope
from tests.anssi_check.asking import ask, refused
from tests.audit.logbook import as_owner, checkpoint, happen, sequence
from tests.fakes.witness import FakeWitness
from visio.anssi_check.answers import Result

# The superuser's connection sees what is committed only.
pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def later(minutes: int):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True)


@pytest.fixture
def log(economie):
    happen(economie, 5)
    sequence(economie, now=timezone.now())
    return economie


def test_a_log_that_fits_what_was_signed(log):
    found = ask("seal")
    assert found.result is Result.PASSED
    assert "5 entrées" in found.detail


def test_a_log_that_somebody_edited_and_one_that_nobody_seals(log, sante):
    as_owner("UPDATE audit_event SET actor_name = 'x'")
    assert refused("seal").detail.startswith("1 journal ne concorde plus")  # and not whose
    happen(sante)
    with later(2):
        refused("seal", "attendent leur scellement")


def test_a_witness_that_has_seen_nothing_for_an_hour(log, settings):
    witness = FakeWitness()
    settings.AUDIT_WITNESSES = f"{witness.key} https://temoin.test/w1"
    assert ask("cosigned").result is Result.PASSED  # there is still time
    with later(61):
        assert refused("cosigned").detail == witness.signer.name
    reached(log, witness.key)
    with later(61):
        assert ask("cosigned").result is Result.PASSED


def test_a_receiver_that_takes_nothing(log, settings):
    settings.AUDIT_SOC_URL = "syslog+tls://soc.test:6514"
    assert ask("pushed").result is Result.PASSED
    with later(6):
        assert refused("pushed").detail == "5 entrées attendent."
    reached(log, "syslog+tls://soc.test:6514")
    with later(6):
        assert ask("pushed").result is Result.PASSED


def reached(tenant, peer: str) -> None:
    now = timezone.now()
    with tenant_scope(tenant.id):
        sent.take_turn(peer, now=now)
        sent.has(peer, checkpoint(tenant).size, now=now, again_after=timedelta())
