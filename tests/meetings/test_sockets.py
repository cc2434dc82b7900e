"""The agenda's socket: who gets one, what it says, and that it says it to nobody else."""

import asyncio
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async as sync_to_async
from django.utils import timezone

from isolation.scope import tenant_scope
from meetings.push import agenda_changed
from meetings.scheduling import Plan, schedule_meeting
from tenants.models import Member, MemberState
from tests.meetings.sockets import socket, sockets_end

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.asyncio,
    pytest.mark.usefixtures("sockets_end"),
]
__all__ = ["sockets_end"]


def agenda(client=None, *, origin=None):
    return socket("/ws/agenda/", client, origin=origin)


@pytest.fixture
def open_agenda(signed_in):
    """`await open_agenda(member)` is an open socket of this member."""
    sockets = []

    async def connect(member):
        one = agenda(await sync_to_async(signed_in)(member))
        sockets.append(one)
        accepted, _ = await one.connect(timeout=5)
        assert accepted
        return one

    return connect


async def test_without_a_session_there_is_no_socket():
    accepted, code = await agenda().connect(timeout=5)
    assert (accepted, code) == (False, 4401)


async def test_another_sites_page_gets_no_socket(signed_in, host):
    client = await sync_to_async(signed_in)(host)
    accepted, _ = await agenda(client, origin="https://ailleurs.test").connect(timeout=5)
    assert not accepted


async def test_who_has_left_gets_no_socket(signed_in, host):
    client = await sync_to_async(signed_in)(host)

    @sync_to_async
    def leave():
        with tenant_scope(host.tenant_id):
            Member.objects.update(state=MemberState.LEFT)

    await leave()
    accepted, code = await agenda(client).connect(timeout=5)
    assert (accepted, code) == (False, 4401)


async def test_an_invitation_is_pushed_to_the_invitee_and_to_nobody_else(
    open_agenda, host, invitee, outsider, run_outbox
):
    agendas = [await open_agenda(who) for who in (host, invitee, outsider)]

    @sync_to_async
    def plan():
        now = timezone.now()
        with tenant_scope(host.tenant_id):
            schedule_meeting(
                plan=Plan("x", "", now, now + timedelta(hours=1), "UTC", (invitee.email,)),
                by=host,
            )
        run_outbox()

    await plan()
    for agenda in agendas[:2]:
        assert await agenda.receive_json_from(timeout=5) == {"type": "agenda_changed"}
    assert await agendas[2].receive_nothing(timeout=0.5)
    for agenda in agendas:
        await agenda.disconnect()


async def test_whoever_talks_is_not_our_page(open_agenda, host):
    agenda = await open_agenda(host)
    await agenda.send_to(text_data='{"type": "agenda.changed", "group": "all"}')
    answer = await agenda.receive_output(timeout=5)
    assert (answer["type"], answer["code"]) == ("websocket.close", 1008)


async def test_a_push_without_valkey_is_lost_quietly(host, settings):
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:9/0"]},
        }
    }
    from channels.layers import channel_layers

    channel_layers.backends.clear()
    await asyncio.to_thread(agenda_changed, host.tenant_id, host.email)
    channel_layers.backends.clear()
