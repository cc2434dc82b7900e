"""The tree in tiles of 256 hashes: how it grows by its right edge, and how a part of it is found.

Pure. A tile of level 0 holds hashes of leaves, one of level n the roots of tiles of level n-1; the
last, unfinished tile of each level is not kept, but made of what lies below it.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from audit.tree import HASH_SIZE, Subtree, fold

WIDTH = 256
HEIGHT = 8  # levels of the tree in one of tiles


class Place(NamedTuple):
    """Which tile."""

    level: int
    index: int  # type: ignore[assignment]  # not the tuple's method


class FullTile(NamedTuple):
    """A tile that will never change."""

    place: Place
    hashes: bytes
    root: bytes


class Inner:
    """All nodes within one tile, of however many hashes it has so far."""

    def __init__(self, place: Place, hashes: Sequence[bytes]):
        self.place = place
        self.rows = [list(hashes)]
        while len(self.rows[-1]) > 1:
            below = self.rows[-1]
            # An odd one at the end has no neighbour yet, and no node above it.
            pairs = zip(below[::2], below[1::2], strict=False)
            # node_hash, written out: this is most of what a proof costs.
            self.rows.append([sha256(b"\x01" + left + right).digest() for left, right in pairs])

    def node(self, subtree: Subtree) -> bytes:
        """The hash of a perfect subtree whose top lies in this tile."""
        row = subtree.level - self.place.level * HEIGHT
        return self.rows[row][subtree.index - (self.place.index * WIDTH >> row)]

    def perfect(self) -> list[bytes]:
        """The perfect subtrees that cover the hashes, from left to right."""
        count, start, found = len(self.rows[0]), 0, []
        for row in range(len(self.rows) - 1, -1, -1):
            if count >> row & 1:
                found.append(self.rows[row][start >> row])
                start += 1 << row
        return found


def place_of(subtree: Subtree) -> Place:
    """The tile in which the top of this subtree lies."""
    level, row = divmod(subtree.level, HEIGHT)
    return Place(level, subtree.index << row >> HEIGHT)


def is_full(place: Place, size: int) -> bool:
    """Whether this tile is full in a tree of so many leaves."""
    return (place.index + 1) << HEIGHT * (place.level + 1) <= size


def span(place: Place, size: int) -> tuple[int, int]:
    """From where to where, excluded, the tile's hashes stand on its level, as far as they go."""
    return place.index * WIDTH, min((place.index + 1) * WIDTH, size >> HEIGHT * place.level)


def edge_of(size: int) -> list[Place]:
    """The unfinished tile of each level, from the leaves up; each may be empty."""
    places = [Place(0, size >> HEIGHT)]
    while size >> HEIGHT * (places[-1].level + 1):
        level = places[-1].level + 1
        places.append(Place(level, size >> HEIGHT * (level + 1)))
    return places


def parted(hashes: bytes) -> list[bytes]:
    """The hashes that are written one after the other."""
    return [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]


class Edge:
    """The right edge of a growing tree: what is needed to go on, and the tiles that became full."""

    def __init__(self, size: int, unfinished: Sequence[Sequence[bytes]]):
        """`unfinished`: the hashes of each of edge_of(size)."""
        self.size = size
        self.full: list[FullTile] = []
        self._levels = [list(hashes) for hashes in unfinished]

    def append(self, leaf_hash: bytes) -> None:
        """Adds the hash of the next leaf."""
        self.size += 1
        self._levels[0].append(leaf_hash)
        if len(self._levels[0]) == WIDTH:
            self._close(0)

    def _close(self, level: int) -> None:
        hashes = self._levels[level]
        place = Place(level, (self.size >> HEIGHT * (level + 1)) - 1)
        root = Inner(place, hashes).rows[-1][0]
        self.full.append(FullTile(place, b"".join(hashes), root))
        self._levels[level] = []
        if level + 1 == len(self._levels):
            self._levels.append([])
        self._levels[level + 1].append(root)
        if len(self._levels[level + 1]) == WIDTH:
            self._close(level + 1)

    def root(self) -> bytes:
        """The root of the tree so far."""
        perfect: list[bytes] = []
        for level in range(len(self._levels) - 1, -1, -1):
            perfect += Inner(Place(level, 0), self._levels[level]).perfect()
        return fold(perfect)
