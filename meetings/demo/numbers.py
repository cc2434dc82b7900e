"""What the rows of demonstration data are made of: ids, moments, shares; the same for one seed."""

import random
from datetime import UTC, datetime

from meetings.slugs import ALPHABET

Row = tuple[str | None, ...]


class Dice(random.Random):
    """Chance that a seed decides. Nothing here is secret: whoever knows the seed knows the links of
    the demonstration's meetings."""

    def id_at(self, second: int) -> str:
        """An identifier of this moment, as isolation.ids makes them (RFC 9562, version 7)."""
        chance = self.getrandbits(74)
        head = f"{second * 1000 + self.randrange(1000):012x}7{chance >> 62:03x}"
        return f"{head}{0x8000 | (chance >> 48 & 0x3FFF):04x}{chance & 0xFFFF_FFFF_FFFF:012x}"

    def slug(self) -> str:
        signs = "".join(self.choices(ALPHABET, k=16))
        return "-".join(signs[n : n + 4] for n in (0, 4, 8, 12))


def moment(second: int) -> str:
    """Seconds since 1970 as PostgreSQL reads them."""
    return datetime.fromtimestamp(second, UTC).isoformat()


def shares(total: int, parts: int) -> list[int]:
    """A total in parts, each at least one, the nth in proportion to 1/n: a few ministries are large
    and most are small, as organisations are (Zipf)."""
    spare = total - parts
    weights = [1 / n for n in range(1, parts + 1)]
    whole = sum(weights)
    given = [1 + int(spare * weight / whole) for weight in weights]
    for n in range(total - sum(given)):  # what rounding left over
        given[n % parts] += 1
    return given
