"""Sockets as our pages open them, with the cookies of a browser."""

import asyncio
import contextlib

import pytest_asyncio
from channels.db import database_sync_to_async as in_thread
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections

_made: list[WebsocketCommunicator] = []


def socket(path: str, client=None, *, origin=None) -> WebsocketCommunicator:
    """Not connected yet; closed with its test."""
    from visio.asgi import application

    cookies = client.cookies.output(header="", sep=";") if client else ""
    headers = [
        (b"origin", (origin or settings.PUBLIC_URL).encode()),
        (b"cookie", cookies.strip().encode()),
    ]
    one = WebsocketCommunicator(application, path, headers=headers)
    _made.append(one)
    return one


async def said(one: WebsocketCommunicator, kind: str) -> dict:
    """The next message of this type; what comes before it is passed over."""
    while True:
        message = await one.receive_json_from(timeout=5)
        if message["type"] == kind:
            return message


async def closed(one: WebsocketCommunicator) -> int:
    """The code with which the server closes; what it says before is passed over."""
    while True:
        output = await one.receive_output(timeout=5)
        if output["type"] == "websocket.close":
            return output["code"]


@pytest_asyncio.fixture
async def sockets_end(db):
    """Each test has an event loop of its own: no socket, no connection to Valkey and none of the
    thread that serves asynchronous code outlives it."""
    channel_layers.backends.clear()
    yield
    for one in _made:
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await one.disconnect(timeout=5)
    _made.clear()
    channel_layers.backends.clear()
    await in_thread(connections.close_all)()
