"""What goes over the wire, on one page: the messages of sockets and of LiveKit's data.

Every message has a `type`. Ids of people are their participant's UUID in hexadecimal, as in
LiveKit's identities.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

TOPIC = "visio"  # of everything that our server sends through LiveKit


def encode(message: dict[str, Any]) -> str:
    """A message as it goes over the wire."""
    return json.dumps(message, ensure_ascii=False)


class Message:
    """A message; `type` is the class's word."""

    type: ClassVar[str]

    def as_dict(self) -> dict[str, Any]:
        return {"type": self.type} | asdict(self)  # type: ignore[call-overload]


@dataclass(frozen=True)
class Person:
    """Somebody who waits, as whoever decides sees them. `since` is ISO 8601."""

    id: str
    name: str
    organisation: str
    proof: str
    email: str
    since: str


# --- To those who decide: /ws/host/SLUG/ ---------------------------------------------------------
@dataclass(frozen=True)
class Lobby(Message):
    """At the socket's opening: everybody who waits, in order."""

    type = "lobby"
    waiting: list[Person]


@dataclass(frozen=True)
class Knocked(Message):
    type = "knocked"
    person: Person


@dataclass(frozen=True)
class Decided(Message):
    """`state`: admitted, refused or gone; `by` is empty for who left."""

    type = "decided"
    id: str
    state: str
    by: str


# --- To those who wait: /ws/lobby/SLUG/DEVICE/ -----------------------------------------------------
@dataclass(frozen=True)
class Waits(Message):
    type = "waiting"
    host_present: bool


@dataclass(frozen=True)
class Turned(Message):
    """The person does not get in: refused, removed, locked or over."""

    kind: str
    state: str = ""

    @property
    def type(self) -> str:  # type: ignore[override]
        return self.kind

    def as_dict(self) -> dict[str, Any]:
        return {"type": self.kind} | ({"state": self.state} if self.state else {})


# --- To everybody in the room, through LiveKit -----------------------------------------------------
@dataclass(frozen=True)
class Somebody:
    id: str
    name: str


@dataclass(frozen=True)
class Notice(Message):
    """What was done and by whom; `person` where it concerns one."""

    type = "notice"
    what: str
    by: Somebody
    person: Somebody | None = None
    rights: dict[str, bool] | None = None
    role: str = ""


@dataclass(frozen=True)
class Writer:
    id: str
    name: str
    organisation: str


@dataclass(frozen=True)
class ChatLine:
    """One message of the chat; `from` on the wire."""

    id: str
    key: str
    by: Writer
    text: str
    at: str
    edited: bool

    def as_dict(self) -> dict[str, Any]:
        line = asdict(self)
        line["from"] = line.pop("by")
        return line


def chat(line: ChatLine) -> dict[str, Any]:
    """A new message, or an edited one under the same id."""
    return {"type": "chat", "message": line.as_dict()}


def chat_deleted(message_id: str, by: Somebody) -> dict[str, Any]:
    return {"type": "chat_deleted", "id": message_id, "by": asdict(by)}


def reaction(which: str, by: Somebody) -> dict[str, Any]:
    return {"type": "reaction", "reaction": which, "from": asdict(by)}
