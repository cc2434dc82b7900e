"""Verifies a bundle from its keys to its last entry, on every core, in constant memory."""

import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from audit import tree
from audit.verify import checkpoints, entries
from audit.verify.bundle import (
    LONGEST_ENTRY,
    LONGEST_READABLE,
    Bundle,
    Lines,
    count,
    open_bundle,
)
from audit.verify.checkpoints import Signed
from audit.verify.entries import Claim, Found, Run
from audit.verify.leaves import MOMENT, UUID
from audit.verify.refusal import BrokenTree, Refused, refused_entry

# Entries that one process checks at once, and the bytes that they may have.
RUN = 2_048
RUN_BYTES = 4 << 20
# So little is checked by one process.
FEW_BYTES = 4 << 20


class Selection(NamedTuple):
    """What the bundle says that it was asked for."""

    since: str
    until: str
    meeting: str
    entries: int

    @property
    def whole(self) -> bool:
        return not (self.since or self.until or self.meeting)


@dataclass
class Verified:
    """What was verified, for people and for tests."""

    latest: Signed
    old: Signed | None
    selection: Selection | None
    readable: bool
    entries: int = 0
    erased: int = 0
    pruned: int = 0
    # The first entry that is left out; None: none, from the first to the last.
    missing: int | None = None
    late: list[str] = field(default_factory=list)
    late_count: int = 0

    @property
    def whole(self) -> bool:
        return self.entries == self.latest.size


def verify(path: str, *, since: str | None = None, processes: int | None = None) -> Verified:
    """Everything that the bundle says is proven; else Refused, with the first bad entry."""
    with open_bundle(path) as bundle:
        keys = checkpoints.read_keys(bundle)
        latest = checkpoints.read_latest(bundle, keys)
        earlier = checkpoints.read_earlier(bundle, keys, latest)
        old = None
        if since is not None:
            old = checkpoints.read_old(since, keys, latest)
            checkpoints.check_continuity(old, earlier, latest)

        def walk(*, believed: bool) -> Verified:
            verified = Verified(
                latest, old, _selection(bundle, latest), "readable.jsonl" in bundle.names
            )
            _Walk(bundle, verified, earlier, believed=believed).run(processes or _cores())
            return verified

        try:
            checkpoints.check_consistency(bundle, earlier, latest)
            return walk(believed=False)
        except BrokenTree as broken:
            raise _closest(broken, lambda: walk(believed=True)) from None


def _closest(broken: BrokenTree, walk: Callable[[], Verified]) -> Refused:
    """What tells best which entry is bad: one that contradicts itself; else the smallest checkpoint
    that the entries do not lead to, where those before it are right; else the first broken proof."""
    try:
        walk()
    except BrokenTree as found:
        return found if found.first > broken.first else broken
    except Refused as found:
        return Refused(f"{found} ; en outre, {broken}")
    return broken


def _selection(bundle: Bundle, latest: Signed) -> Selection | None:
    if "selection.json" not in bundle.names:
        return None
    read = bundle.json("selection.json")
    if not isinstance(read, dict) or read.keys() != {"tenant", "from", "to", "meeting", "entries"}:
        raise Refused("selection.json est mal formé")
    if read["tenant"] != _tenant(latest):
        raise Refused("selection.json est d’un autre ministère que checkpoint")
    texts = []
    for name, pattern in (("from", MOMENT), ("to", MOMENT), ("meeting", UUID)):
        text = read[name]
        if text is not None and not (isinstance(text, str) and re.fullmatch(pattern, text)):
            raise Refused("selection.json est mal formé")
        texts.append(text or "")
    entries = count(read["entries"])
    if entries is None:
        raise Refused("selection.json est mal formé")
    since, until, meeting = texts
    return Selection(since, until, meeting, entries)


