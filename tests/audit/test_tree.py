"""The Merkle tree: known vectors, and every proof of every small tree, good and damaged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import tree

# The entries and roots that Certificate Transparency's own implementations are tested with.
LEAVES = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")
] + [bytes(range(0x60, 0x70))]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [tree.leaf_hash(leaf) for leaf in LEAVES]


def hashes(size: int) -> list[bytes]:
    return [tree.leaf_hash(str(index).encode()) for index in range(size)]


def plain_root(leaf_hashes: list[bytes]) -> bytes:
    """MTH, word for word as RFC 9162 defines it."""
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    middle = 1
    while middle * 2 < len(leaf_hashes):
        middle *= 2
    return tree.node_hash(plain_root(leaf_hashes[:middle]), plain_root(leaf_hashes[middle:]))


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size):
    assert tree.root(HASHES[:size]).hex() == ROOTS[size]
    assert tree.root_of(size, tree.reader(HASHES)).hex() == ROOTS[size]


def test_known_proofs():
    read = tree.reader(HASHES)
    assert [each.hex() for each in tree.inclusion_proof(0, 8, read)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert tree.consistency_proof(1, 1, read) == []
    assert [each.hex() for each in tree.consistency_proof(6, 8, read)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("size", [*range(1, 40), 255, 256, 257])
def test_every_inclusion_proof_verifies_and_no_other(size):
    leaves = hashes(size)
    root, read = plain_root(leaves), tree.reader(leaves)
    assert tree.root(leaves) == root
    for index in range(0, size, max(1, size // 40)):
        proof = tree.inclusion_proof(index, size, read)

        def holds(leaf=leaves[index], index=index, size=size, proof=proof, root=root):
            return tree.verify_inclusion(leaf, index=index, size=size, proof=proof, root=root)

        assert holds()
        assert not holds(leaf=tree.leaf_hash(b"another"))
        assert not holds(root=tree.leaf_hash(b"another"))
        assert not holds(proof=[*proof, root])
        assert not holds(proof=[*proof[:-1], b"short"]) or not proof
        assert not holds(proof=proof[:-1]) or not proof
        assert not holds(index=size)
        assert not holds(index=-1)
        for other in range(0, size, max(1, size // 10)):
            assert holds(index=other) == (other == index)


@pytest.mark.parametrize("size", range(1, 34))
def test_every_consistency_proof_verifies_and_no_other(size):
    leaves = hashes(size)
    read, root = tree.reader(leaves), plain_root(leaves)
    for old_size in range(1, size + 1):
        proof = tree.consistency_proof(old_size, size, read)
        old_root = plain_root(leaves[:old_size])

        def holds(old_size=old_size, size=size, proof=proof, old_root=old_root, root=root):
            return tree.verify_consistency(
                old_size=old_size, size=size, proof=proof, old_root=old_root, root=root
            )

        assert holds()
        assert not holds(proof=[*proof, root])
        assert not holds(old_root=tree.leaf_hash(b"another"))
        assert not holds(root=tree.leaf_hash(b"another"))
        assert not holds(old_size=size + 1)
        for place in range(len(proof)):
            assert not holds(proof=proof[:place] + proof[place + 1 :])
            assert not holds(proof=[*proof[:place], root, *proof[place + 1 :]])


def test_everything_begins_with_nothing():
    def holds(**more):
        return tree.verify_consistency(
            **{"old_size": 0, "size": 8, "proof": [], "root": HASHES[0]} | more
        )

    assert holds(old_root=tree.EMPTY_ROOT)
    assert not holds(old_root=HASHES[0])
    assert not holds(old_root=tree.EMPTY_ROOT, proof=[HASHES[0]])
    assert tree.consistency_proof(0, 8, tree.reader(HASHES)) == []


@pytest.mark.parametrize(("index", "size"), [(8, 8), (-1, 8), (0, 0)])
def test_no_proof_of_what_is_not_there(index, size):
    with pytest.raises(ValueError, match="not in a tree"):
        tree.inclusion_proof(index, size, tree.reader(HASHES))
    with pytest.raises(ValueError, match="does not begin"):
        tree.consistency_proof(9, 8, tree.reader(HASHES))


@given(st.integers(1, 2**40), st.data())
def test_subtrees_cover_exactly_what_is_asked(size, data):
    start = data.draw(st.integers(0, size))
    covered = tree.subtrees(start, size)
    assert len(covered) <= 2 * 41
    place = start
    for level, index in covered:
        assert index << level == place
        place = (index + 1) << level
    assert place == size


@given(st.integers(1, 200), st.data())
def test_proofs_hold_between_any_two_sizes(size, data):
    leaves = hashes(size)
    old_size = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, old_size - 1))
    read, old_root, root = (
        tree.reader(leaves),
        tree.root(leaves[:old_size]),
        tree.root(leaves),
    )
    assert tree.verify_consistency(
        old_size=old_size,
        size=size,
        proof=tree.consistency_proof(old_size, size, read),
        old_root=old_root,
        root=root,
    )
    for each_size, each_root in ((old_size, old_root), (size, root)):
        proof = tree.inclusion_proof(index, each_size, read)
        assert tree.verify_inclusion(
            leaves[index], index=index, size=each_size, proof=proof, root=each_root
        )
