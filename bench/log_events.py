"""Ten million events of fifty ministries: names, addresses, meetings and words as they come together.

A large ministry holds more than a fifth of them, in a year; the others go back three years.
"""

import json
import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from uuid import UUID

EVENTS = 10_000_000
END = datetime(2026, 11, 25, tzinfo=UTC)
DAYS, DAYS_OF_THE_LARGE = 3 * 365, 365
TENANTS, SHARE_OF_THE_LARGE = 50, 0.22
PER_MEETING = 60  # events, about
COLUMNS = (
    "id, tenant_id, kind, at, actor_id, actor_name, on_behalf_of, subject_id, subject_name,"
    " meeting_id, outcome, request_id, origin, payload"
)
FIRST_NAMES = [
    "Marie",
    "Jean",
    "Hélène",
    "Pierre",
    "Anne",
    "François",
    "Zoé",
    "Léa",
    "Michel",
    "Noël",
    "Inès",
    "Théo",
    "Amélie",
    "Jean-Marc",
    "Chloé",
    "Émile",
    "Nathalie",
    "Karim",
    "Bo",
    "Fatima",
    "Maël",
    "Agnès",
    "Gérard",
    "Ségolène",
    "Lucas",
    "Aïcha",
    "Côme",
    "Rémi",
    "Odile",
    "Yves",
    "Xavier",
    "Wassim",
    "Ursule",
    "Quentin",
    "Sabine",
    "Denis",
    "Colette",
    "Benoît",
    "Thérèse",
    "Hugo",
]
SYLLABLES = [
    "mar",
    "tin",
    "ber",
    "nard",
    "du",
    "bois",
    "ro",
    "bert",
    "pe",
    "tit",
    "du",
    "rand",
    "le",
    "roy",
    "mo",
    "reau",
    "si",
    "mon",
    "lau",
    "rent",
    "mi",
    "chel",
    "gar",
    "cia",
    "da",
    "vid",
    "bon",
    "net",
    "fran",
    "çois",
    "la",
    "fleur",
    "gi",
    "rard",
    "œu",
    "vre",
    "ville",
    "neuve",
]
WORDS = [
    "budget",
    "comité",
    "séance",
    "préparation",
    "arbitrage",
    "élèves",
    "hôpital",
    "réforme",
    "concours",
    "marché",
    "travaux",
    "convention",
    "annexe",
    "bilan",
    "réunion",
    "équipe",
    "direction",
    "point",
    "hebdomadaire",
    "mensuel",
    "crise",
    "sécurité",
    "numérique",
    "recrutement",
    "formation",
    "logement",
    "transport",
    "énergie",
    "agriculture",
    "justice",
]
# Kind, share in thousandths, who is in it: author, person concerned, both the same, or nobody.
KINDS = [
    ("participant_joined", 150, "same"), ("participant_left", 148, "same"),
    ("join_granted", 150, "same"), ("lobby_knocked", 80, "same"), ("lobby_admitted", 78, "both"),
    ("sign_in", 120, "author"), ("sign_out", 40, "author"), ("invitation_sent", 90, "both"),
    ("meeting_created", 30, "author"), ("meeting_changed", 14, "author"),
    ("meeting_started", 25, "author"), ("meeting_ended", 25, "nobody"), ("muted", 15, "both"),
    ("chat_deleted", 4, "both"), ("join_refused", 8, "same"), ("sign_in_refused", 9, "author"),
    ("log_read", 5, "author"), ("attendance_read", 4, "author"), ("room_locked", 3, "author"),
    ("roles_changed", 1, "both"), ("token_refused", 1, "nobody"),
]  # fmt: skip
OF_A_MEETING = {
    "participant_joined", "participant_left", "join_granted", "lobby_knocked", "lobby_admitted",
    "invitation_sent", "meeting_created", "meeting_changed", "meeting_started", "meeting_ended",
    "muted", "chat_deleted", "join_refused", "attendance_read", "room_locked",
}  # fmt: skip
REFUSED = {"join_refused": "refused", "sign_in_refused": "refused", "token_refused": "failed"}


@dataclass
class Ministry:
    """One tenant: its people, as two columns each, its network, the meeting that is going on."""

    id: UUID
    number: int
    weight: float
    people: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    meeting: str = ""
    meetings: list[str] = field(default_factory=list)
    left: int = 0


def ministries(events: int) -> list[Ministry]:
    """The large one first; the others ever smaller. People: one for a hundred events."""
    dice = random.Random(1)
    weights = [1 / (n + 1) for n in range(TENANTS - 1)]
    rest = (1 - SHARE_OF_THE_LARGE) / sum(weights)
    shares = [SHARE_OF_THE_LARGE, *(weight * rest for weight in weights)]
    made = []
    for number, share in enumerate(shares):
        ministry = Ministry(UUID(int=dice.getrandbits(128), version=4), number, share)
        for _ in range(max(20, int(events * share / 100))):
            person = UUID(int=dice.getrandbits(128), version=4)
            ministry.people.append(f"{person}\t{_name(dice)}")
        ministry.titles = [" ".join(dice.sample(WORDS, 4)).capitalize() for _ in range(500)]
        made.append(ministry)
    return made


