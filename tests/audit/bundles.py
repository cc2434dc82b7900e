"""Builds bundles from trees in memory, sound and otherwise."""

import base64
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from audit import notes, tree

TENANT = UUID("6f1f4f0e-0000-7000-8000-000000000001")
ORIGIN = f"visio.test/journal/{TENANT}"
MEETING = UUID("6f1f4f0e-0000-7000-8000-00000000beef")
BEGAN = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def signer(number: int = 1, *, origin: str = ORIGIN) -> notes.Signer:
    """A key of the log; the same number is the same key."""
    return notes.Signer(origin, bytes([number]) * 32)


@dataclass
class Written:
    """An entry as the log holds it."""

    leaf: dict
    salt: bytes | None
    personal: str | None
    pruned: bool = False

    @property
    def raw(self) -> bytes:
        return canonical(self.leaf)


def written(number: int, *, payload: dict | None = None, **changes) -> Written:
    """The entry that has this number in every test; `changes` are to its leaf."""
    at = BEGAN + timedelta(seconds=number)
    salt = sha256(b"salt %d" % number).digest()
    personal = canonical(
        {
            "actor_name": "Hélène Hôte",
            "on_behalf_of": "",
            "origin": "192.0.2.7",
            "payload": {"n": number, "ratio": 1.50, "said": "«\u202e»\n"}
            if payload is None
            else payload,
            "subject_name": "",
        }
    ).decode()
    leaf = {
        "actor": f"actor-{number % 7}",
        "at": moment(at),
        "delivered_from": None,
        "id": str(UUID(int=TENANT.int + number)),
        "kind": "lobby_admitted" if number % 3 else "sign_in",
        "meeting": str(MEETING) if number % 3 else None,
        "outcome": "success",
        "personal": b64(sha256(salt + personal.encode()).digest()),
        "request": f"{number:032x}",
        "sequenced_at": moment(at + timedelta(seconds=1)),
        "subject": "",
        "tenant": str(TENANT),
        "v": 1,
    } | changes
    return Written(leaf, salt, personal)


class Levels:
    """All perfect subtrees of a tree, so that many proofs cost little."""

    def __init__(self, hashes: Iterable[bytes]) -> None:
        self.levels = [list(hashes)]
        while len(self.levels[-1]) > 1:
            pairs = iter(self.levels[-1])
            self.levels.append(
                [tree.node_hash(one, other) for one, other in zip(pairs, pairs, strict=False)]
            )

    def read(self, asked: Sequence[tree.Subtree]) -> list[bytes]:
        return [self.levels[level][index] for level, index in asked]


@dataclass
class Log:
    """A log in memory, which signs checkpoints of any size."""

    entries: list[Written]
    origin: str = ORIGIN
    signers: list[notes.Signer] = field(default_factory=lambda: [signer()])
    hashes: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.hashes = [tree.leaf_hash(entry.raw) for entry in self.entries]
        self.levels = Levels(self.hashes)

    @property
    def size(self) -> int:
        return len(self.entries)

    def checkpoint(self, size: int | None = None, *, signers=None) -> str:
        size = self.size if size is None else size
        root = tree.root_of(size, self.levels.read)
        text = str(notes.Checkpoint(self.origin, size, root))
        return notes.sign(text, self.signers if signers is None else signers)

    def proof(self, index: int, size: int | None = None) -> list[str]:
        size = self.size if size is None else size
        return [b64(each) for each in tree.inclusion_proof(index, size, self.levels.read)]

    def consistency(self, start: int, size: int | None = None) -> dict:
        size = self.size if size is None else size
        proof = tree.consistency_proof(start, size, self.levels.read)
        return {"from": start, "to": size, "proof": [b64(each) for each in proof]}


def log_of(size: int, **changes: Written) -> Log:
    return Log([written(number) for number in range(size)])


def bundle_of(
    log: Log,
    indexes: Iterable[int] | None = None,
    *,
    earlier: Iterable[int] = (),
    proofs: bool = True,
    selection: dict | None = None,
) -> dict[str, bytes]:
    """The members of a bundle: of the whole log, or of the entries at these indexes."""
    chosen = range(log.size) if indexes is None else list(indexes)
    entries, readable = [], []
    for index in chosen:
        entry = log.entries[index]
        line: dict = {"index": index, "leaf": None if entry.pruned else b64(entry.raw)}
        if entry.pruned or not proofs:
            line["hash"] = b64(log.hashes[index])
        if proofs:
            line["proof"] = log.proof(index)
        entries.append(line)
        readable.append(readable_of(index, entry))
    asked = {"tenant": log.origin.rpartition("/")[2], "from": None, "to": None, "meeting": None}
    earlier = list(earlier)
    return {
        "README.txt": b"Lisez-moi.\n",
        "keys.txt": "".join(f"{each.verifier}\n" for each in log.signers).encode(),
        "checkpoint": log.checkpoint().encode(),
        "entries.jsonl": lines(entries),
        **{f"checkpoints/{size}": log.checkpoint(size).encode() for size in earlier},
        "consistency.json": canonical([log.consistency(size) for size in earlier]),
        "readable.jsonl": lines(readable),
        "selection.json": canonical(
            asked
            | ({"meeting": str(MEETING)} if indexes is not None else {})
            | {"entries": len(entries)}
            | (selection or {})
        ),
    }


def readable_of(index: int, entry: Written) -> dict:
    """The line of readable.jsonl."""
    if entry.pruned:
        return {"index": index, "pruned": True}
    event = {name: value for name, value in entry.leaf.items() if name != "personal"}
    if entry.personal is None:
        return {"index": index, "salt": None, "personal": None, "erased": True, "event": event}
    return {
        "index": index,
        "salt": b64(entry.salt or b""),
        "personal": entry.personal,
        "event": event | json.loads(entry.personal),
    }


def lines(values: Iterable[object]) -> bytes:
    return b"".join(canonical(value) + b"\n" for value in values)


def parsed(text: bytes) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def edited(
    files: dict[str, bytes], name: str, edit: Callable[[list[dict]], list[dict] | None]
) -> dict[str, bytes]:
    """The bundle with the lines of one member edited, in place or anew."""
    values = parsed(files[name])
    changed = edit(values)
    return files | {name: lines(values if changed is None else changed)}


def write(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path
