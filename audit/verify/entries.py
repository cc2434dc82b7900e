"""Checks a run of entries: each one's leaf, proof, order and readable form."""

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from audit import tree
from audit.verify.base64_text import decode, decode_hash
from audit.verify.bundle import count, parse_json
from audit.verify.leaves import HASH, read_leaf, read_leaves
from audit.verify.readable import check_readable
from audit.verify.refusal import Refused, refused_entry

# The usual spelling, which is read at once; any other is read as JSON. What the last letter of
# base64 leaves unused is 0, or the same bytes would have several spellings.
_START = (
    r'\{"index": ?(0|[1-9][0-9]{0,17}), ?"leaf": ?'
    r'"([A-Za-z0-9+/]++(?:(?<=[AEIMQUYcgkosw048])=|(?<=[AQgw])==)?+)"'
    rf'(?:, ?"hash": ?"({HASH})")?+'
)
_USUAL = re.compile(
    rf'{_START}(?:, ?"proof": ?\[((?:"{HASH}"(?:, ?"{HASH}")*+)?+)\])?+\}}'.encode()
)
_USUAL_LINES = re.compile(rf"^{_START}\}}$".encode(), re.MULTILINE)
# An event is sequenced within seconds. One that comes later tells of a time before it was sealed.
LATE = timedelta(minutes=5)
LATE_SHOWN = 5


class Claim(NamedTuple):
    """To what the entries are held: the checkpoint, and what was asked for."""

    size: int
    root: bytes
    tenant: bytes
    proven: bool  # each has its proof; else they are the whole tree
    believed: bool  # the proofs are known to be broken; what else is bad is looked for
    since: bytes = b""
    until: bytes = b""
    meeting: bytes = b""


class Run(NamedTuple):
    """Lines that follow each other."""

    claim: Claim
    line: int  # of the first, from 0
    length: int
    entries: bytes
    readable: list[bytes] | None

    @property
    def size(self) -> int:
        """About how much there is to check."""
        return len(self.entries) + sum(map(len, self.readable or ()))


class Found(NamedTuple):
    """What is known of a run, up to the entry that is refused."""

    first: int
    last: int
    missing: int | None  # the first index between them that is left out
    sealed_first: int  # the first that has its time, and that time
    sequenced_from: bytes
    sequenced_to: bytes
    subtrees: list[tuple[int, bytes]] | None  # where no entry is left out: levels and hashes
    erased: int
    pruned: int
    late: list[str]
    late_count: int
    refused: str
    broken: bool  # refused for its proof, which another entry may have broken


class Entry(NamedTuple):
    """One line of entries.jsonl."""

    place: int
    leaf: bytes | None
    leaf_hash: bytes
    proof: Sequence[bytes] | None


def read_entry(line: bytes, number: int) -> Entry:
    """One line of entries.jsonl, in whatever spelling of JSON."""
    usual = _USUAL.fullmatch(line)
    if usual is None:
        return _read_unusual(line, number)
    index, written, stated, proof = usual.groups()
    if len(written) % 4:
        raise refused_entry(int(index), "n’est pas en base64 canonique")
    leaf = a2b_base64(written)
    leaf_hash = sha256(b"\x00" + leaf).digest()
    if stated is not None and a2b_base64(stated) != leaf_hash:
        raise refused_entry(int(index), "n’a pas l’empreinte qui est dans l’arbre")
    hashes = None if proof is None else [a2b_base64(each) for each in proof.split(b'"')[1::2]]
    return Entry(int(index), leaf, leaf_hash, hashes)


def _read_unusual(line: bytes, number: int) -> Entry:
    where = f"entries.jsonl, ligne {number + 1},"
    read = parse_json(line, where)
    index = count(read.get("index")) if isinstance(read, dict) else None
    if index is None:
        raise Refused(f"{where} n’a pas d’index")
    if not read.keys() <= {"index", "leaf", "hash", "proof"} or "leaf" not in read:
        raise refused_entry(index, "est mal formée")
    stated = decode_hash(read.get("hash"))
    if stated is None and ("hash" in read or read["leaf"] is None):
        raise refused_entry(index, "n’a ni feuille ni empreinte lisible")
    leaf = None
    if read["leaf"] is not None:
        leaf = decode(read["leaf"])
        if leaf is None:
            raise refused_entry(index, "n’est pas en base64 canonique")
        own = tree.leaf_hash(leaf)
        if stated not in (None, own):
            raise refused_entry(index, "n’a pas l’empreinte qui est dans l’arbre")
        stated = own
    proof = None
    if "proof" in read:
        listed = read["proof"]
        if not isinstance(listed, list):
            raise refused_entry(index, "a une preuve mal formée")
        proof = [hashed for hashed in map(decode_hash, listed) if hashed is not None]
        if len(proof) != len(listed) or len(proof) > 64:
            raise refused_entry(index, "a une preuve mal formée")
    return Entry(index, leaf, stated or b"", proof)


def check(run: Run) -> Found:
    """Checks a run; the first entry that is not as it should be ends it."""
    return _check_whole(run) or _check_each(run)


