"""Reads the tree of the open scope's log: proofs for any entry, in a constant number of statements.

At most 256 hashes of each level are read, whatever the size of the log.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from audit import tree
from audit.models import Checkpoint, Leaf
from audit.tiles import HEIGHT, Inner, Place, is_full, parted, place_of, span
from audit.tree import Subtree
from isolation.scope import current_tenant_id

MOST_TILES = 128  # kept while many proofs are made one after the other: some 5 MiB


class MissingHashes(LookupError):
    """The tree is not whole: a leaf or a tile that must be there is not. `first` is the first entry
    of which that is so."""

    def __init__(self, first: int, last: int, level: int):
        self.first, self.last, self.level = first, last, level

    def __str__(self) -> str:
        if self.first == self.last:
            return f"l’entrée {self.first} manque dans l’arbre"
        return (
            f"une tuile de niveau {self.level} manque dans l’arbre,"
            f" pour les entrées {self.first} à {self.last}"
        )


class Hashes:
    """A tree.Reader of the first `size` entries of the open scope's log.

    Keeps the tiles that it has read: proofs of neighbours cost no more statements.
    """

    def __init__(self, size: int):
        self.size = size
        self._tiles: OrderedDict[Place, Inner] = OrderedDict()

    def __call__(self, asked: Sequence[Subtree]) -> list[bytes]:
        places = [place_of(subtree) for subtree in asked]
        missing = {place for place in places if place not in self._tiles}
        if missing:
            self._tiles.update(read_tiles(missing, self.size))
        answer = []
        for place, subtree in zip(places, asked, strict=True):
            self._tiles.move_to_end(place)
            answer.append(self._tiles[place].node(subtree))
        while len(self._tiles) > MOST_TILES:
            self._tiles.popitem(last=False)
        return answer


def read_tiles(places: Iterable[Place], size: int) -> dict[Place, Inner]:
    """These tiles of the tree of `size` entries: full ones, and the unfinished from below."""
    places = sorted(places)
    full = [place for place in places if is_full(place, size)]
    edge = [place for place in places if not is_full(place, size)]
    found = _read_full(full) if full else {}
    leaves = [place for place in edge if place.level == 0]
    if leaves:
        found |= {place: _read_leaf_hashes(*span(place, size)) for place in leaves}
    above = [place for place in edge if place.level > 0]
    if above:
        found |= _read_roots(above, size)
    for place in places:
        start, end = span(place, size)
        if len(found.get(place, [])) != max(0, end - start):
            raise _missing(place, start, end, full=place in full)
    return {place: Inner(place, found.get(place, [])) for place in places}


def _missing(place: Place, start: int, end: int, *, full: bool) -> MissingHashes:
    """What of this tile is not there: itself, where it is full, else the first of what it is made of."""
    if full:
        height = HEIGHT * place.level
        return MissingHashes(start << height, (end << height) - 1, place.level)
    with connection.cursor() as cursor:
        table, level = ("audit_leaf", "") if place.level == 0 else ("audit_tile", "level = %s AND")
        cursor.execute(
            "SELECT min(place) FROM generate_series(%s::bigint, %s::bigint) place WHERE NOT EXISTS ("  # noqa: S608
            f" SELECT FROM {table} WHERE {level} tenant_id = %s AND index = place)",
            [start, end - 1, *([place.level - 1] if level else []), current_tenant_id()],
        )
        [[first]] = cursor
    height = HEIGHT * place.level
    return MissingHashes(first << height, ((first + 1) << height) - 1, max(place.level - 1, 0))


def refuse_gaps(size: int) -> None:
    """Raises MissingHashes where one of the first `size` entries has no row any more."""
    if Leaf.objects.filter(index__gte=0, index__lt=size).count() < size:
        raise _missing(Place(0, 0), 0, size, full=False)


def _read_full(places: list[Place]) -> dict[Place, list[bytes]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tile.level, tile.index, tile.hashes FROM unnest(%s::smallint[], %s::bigint[])"
            " AS asked (level, index) JOIN audit_tile tile"
            " ON tile.level = asked.level AND tile.index = asked.index WHERE tile.tenant_id = %s",
            [[p.level for p in places], [p.index for p in places], current_tenant_id()],
        )
        return {Place(level, index): parted(hashes) for level, index, hashes in cursor}


def _read_leaf_hashes(start: int, end: int) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT leaf_hash FROM audit_leaf WHERE tenant_id = %s AND index >= %s AND index < %s"
            " ORDER BY index",
            [current_tenant_id(), start, end],
        )
        return [leaf_hash for (leaf_hash,) in cursor]


def _read_roots(places: list[Place], size: int) -> dict[Place, list[bytes]]:
    spans = [span(place, size) for place in places]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tile.level + 1, tile.index / 256, tile.root"
            " FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[]) AS asked (level, low, high)"
            " JOIN audit_tile tile ON tile.level = asked.level"
            " AND tile.index >= asked.low AND tile.index < asked.high"
            " WHERE tile.tenant_id = %s ORDER BY tile.level, tile.index",
            [
                [place.level - 1 for place in places],
                [low for low, _ in spans],
                [high for _, high in spans],
                current_tenant_id(),
            ],
        )
        found: dict[Place, list[bytes]] = {}
        for level, index, root in cursor:
            found.setdefault(Place(level, index), []).append(root)
        return found


# --- Proofs ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Inclusion:
    """That an entry stands in the log as it was signed."""

    index: int
    leaf: bytes | None  # None once it is pruned
    leaf_hash: bytes
    proof: list[bytes]
    checkpoint: Checkpoint


def latest_checkpoint() -> Checkpoint | None:
    """What the open scope's log signed last."""
    return Checkpoint.objects.order_by("-size").first()


def inclusion_of(event_id: UUID, *, checkpoint: Checkpoint | None = None) -> Inclusion | None:
    """The proof of one event, against this checkpoint or the latest; None while it waits."""
    entry = Leaf.objects.filter(event_id=event_id).first()
    checkpoint = checkpoint or latest_checkpoint()
    if entry is None or checkpoint is None or entry.index >= checkpoint.size:
        return None
    size = checkpoint.size
    proof = tree.inclusion_proof(entry.index, size, Hashes(size))
    leaf = None if entry.leaf is None else bytes(entry.leaf)
    return Inclusion(entry.index, leaf, bytes(entry.leaf_hash), proof, checkpoint)


def consistency_proof(old_size: int, size: int) -> list[bytes]:
    """That the open scope's log of `size` entries begins with what it was at `old_size`."""
    return tree.consistency_proof(old_size, size, Hashes(size))
