"""The tree in tiles: the same nodes and roots as the tree itself, however it grew."""

from hypothesis import given, settings
from hypothesis import strategies as st

from audit import tree
from audit.tiles import Edge, Inner, Place, edge_of, is_full, parted, place_of, span
from audit.tree import Subtree
from tests.audit.test_tree import hashes

MANY = hashes(66_000)  # beyond a full tile of level 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 3000), max_size=5), st.integers(0, 66_000))
def test_an_edge_that_stops_and_goes_on_comes_to_the_same_root(steps, start):
    tiles = {tile.place: tile for tile in whole(start).full}
    size = start
    for step in steps:
        grown = min(size + step, len(MANY))
        unfinished = [entries(place, size, tiles) for place in edge_of(size)]
        edge = Edge(size, unfinished)
        for each in MANY[size:grown]:
            edge.append(each)
        tiles |= {tile.place: tile for tile in edge.full}
        size = grown
        assert edge.root() == tree.root(MANY[:size])
    assert set(tiles) == {
        Place(level, index)
        for level in (0, 1)
        for index in range(len(MANY) >> 8)
        if is_full(Place(level, index), size)
    }


def whole(size: int) -> Edge:
    edge = Edge(0, [[]])
    for each in MANY[:size]:
        edge.append(each)
    return edge


def entries(place: Place, size: int, tiles) -> list[bytes]:
    start, end = span(place, size)
    if place.level == 0:
        return MANY[start:end]
    return [tiles[Place(place.level - 1, index)].root for index in range(start, end)]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 66_000), st.data())
def test_every_node_lies_in_the_tile_that_is_said(size, data):
    level = data.draw(st.integers(0, size.bit_length() - 1))
    subtree = Subtree(level, data.draw(st.integers(0, (size >> level) - 1)))
    place = place_of(subtree)
    tiles = {tile.place: tile for tile in whole(size).full}
    stored = tiles.get(place)
    assert (stored is not None) == is_full(place, size)
    inner = Inner(place, parted(stored.hashes) if stored else entries(place, size, tiles))
    assert inner.node(subtree) == tree.reader(MANY)([subtree])[0]


def test_an_empty_tree():
    assert Edge(0, [[]]).root() == tree.EMPTY_ROOT
    assert edge_of(0) == [Place(0, 0)]
