"""What LiveKit is told of a participant: what they may send, and what the others see of them."""

from dataclasses import dataclass, field

SOURCES = {
    "microphone": ("microphone",),
    "camera": ("camera",),
    "share": ("screen_share", "screen_share_audio"),
}


@dataclass(frozen=True)
class Standing:
    """A participant as LiveKit knows them.

    `sources`: words of SOURCES that may be published. Nobody publishes data: what is said in a
    room besides pictures and sound passes through our server. `attributes` are shown to everybody.
    """

    name: str
    sources: frozenset[str]
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> dict[str, str]:
        """The attributes that say something; see shown_of."""
        return shown_of(self)

    @property
    def published_sources(self) -> list[str]:
        """LiveKit's names, in a fixed order."""
        return [name for word, names in SOURCES.items() if word in self.sources for name in names]


def shown_of(participant) -> dict[str, str]:
    """The attributes of a standing, or of LiveKit's participant. LiveKit keeps one that is empty
    in a token, and drops one that is set to nothing later."""
    return {name: value for name, value in participant.attributes.items() if value}


def token_grant(room: str, standing: Standing) -> dict:
    """The `video` claim of an access token. An empty list of sources would allow all of them."""
    return {
        "room": room,
        "roomJoin": True,
        "roomAdmin": False,
        "roomCreate": False,
        "canPublish": bool(standing.sources),
        "canPublishSources": standing.published_sources,
        "canPublishData": False,
        "canSubscribe": True,
        "canUpdateOwnMetadata": False,
        "hidden": False,
    }
