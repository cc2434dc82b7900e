"""The Merkle tree of RFC 6962 and RFC 9162: hashes, proofs and their verification.

Pure and without Django: whoever verifies needs this file, the standard library and nothing else.
A proof is made over a `Reader`, which answers the hashes of perfect subtrees, all asked for at once.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

HASH_SIZE = 32
EMPTY_ROOT = sha256().digest()


class Subtree(NamedTuple):
    """The perfect subtree of the leaves from index·2^level to (index+1)·2^level, excluded."""

    level: int
    index: int  # type: ignore[assignment]  # not the tuple's method


# Answers the hashes of these subtrees, in their order; each lies within the tree that is asked about.
Reader = Callable[[Sequence[Subtree]], Sequence[bytes]]


def leaf_hash(leaf: bytes) -> bytes:
    """What stands for an entry in the tree."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """What stands for two neighbours in the tree."""
    return sha256(b"\x01" + left + right).digest()


def subtrees(start: int, end: int) -> list[Subtree]:
    """The perfect subtrees that cover these leaves, from left to right, as few as there can be."""
    covered = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        covered.append(Subtree(level, start >> level))
        start += 1 << level
    return covered


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash of neighbouring perfect subtrees, each larger than the next, as one tree."""
    if not hashes:
        return EMPTY_ROOT
    result = hashes[-1]
    for left in hashes[-2::-1]:
        result = node_hash(left, result)
    return result


class Frontier:
    """A tree that grows by its leaves' hashes and keeps only what its root needs."""

    def __init__(self) -> None:
        self.size = 0
        self._perfect: list[bytes] = []  # of perfect subtrees, each larger than the next

    @classmethod
    def of(cls, size: int, read: Reader) -> "Frontier":
        """As it stands after the first `size` leaves, whose hashes are read."""
        frontier = cls()
        frontier.size, frontier._perfect = size, list(read(subtrees(0, size)))
        return frontier

    def append(self, leaf: bytes) -> None:
        """Adds the hash of the next leaf."""
        place, perfect = self.size, self._perfect
        while place & 1:
            leaf = sha256(b"\x01" + perfect.pop() + leaf).digest()
            place >>= 1
        perfect.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of what was added so far."""
        return fold(self._perfect)


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root of the tree of these leaves' hashes."""
    frontier = Frontier()
    for each in leaf_hashes:
        frontier.append(each)
    return frontier.root()


def reader(leaf_hashes: Sequence[bytes]) -> Reader:
    """Reads from hashes that are all in memory."""

    def read(asked: Sequence[Subtree]) -> list[bytes]:
        return [root(leaf_hashes[index << level : (index + 1) << level]) for level, index in asked]

    return read


# --- Proofs ---------------------------------------------------------------------------------
def root_of(size: int, read: Reader) -> bytes:
    """The root of the first `size` leaves."""
    return fold(read(subtrees(0, size)))


def inclusion_proof(index: int, size: int, read: Reader) -> list[bytes]:
    """That the tree of `size` leaves has this one at `index`; from the leaf to the root."""
    if not 0 <= index < size:
        raise ValueError(f"entry {index} is not in a tree of {size}")
    return _read_parts(inclusion_parts(index, size), read)


def inclusion_parts(index: int, size: int) -> list[list[Subtree]]:
    """Of which perfect subtrees each hash of the inclusion proof is made."""
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtrees(middle, end))
            end = middle
        else:
            path.append(subtrees(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(old_size: int, size: int, read: Reader) -> list[bytes]:
    """That the tree of `size` leaves begins with the tree of `old_size`; empty where one of them
    says it already."""
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {size} does not begin with one of {old_size}")
    if old_size in (0, size):
        return []
    start, end, path = 0, size, []
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(subtrees(middle, end))
            end = middle
        else:
            path.append(subtrees(start, middle))
            start = middle
    if start:  # else the old root itself stands there, which the verifier has
        path.append(subtrees(start, end))
    return _read_parts(path[::-1], read)


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


def _read_parts(parts: list[list[Subtree]], read: Reader) -> list[bytes]:
    hashes = iter(read([subtree for part in parts for subtree in part]))
    return [fold([next(hashes) for _ in part]) for part in parts]


# --- Verification, as RFC 9162 writes it (2.1.3.2 and 2.1.4.2) --------------------------------
def verify_inclusion(
    leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether the proof leads from this leaf's hash at `index` to the root of `size` leaves."""
    if not 0 <= index < size:
        return False
    place, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0 or len(sibling) != HASH_SIZE:
            return False
        if place & 1 or place == last:
            result = sha256(b"\x01" + sibling + result).digest()
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            result = sha256(b"\x01" + result + sibling).digest()
        place >>= 1
        last >>= 1
    return last == 0 and result == root


def verify_consistency(
    *, old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes
) -> bool:
    """Whether the proof shows that the tree with this root begins with the one with the old root."""
    if any(len(each) != HASH_SIZE for each in proof) or not 0 <= old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    if old_size == 0:  # everything begins with nothing
        return not proof and old_root == EMPTY_ROOT
    hashes = list(proof)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    place, last = old_size - 1, size - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        place >>= 1
        last >>= 1
    return last == 0 and old == old_root and new == root