def _check_whole(run: Run) -> Found | None:
    """Checks a run of the whole tree at once, for speed; None where anything is not as it should be
    or unusual, and must be looked at entry by entry."""
    claim, lines = run.claim, range(run.line, run.line + run.length)
    if claim.proven or run.readable is not None or lines.stop > claim.size or not run.length:
        return None
    if claim.since or claim.until or claim.meeting:
        return None
    found = _USUAL_LINES.findall(run.entries)
    if [index for index, _, _ in found] != [b"%d" % index for index in lines]:
        return None
    try:
        # Strict, because the pattern counts no letters: there is one spelling of the same bytes.
        raws = [a2b_base64(written, strict_mode=True) for _, written, _ in found]
    except ValueError:
        return None
    hashes = [sha256(b"\x00" + raw).digest() for raw in raws]
    stated = [hashed for _, _, hashed in found]
    if any(stated) and stated != [b2a_base64(hashed, newline=False) for hashed in hashes]:
        return None
    leaves = read_leaves(raws)
    if leaves is None or any(leaf[4] != claim.tenant for leaf in leaves):
        return None
    times = [leaf[3] for leaf in leaves]
    if times != sorted(times):
        return None
    late = [
        (index, leaf)
        for index, leaf in zip(lines, leaves, strict=True)
        if leaf[0][:16] != leaf[3][:16] and _is_late(leaf[0], leaf[3])
    ]
    told = [_told_late(index, leaf[0], leaf[3]) for index, leaf in late[:LATE_SHOWN]]
    return Found(
        lines.start, lines.stop - 1, None, lines.start, times[0], times[-1],
        cover(lines.start, hashes), 0, 0, told, len(late), "", False,
    )  # fmt: skip


def _check_each(run: Run) -> Found:
    claim = run.claim
    hashes: list[bytes] = []
    late: list[str] = []
    first = last = sealed_first = -1
    sequenced_from = sequenced_to = b""
    erased = pruned = late_count = 0
    missing: int | None = None
    refused, broken = "", False
    try:
        for place, line in enumerate(run.entries.split(b"\n")):
            index, leaf, leaf_hash, proof = read_entry(line, run.line + place)
            if index <= last:
                raise refused_entry(index, f"suit l’entrée {last} : l’ordre est rompu")
            if index >= claim.size:
                raise refused_entry(index, f"est au-delà du checkpoint, de {claim.size} entrées")
            if not claim.proven and index != run.line + place:
                raise refused_entry(run.line + place, "manque, dans un export sans preuves")
            if missing is None and first >= 0 and index != last + 1:
                missing = last + 1
            if first < 0:
                first = index
            last = index
            if (proof is not None) is not claim.proven:
                raise refused_entry(index, "a sa preuve, ou ne l’a pas, à l’inverse des autres")
            if (
                proof is not None
                and not claim.believed
                and not tree.verify_inclusion(
                    leaf_hash, index=index, size=claim.size, proof=proof, root=claim.root
                )
            ):
                broken = True
                raise refused_entry(index, "n’est pas dans l’arbre signé : sa preuve est fausse")
            hashes.append(leaf_hash)
            try:
                if leaf is None:
                    pruned += 1
                else:
                    at, meeting, _, sequenced_at, tenant = read_leaf(leaf)
                    if tenant != claim.tenant:
                        raise Refused("est d’un autre ministère que le journal")
                    if sequenced_at < sequenced_to:
                        raise Refused(
                            "a été inscrite à une heure antérieure à celle qui la précède"
                        )
                    if sealed_first < 0:
                        sealed_first, sequenced_from = index, sequenced_at
                    sequenced_to = sequenced_at
                    if at[:16] != sequenced_at[:16] and _is_late(at, sequenced_at):
                        late_count += 1
                        if len(late) < LATE_SHOWN:
                            late.append(_told_late(index, at, sequenced_at))
                    if (
                        at < claim.since
                        or (claim.until and at >= claim.until)
                        or (claim.meeting and meeting != claim.meeting)
                    ):
                        raise Refused("n’est pas de ce que l’export dit contenir")
                if run.readable is not None:
                    if place == len(run.readable):
                        raise Refused("n’a pas de forme lisible dans readable.jsonl")
                    erased += check_readable(run.readable[place], index, leaf)
            except Refused as error:
                raise refused_entry(index, str(error)) from None
    except Refused as error:
        refused = str(error)
    subtrees = cover(first, hashes) if missing is None and not refused else None
    return Found(
        first, last, missing, sealed_first, sequenced_from, sequenced_to, subtrees, erased, pruned,
        late, late_count, refused, broken,
    )  # fmt: skip


def cover(start: int, hashes: list[bytes]) -> list[tuple[int, bytes]]:
    """The perfect subtrees, by level and hash, that these leaves' hashes fill, from left to right."""
    left, right, level = [], [], 0
    while hashes:
        if start & 1:
            left.append((level, hashes[0]))
            hashes = hashes[1:]
            start += 1
        if len(hashes) & 1:
            right.append((level, hashes[-1]))
            hashes = hashes[:-1]
        nodes = iter(hashes)
        hashes = [
            sha256(b"\x01" + one + other).digest() for one, other in zip(nodes, nodes, strict=True)
        ]
        start >>= 1
        level += 1
    return left + right[::-1]


def _is_late(at: bytes, sequenced_at: bytes) -> bool:
    try:
        happened, sealed = (
            datetime.fromisoformat(moment.decode()) for moment in (at, sequenced_at)
        )
    except ValueError:
        return True
    return abs(sealed - happened) > LATE


def _told_late(index: int, at: bytes, sequenced_at: bytes) -> str:
    return (
        f"l’entrée {index} dit s’être produite à {at.decode()}, et n’a été scellée qu’à "
        f"{sequenced_at.decode()} : rien ne prouve l’heure qu’elle dit"
    )