def _tenant(latest: Signed) -> str:
    return latest.origin.rpartition("/")[2]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Walk:
    """One walk over the entries, in their order."""

    def __init__(
        self, bundle: Bundle, verified: Verified, earlier: list[Signed], *, believed: bool
    ) -> None:
        self._verified, self._latest, self._old = verified, verified.latest, verified.old
        self._entries = bundle.lines("entries.jsonl", longest=LONGEST_ENTRY)
        self._readable: Lines | None = None
        if verified.readable:
            self._readable = bundle.lines("readable.jsonl", longest=LONGEST_READABLE)
        self._roots = {each.size: each.root for each in [*earlier, self._latest]}
        self._believed = believed
        self._proven = self._first_is_proven()
        # Perfect subtrees by level and hash, while nothing is left out since entry 0.
        self._frontier: list[tuple[int, bytes]] | None = []
        self._right_up_to = 0
        self._last = -1
        self._sequenced = b""
        self._old_seen = False

    def run(self, processes: int) -> None:
        for run, found in _checked(self._runs(), processes):
            self._follow(run, found)
        self._end()

    def _first_is_proven(self) -> bool:
        """The first entry decides whether all have their proofs or none."""
        first = self._entries.take(1, most_bytes=LONGEST_ENTRY)
        self._entries.give_back(first)
        return not first or entries.read_entry(first[0], 0).proof is not None

    def _runs(self) -> Iterator[Run]:
        """Runs that end where a checkpoint does, so that its root can be seen."""
        asked = self._verified.selection or Selection("", "", "", 0)
        claim = Claim(
            self._latest.size,
            self._latest.root,
            _tenant(self._latest).encode(),
            self._proven,
            self._believed,
            asked.since.encode(),
            asked.until.encode(),
            asked.meeting.encode(),
        )
        ends = sorted({*self._roots, *([self._old.size] if self._old else [])}, reverse=True)
        line = 0
        while True:
            while ends and ends[-1] <= line:
                ends.pop()
            most = min(RUN, ends[-1] - line) if ends else RUN
            lines = self._entries.take(most, most_bytes=RUN_BYTES)
            if not lines:
                return
            readable = None
            if self._readable is not None:
                readable = self._readable.take(len(lines), most_bytes=RUN_BYTES)
                kept = max(1, len(readable))
                self._entries.give_back(lines[kept:])
                lines = lines[:kept]
            yield Run(claim, line, len(lines), b"\n".join(lines), readable)
            line += len(lines)

    def _follow(self, run: Run, found: Found) -> None:
        """What a run cannot know by itself: what stands before it."""
        verified = self._verified
        if found.first >= 0:
            if found.first <= self._last:
                raise refused_entry(found.first, f"suit l’entrée {self._last} : l’ordre est rompu")
            if found.sealed_first >= 0 and found.sequenced_from < self._sequenced:
                raise refused_entry(
                    found.sealed_first,
                    "a été inscrite à une heure antérieure à celle qui la précède",
                )
        if found.broken:
            raise BrokenTree(found.refused, first=found.last)
        if found.refused:
            raise Refused(found.refused)
        if verified.missing is None:
            if found.first != self._last + 1 and (self._last >= 0 or self._asked_whole):
                verified.missing = self._last + 1
            else:
                verified.missing = found.missing
        if self._frontier is not None and found.subtrees is not None and found.first == run.line:
            for level, hashed in found.subtrees:
                _push(self._frontier, level, hashed)
        else:
            self._frontier = None
        self._last = found.last
        self._sequenced = found.sequenced_to or self._sequenced
        verified.entries = run.line + run.length
        verified.erased += found.erased
        verified.pruned += found.pruned
        verified.late_count += found.late_count
        verified.late = (verified.late + found.late)[: entries.LATE_SHOWN]
        self._look_at_roots(verified.entries)

    @property
    def _asked_whole(self) -> bool:
        return self._verified.selection is not None and self._verified.selection.whole

    def _look_at_roots(self, size: int) -> None:
        if self._frontier is None:
            return
        of_old = self._old is not None and self._old.size == size
        if size not in self._roots and not of_old:
            return
        root = tree.fold([hashed for _, hashed in self._frontier])
        if self._roots.get(size, root) != root:
            first = self._right_up_to
            among = f"entre l’entrée {first} et l’entrée {size - 1}"
            raise BrokenTree(
                f"les entrées ne mènent pas au point de contrôle de {size} entrées : la première "
                f"fausse est {f'l’entrée {first}' if first == size - 1 else among}",
                first=first,
            )
        if size in self._roots:
            self._right_up_to = size
        if of_old:
            self._compare_old(root)

    def _compare_old(self, root: bytes) -> None:
        assert self._old is not None
        if root != self._old.root:
            raise Refused(
                "le journal a été réécrit : la première entrée fausse est entre l’entrée 0 et "
                f"l’entrée {self._old.size - 1}, car les {self._old.size} premières ne sont pas "
                "celles du point de contrôle antérieur"
            )
        self._old_seen = True

    def _end(self) -> None:
        verified, size = self._verified, self._latest.size
        if self._readable is not None and self._readable.take(1, most_bytes=1):
            raise Refused("readable.jsonl a plus de lignes que entries.jsonl")
        if not self._proven and verified.entries != size:
            raise refused_entry(verified.entries, f"manque : l’arbre en compte {size}")
        asked = verified.selection
        if asked is not None and (
            asked.entries != verified.entries or (asked.whole and verified.entries != size)
        ):
            missing = verified.missing
            if missing is None and asked.whole and verified.entries < size:
                missing = self._last + 1
            what = f"l’entrée {missing} manque : " if asked.whole and missing is not None else ""
            raise Refused(
                f"{what}le paquet contient {verified.entries} entrées sur les "
                f"{size if asked.whole else asked.entries} qui ont été exportées"
            )
        if self._old is not None and not self._old_seen:
            if self._old.size in self._roots:
                self._compare_old(self._roots[self._old.size])
            elif self._old.size == 0:
                self._compare_old(tree.EMPTY_ROOT)
            else:
                raise Refused(
                    "le paquet n’a pas de preuve depuis le point de contrôle antérieur, de "
                    f"{self._old.size} entrées : demandez un export qui part de lui, ou de tout"
                )


def _push(frontier: list[tuple[int, bytes]], level: int, hashed: bytes) -> None:
    while frontier and frontier[-1][0] == level:
        hashed = tree.node_hash(frontier.pop()[1], hashed)
        level += 1
    frontier.append((level, hashed))


def _checked(runs: Iterator[Run], processes: int) -> Iterator[tuple[Run, Found]]:
    """The runs with what was found, in their order; never many of them are in memory."""
    early: list[Run] = []
    size = 0
    for run in runs:
        early.append(run)
        size += run.size
        if size > FEW_BYTES:
            break
    else:
        processes = 1  # all of them are there: to start processes would take longer
    if processes < 2:
        for run in chain(early, runs):
            yield run, entries.check(run)
        return
    with ProcessPoolExecutor(processes) as pool:
        waiting = deque((run, pool.submit(entries.check, run)) for run in early)
        try:
            while waiting:
                while len(waiting) < 2 * processes + 2 and (more := next(runs, None)) is not None:
                    waiting.append((more, pool.submit(entries.check, more)))
                run, found = waiting.popleft()
                yield run, found.result()
        except BrokenProcessPool:
            raise Refused("la vérification s’est arrêtée : un de ses processus est mort") from None
        finally:
            pool.shutdown(cancel_futures=True)
