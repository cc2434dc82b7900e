"""What we ask of LiveKit's server, as plain functions; errors.py says how each can fail."""

import atexit
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import aiohttp
import structlog
from django.conf import settings
from livekit import api
from livekit.protocol.models import ParticipantInfo, ParticipantPermission

from meetings.livekit.errors import LiveKitRefused, LiveKitUnavailable
from meetings.livekit.grants import Standing, shown_of
from meetings.livekit.loop import background_loop, run

log = structlog.get_logger(__name__)
T = TypeVar("T")

# A web request waits for no more than two tries of this many seconds.
TIMEOUT = 1.5
TRIES = 2
# How long LiveKit keeps a room in which nobody is yet, or nobody is left.
EMPTY_ROOM_SECONDS = 300
DEPARTED_ROOM_SECONDS = 60

_clients: dict[tuple, api.LiveKitAPI] = {}


@dataclass(frozen=True)
class RoomParticipant:
    """Somebody who is in a room right now, and what they send from their microphone."""

    identity: str
    sid: str
    joined_at: datetime
    # Ids of the microphone's tracks that are not muted.
    microphones: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)


def create_room(room: str, metadata: str = "") -> None:
    """Makes the room; one that exists is left as it is."""
    request = api.CreateRoomRequest(
        name=room,
        empty_timeout=EMPTY_ROOM_SECONDS,
        departure_timeout=DEPARTED_ROOM_SECONDS,
        metadata=metadata,
    )
    _ask("create_room", lambda client: client.room.create_room(request))


def delete_room(room: str) -> None:
    """Puts everybody out and forgets the room; one that does not exist is fine."""
    request = api.DeleteRoomRequest(room=room)
    _ask("delete_room", lambda client: client.room.delete_room(request), absent=None)


def list_participants(room: str) -> list[RoomParticipant]:
    """Who is in the room, in no particular order; nobody is in a room that does not exist."""
    request = api.ListParticipantsRequest(room=room)
    answer = _ask(
        "list_participants", lambda client: client.room.list_participants(request), absent=None
    )
    return [
        RoomParticipant(
            p.identity,
            p.sid,
            datetime.fromtimestamp(p.joined_at_ms / 1000 if p.joined_at_ms else p.joined_at, UTC),
            tuple(
                t.sid for t in p.tracks if t.source == api.TrackSource.MICROPHONE and not t.muted
            ),
            shown_of(p),
        )
        for p in (answer.participants if answer else [])
        if p.state != ParticipantInfo.DISCONNECTED
    ]


def remove_participant(room: str, identity: str) -> None:
    """Puts one connection out; somebody who has left is fine."""
    request = api.RoomParticipantIdentity(room=room, identity=identity)
    _ask("remove_participant", lambda client: client.room.remove_participant(request), absent=None)


def update_participant(room: str, identity: str, standing: Standing) -> None:
    """Changes at once what somebody may send and what is shown of them: tracks that are no longer
    allowed are taken out by LiveKit. Somebody who has left is fine."""
    request = api.UpdateParticipantRequest(
        room=room,
        identity=identity,
        name=standing.name,
        attributes=standing.attributes,
        permission=ParticipantPermission(
            can_subscribe=True,
            can_publish=bool(standing.sources),
            can_publish_data=False,
            can_update_metadata=False,
            can_publish_sources=[
                getattr(api.TrackSource, name.upper()) for name in standing.published_sources
            ],
        ),
    )
    _ask("update_participant", lambda client: client.room.update_participant(request), absent=None)


def mute_track(room: str, identity: str, track: str) -> None:
    """Mutes one track; its owner may switch it on again. One that is gone is fine."""
    request = api.MuteRoomTrackRequest(room=room, identity=identity, track_sid=track, muted=True)
    try:
        _ask("mute_track", lambda client: client.room.mute_published_track(request))
    except LiveKitUnavailable:
        # Of somebody who has left LiveKit gives no answer, and we no other than that.
        if any(present.identity == identity for present in list_participants(room)):
            raise


def update_room(room: str, metadata: str) -> None:
    """What everybody in the room, and whoever comes later, is told of the room itself."""
    request = api.UpdateRoomMetadataRequest(room=room, metadata=metadata)
    _ask("update_room", lambda client: client.room.update_room_metadata(request), absent=None)


def send(room: str, topic: str, data: bytes) -> None:
    """Tells everybody who is in the room now; a room that does not exist is fine."""
    request = api.SendDataRequest(room=room, data=data, kind=api.DataPacket.RELIABLE, topic=topic)
    try:
        _ask("send", lambda client: client.room.send_data(request))
    except LiveKitUnavailable:
        # Of a room that does not exist LiveKit gives no answer: days of trying again would not help.
        if _exists(room):
            raise


def _exists(room: str) -> bool:
    request = api.ListRoomsRequest(names=[room])
    return bool(_ask("list_rooms", lambda client: client.room.list_rooms(request)).rooms)


_MUST_EXIST = object()


def _ask(
    what: str, call: Callable[[api.LiveKitAPI], Awaitable[T]], *, absent: Any = _MUST_EXIST
) -> T:
    """Every call here may be repeated safely, so a fault of the network is tried once more."""
    for attempt in range(TRIES):
        try:
            return run(_call(call), timeout=TIMEOUT)
        except api.TwirpError as error:
            if error.code == "not_found" and absent is not _MUST_EXIST:
                return absent
            if error.status < 500 and error.status != 429:
                log.error("livekit_refused", what=what, code=error.code)
                raise LiveKitRefused(what) from error
            failure: Exception = error
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            failure = error
        log.warning("livekit_unavailable", what=what, attempt=attempt, error=type(failure).__name__)
        if attempt + 1 < TRIES:
            time.sleep(random.uniform(0.02, 0.1))
    raise LiveKitUnavailable(what) from failure


async def _call(call: Callable[[api.LiveKitAPI], Awaitable[T]]) -> T:
    return await call(_client())


def _client() -> api.LiveKitAPI:
    """This process's client; made on its loop, which keeps connections open between calls."""
    key = (id(background_loop()), settings.LIVEKIT_API_URL, settings.LIVEKIT_API_KEY)
    if key not in _clients:
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
        _clients[key] = api.LiveKitAPI(
            settings.LIVEKIT_API_URL,
            settings.LIVEKIT_API_KEY,
            settings.LIVEKIT_API_SECRET,
            session=session,
            failover=False,
        )
        atexit.register(run, session.close(), timeout=1)
    return _clients[key]
