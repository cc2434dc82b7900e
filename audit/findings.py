"""What a check of a log can find, in the operators' words."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What was done to an entry."""

    EDITED = "modifiée"
    DELETED = "supprimée"
    INSERTED = "insérée"
    REORDERED = "déplacée"
    BACK_DATED = "antidatée"
    REWRITTEN = "réécrite"
    RESTORED = "perdue (sauvegarde plus ancienne restaurée ?)"
    SIGNATURE = "sans signature valable"


@dataclass(frozen=True)
class Finding:
    """One fault: of an entry, of one among several, or of something that has no place."""

    fault: Fault
    detail: str
    first: int | None = None
    last: int | None = None

    @property
    def is_exact(self) -> bool:
        """Whether it names one entry."""
        return self.first is not None and self.last in (None, self.first)

    def covers(self, index: int | None) -> bool:
        """Whether it may be about this entry."""
        if self.first is None or self.last is None or index is None:
            return False
        return self.first <= index <= self.last

    def order(self) -> tuple[bool, int, int]:
        """By the first entry; what has no place comes last."""
        return self.first is None, self.first or 0, self.last or 0

    def __str__(self) -> str:
        if self.first is None:
            return f"{self.detail} [{self.fault}]"
        if self.last is None or self.last == self.first:
            return f"Entrée {self.first} {self.fault}. {self.detail}"
        among = f"Entrée {self.first} ou l’une des suivantes jusqu’à {self.last}"
        return f"{among} {self.fault}. {self.detail}"
