"""Proofs of many entries one after the other: what neighbours share is made once."""

from audit import tree
from audit.store import Hashes
from audit.tiles import HEIGHT, WIDTH, Inner, Place, is_full
from audit.tree import Subtree


class Prover:
    """Answers the inclusion proof of an entry in the open scope's log of `size` entries."""

    def __init__(self, size: int, hashes: Hashes) -> None:
        self._size, self._hashes = size, hashes
        self._tile = Inner(Place(0, -1), [])
        self._above: list[bytes] = []

    def __call__(self, index: int) -> list[bytes]:
        place = Place(0, index >> HEIGHT)
        if not is_full(place, self._size):
            return tree.inclusion_proof(index, self._size, self._hashes)
        if place != self._tile.place:
            # A full tile is one node of the tree: from there on the way up is the same for all.
            start = place.index * WIDTH
            leaves = [Subtree(0, start + offset) for offset in range(WIDTH)]
            self._tile = Inner(place, self._hashes(leaves))
            self._above = tree.inclusion_proof(index, self._size, self._hashes)[HEIGHT:]
        within = index % WIDTH
        rows = self._tile.rows
        return [rows[level][(within >> level) ^ 1] for level in range(HEIGHT)] + self._above