def _name(dice: random.Random) -> str:
    # Some first names are everybody's, some few people's.
    first = FIRST_NAMES[int(len(FIRST_NAMES) * dice.random() ** 2)]
    last = "".join(dice.sample(SYLLABLES, dice.choice((2, 2, 3)))).capitalize()
    return f"{first} {last}"


def rows(events: int, all_of_them: list[Ministry]) -> Iterator[str]:
    """Lines for COPY, oldest first."""
    dice = random.Random(2)
    chance = dice.random
    bounds = list(accumulate(share for _kind, share, _who in KINDS))
    payloads = {kind: _payloads(kind, dice) for kind, _share, _who in KINDS}
    large, others = all_of_them[0], all_of_them[1:]
    # Before the large ministry came, its share of events is missing.
    old_days = DAYS - DAYS_OF_THE_LARGE
    of_others = events * (1 - large.weight)
    old = int(of_others * old_days / DAYS)
    begin = END - timedelta(days=DAYS)
    for part, members, count, days in (
        (begin, others, old, old_days),
        (begin + timedelta(days=old_days), all_of_them, events - old, DAYS_OF_THE_LARGE),
    ):
        new = members is all_of_them
        weights = [
            ministry.weight * (DAYS / DAYS_OF_THE_LARGE if new and ministry is large else 1)
            for ministry in members
        ]
        edges = list(accumulate(weights))
        total, step = edges[-1], timedelta(days=days) / count
        for n in range(count):
            ministry = members[bisect(edges, chance() * total, hi=len(edges) - 1)]
            at = part + step * n
            which = bisect(bounds, chance() * bounds[-1], hi=len(KINDS) - 1)
            kind, _share, who = KINDS[which]
            # A few people do much.
            people = ministry.people
            person = people[int(len(people) * chance() ** 3)]
            if who == "same":
                actor = subject = person
            elif who == "both":
                actor, subject = person, people[int(len(people) * chance())]
            elif who == "author":
                actor, subject = person, "\t"
            else:
                actor = subject = "\t"
            yield (
                f"{_id(at, dice)}\t{ministry.id}\t{kind}\t{at.isoformat()}\t{actor}\t"
                f"{person[:36] if which == 9 and chance() < 0.3 else ''}\t{subject}\t"
                f"{_meeting(ministry, dice) if kind in OF_A_MEETING else chr(92) + 'N'}\t"
                f"{REFUSED.get(kind, 'success')}\t{dice.getrandbits(128):032x}\t"
                f"{_address(ministry.number, chance, dice)}\t"
                f"{_payload(payloads[kind], ministry, chance)}\n"
            )


def _id(at: datetime, dice: random.Random) -> str:
    """A UUID of version 7."""
    text = f"{int(at.timestamp() * 1000):012x}7{dice.getrandbits(76):019x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-8{text[17:20]}-{text[20:]}"


def _meeting(ministry: Ministry, dice: random.Random) -> str:
    """Some meetings go on at once; now and then one of thousands of people begins."""
    if not ministry.left:
        meeting = str(UUID(int=dice.getrandbits(128), version=4))
        ministry.meetings.append(meeting)
        ministry.meeting = meeting
        ministry.left = 5_000 if dice.random() < 0.0005 else dice.randrange(2, 2 * PER_MEETING)
    ministry.left -= 1
    return ministry.meeting


def _address(number: int, chance, dice: random.Random) -> str:
    """The ministry's own network mostly, else from anywhere."""
    where = chance()
    if where < 0.75:
        return f"10.{number}.{int(200 * chance() ** 2)}.{int(256 * chance())}"
    if where < 0.92:
        return f"{80 + int(12 * chance())}.{int(256 * chance())}.{int(256 * chance())}.{int(256 * chance())}"
    if where < 0.98:
        return f"2a01:e0a:{int(4096 * chance()):x}:{int(65536 * chance()):x}::{int(65536 * chance()):x}"
    return "\\N"


def _payloads(kind: str, dice: random.Random) -> list[str]:
    if kind in ("sign_in_refused", "join_refused"):
        reasons = ("member_left", "unknown_domain", "factor_missing", "meeting_locked", "barred")
        return [json.dumps({"reason": reason}) for reason in reasons]
    if kind == "sign_in":
        return [json.dumps({"factor": factor}) for factor in ("none", "totp", "passkey", "eidas2")]
    if kind in ("meeting_created", "meeting_changed"):
        return []
    if kind in ("participant_joined", "participant_left"):
        return [json.dumps({"noticed": "webhook", "device": f"{n:06x}"}) for n in range(2000)]
    if kind == "log_read":
        return [json.dumps({"filter": {"outcome": "refused", "period": "week"}})]
    return ["{}"]


def _payload(made: list[str], ministry: Ministry, chance) -> str:
    """Titles where there are any; one in a hundred thousand holds a word that nothing else does."""
    if chance() < 0.00001:
        return '{"detail": "xylophone accordé"}'
    if made:
        return made[int(len(made) * chance())]
    title = ministry.titles[int(len(ministry.titles) * chance())]
    return f'{{"changed": ["title"], "after": {{"title": "{title}"}}}}'
