"""What can be done to a bundle: each is refused, by our verifier and by the one in Go.

A tamper takes the bundle's members and answers them changed. The pattern is what our verifier says of
it; where an entry can be told, it is entry 7 that is bad.
"""

import base64
import json
import re
from collections.abc import Callable

from audit import notes, tree
from tests.audit.bundles import (
    BEGAN,
    Log,
    b64,
    bundle_of,
    canonical,
    edited,
    lines,
    log_of,
    moment,
    signer,
    written,
)

Files = dict[str, bytes]
SIZE = 40
EARLIER = (1, 5, 8, 16, 33)
BAD = 7
# For a log with its proofs, without, and for a part of one.
Tamper = tuple[Callable[[Files], Files], str]


def with_proofs() -> Files:
    return bundle_of(log_of(SIZE), earlier=EARLIER)


def without_proofs() -> Files:
    return bundle_of(log_of(SIZE), earlier=EARLIER, proofs=False)


def a_part() -> Files:
    chosen = [index for index in range(SIZE) if index % 3]
    return bundle_of(log_of(SIZE), chosen, earlier=EARLIER)


def line_of(values: list[dict], index: int = BAD) -> dict:
    return next(value for value in values if value["index"] == index)


def on_entry(edit: Callable[[dict], object], index: int = BAD) -> Callable[[Files], Files]:
    def change(values: list[dict]) -> None:
        edit(line_of(values, index))

    return lambda files: edited(files, "entries.jsonl", change)


def on_readable(edit: Callable[[dict], object], index: int = BAD) -> Callable[[Files], Files]:
    def change(values: list[dict]) -> None:
        edit(line_of(values, index))

    return lambda files: edited(files, "readable.jsonl", change)


def put(name: str, content: bytes) -> Callable[[Files], Files]:
    return lambda files: files | {name: content}


def without(name: str) -> Callable[[Files], Files]:
    return lambda files: {key: value for key, value in files.items() if key != name}


def relined(name: str, pattern: bytes, by: bytes) -> Callable[[Files], Files]:
    """One thing replaced in the line of the bad entry, as text."""

    def change(files: Files) -> Files:
        changed = [
            re.sub(pattern, lambda _: by, line, count=1) if b'"index":7' in line[:4000] else line
            for line in files[name].splitlines(keepends=True)
        ]
        assert b"".join(changed) != files[name], "nothing was changed"
        return files | {name: b"".join(changed)}

    return change


def leaf_changed(**changes) -> Callable[[dict], None]:
    """The leaf rewritten, with what it changes; also its own hash where it stands beside it."""

    def edit(line: dict) -> None:
        leaf = canonical(json.loads(base64.b64decode(line["leaf"])) | changes)
        line["leaf"] = b64(leaf)
        if "hash" in line:
            line["hash"] = b64(tree.leaf_hash(leaf))

    return edit


def both(*changes: Callable[[Files], Files]) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        for each in changes:
            files = each(files)
        return files

    return change


def rewritten(**changes) -> Files:
    """The log made anew by whoever has the key, with another entry 7."""
    entries = [written(n, **(changes if n == BAD else {})) for n in range(SIZE)]
    return bundle_of(Log(entries), earlier=EARLIER)


def dropped(name: str, index: int = BAD) -> Callable[[Files], Files]:
    return lambda files: edited(
        files, name, lambda values: [value for value in values if value["index"] != index]
    )


def swapped(values: list[dict]) -> list[dict]:
    """The entries 7 and 8 in each other's place."""
    place = next(i for i, value in enumerate(values) if value["index"] == BAD)
    return [*values[:place], values[place + 1], values[place], *values[place + 2 :]]


def exchanged(values: list[dict]) -> None:
    """The leaves of 7 and 8, under each other's number."""
    one, other = line_of(values), line_of(values, BAD + 1)
    one["leaf"], other["leaf"] = other["leaf"], one["leaf"]
    if "hash" in one:
        one["hash"], other["hash"] = other["hash"], one["hash"]


def inserted(values: list[dict]) -> list[dict]:
    """An invented entry where 7 was, and one more in all."""
    place = next(i for i, value in enumerate(values) if value["index"] == BAD)
    later = [value | {"index": value["index"] + 1} for value in values[place:]]
    leaf = written(999).raw
    new = values[place] | {"leaf": b64(leaf)}
    if "hash" in new:
        new["hash"] = b64(tree.leaf_hash(leaf))
    return [*values[:place], new, *later]


def renumbered(values: list[dict]) -> list[dict]:
    """Entry 7 taken out, and those behind it moved up."""
    place = next(i for i, value in enumerate(values) if value["index"] == BAD)
    later = [value | {"index": value["index"] - 1} for value in values[place + 1 :]]
    return [*values[:place], *later]


def forged(name: str) -> Callable[[Files], Files]:
    """A signature with one bit turned."""

    def change(files: Files) -> Files:
        text, encoded = files[name].rsplit(b" ", 1)
        raw = bytearray(base64.b64decode(encoded))
        raw[20] ^= 1
        return files | {name: text + b" " + base64.b64encode(raw) + b"\n"}

    return change


def signed_anew(name: str, size: int, root: bytes, number: int = 1, origin: str | None = None):
    def change(files: Files) -> Files:
        key = signer(number) if origin is None else signer(number, origin=origin)
        text = str(notes.Checkpoint(key.name, size, root))
        return files | {name: notes.sign(text, [key]).encode()}

    return change


def on_json(name: str, edit: Callable) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        value = json.loads(files[name])
        changed = edit(value)
        return files | {name: canonical(value if changed is None else changed)}

    return change


FLIPPED = b64(bytes(32))
ENTRY = f"l’entrée {BAD} "
LATER = moment(BEGAN.replace(year=2027))
OTHER = Log([written(n, kind="other") for n in range(SIZE)])
ROOT = tree.root(log_of(SIZE).hashes)

# --- What the log's enemies do ---------------------------------------------------------------
EVERYWHERE: dict[str, Tamper] = {
    "a leaf is edited": (on_entry(leaf_changed(kind="sign_out")), ENTRY),
    "a leaf and its readable form are edited": (
        both(
            on_entry(leaf_changed(kind="sign_out")),
            on_readable(lambda line: line["event"].update(kind="sign_out")),
        ),
        "l’entrée [57] ",
    ),
    "an entry is back-dated": (on_entry(leaf_changed(at="2026-01-01T00:00:00.000000Z")), ENTRY),
    "an entry is sealed before its time": (
        on_entry(leaf_changed(sequenced_at="2026-01-01T00:00:00.000000Z")),
        ENTRY,
    ),
    "an entry is sealed after its time": (
        on_entry(leaf_changed(sequenced_at=LATER)),
        "l’entrée [78] ",
    ),
    "an entry is deleted": (dropped("entries.jsonl"), "l’entrée [78] |entrées sur les"),
    "an entry is deleted with its readable form": (
        both(dropped("entries.jsonl"), dropped("readable.jsonl")),
        ENTRY + "|entrées sur les",
    ),
    "the first entry is deleted": (dropped("entries.jsonl", 1), "l’entrée [12] |entrées sur les"),
    "the last entry is deleted": (
        both(dropped("entries.jsonl", SIZE - 2), dropped("readable.jsonl", SIZE - 2)),
        f"l’entrée {SIZE - 2} |entrées sur les",
    ),
    "an entry is deleted, those behind it moved up": (
        lambda files: edited(files, "entries.jsonl", renumbered),
        ENTRY,
    ),
    "an entry is inserted": (lambda files: edited(files, "entries.jsonl", inserted), ENTRY),
    "an entry is there twice": (
        lambda files: edited(
            files,
            "entries.jsonl",
            lambda values: sorted([*values, line_of(values)], key=lambda v: v["index"]),
        ),
        "l’entrée [78] ",
    ),
    "two entries are in the other's place": (
        lambda files: edited(files, "entries.jsonl", swapped),
        "l’entrée [78] ",
    ),
    "two leaves are exchanged": (lambda files: edited(files, "entries.jsonl", exchanged), ENTRY),
    "an entry is of another ministry": (
        on_entry(leaf_changed(tenant="6f1f4f0e-0000-7000-8000-000000000002")),
        ENTRY,
    ),
    "a leaf is null without a word": (on_entry(lambda line: line.update(leaf=None)), ENTRY),
    "a leaf is pruned here and not there": (
        on_entry(
            lambda line: line.update(
                leaf=None, hash=b64(tree.leaf_hash(base64.b64decode(line["leaf"])))
            )
        ),
        ENTRY,
    ),
    "a hash is another": (on_entry(lambda line: line.update(hash=FLIPPED)), ENTRY),
    "an index is beyond the tree": (
        on_entry(lambda line: line.update(index=SIZE), SIZE - 1 - (SIZE - 1) % 3 - 1),
        f"l’entrée {SIZE} |manque",
    ),
    # People read
    "what people read is edited": (
        on_readable(lambda line: line["event"].update(actor_name="Quelqu’un d’autre")),
        ENTRY + r".*\(actor_name\)",
    ),
    "what people read is edited with what opens it": (
        on_readable(
            lambda line: line.update(
                personal=line["personal"].replace("Hôte", "Autre"),
                event=line["event"] | {"actor_name": "Hélène Autre"},
            )
        ),
        ENTRY + "a d’autres données personnelles",
    ),
    "a number is written otherwise": (
        relined("readable.jsonl", rb'"ratio":1\.5', b'"ratio":1.50'),
        ENTRY,
    ),
    "what people read has more": (on_readable(lambda line: line["event"].update(more=1)), ENTRY),
    "what people read has less": (on_readable(lambda line: line["event"].pop("kind")), ENTRY),
    "true is not 1": (on_readable(lambda line: line["event"].update(v=True)), ENTRY),
    "a salt is another": (on_readable(lambda line: line.update(salt=FLIPPED)), ENTRY),
    "a salt is short": (on_readable(lambda line: line.update(salt="AAAA")), ENTRY),
    "a readable form is of another entry": (
        lambda files: edited(files, "readable.jsonl", swapped),
        ENTRY,
    ),
    "a readable form is dropped": (dropped("readable.jsonl"), ENTRY),
    "the last readable form is dropped": (
        dropped("readable.jsonl", SIZE - 2),
        f"l’entrée {SIZE - 2} ",
    ),
    "a readable form is invented": (
        lambda files: (
            files
            | {"readable.jsonl": files["readable.jsonl"] + lines([{"index": 99, "pruned": True}])}
        ),
        "plus de lignes",
    ),
    "an event has gone": (
        lambda files: edited(
            files,
            "readable.jsonl",
            lambda values: [
                {"index": BAD, "missing": True} if value["index"] == BAD else value
                for value in values
            ],
        ),
        ENTRY + "n’a plus son événement",
    ),
    "erased, and yet not": (on_readable(lambda line: line.update(erased=True)), ENTRY),
    "erased is not true": (on_readable(lambda line: line.update(erased=False)), ENTRY),
    # Signatures
    "the signature is forged": (forged("checkpoint"), "checkpoint porte une fausse signature"),
    "another key signs": (signed_anew("checkpoint", SIZE, ROOT, 2), "aucune des clés"),
    "another key is the bundle's": (
        put("keys.txt", f"{signer(2).verifier}\n".encode()),
        "aucune des clés",
    ),
    "a key is of another log": (
        lambda files: (
            files
            | {
                "keys.txt": files["keys.txt"]
                + f"{signer(2, origin='x.test/journal/y').verifier}\n".encode()
            }
        ),
        "autre journal",
    ),
    "the checkpoint is of another tree": (
        lambda files: files | {"checkpoint": OTHER.checkpoint().encode()},
        "commence pas|l’entrée [01] |entre l’entrée 33 ",
    ),
    "the checkpoint is of another size": (signed_anew("checkpoint", SIZE - 1, ROOT), "."),
    "the checkpoint is larger": (signed_anew("checkpoint", SIZE + 1, ROOT), "."),
    "the checkpoint is an earlier one": (
        lambda files: files | {"checkpoint": files["checkpoints/16"]},
        "plus grand",
    ),
    "the checkpoint is of another log": (
        signed_anew("checkpoint", SIZE, ROOT, origin="visio.test/journal/other"),
        "autre journal|aucune des clés",
    ),
    "an earlier checkpoint is of another tree": (
        lambda files: files | {"checkpoints/16": OTHER.checkpoint(16).encode()},
        "ne commence pas par celui de 16|entre l’entrée 8 et l’entrée 15",
    ),
    "an earlier checkpoint is forged": (forged("checkpoints/8"), "checkpoints/8 porte une fausse"),
    "an earlier checkpoint is another": (
        lambda files: files | {"checkpoints/16": files["checkpoints/8"]},
        "checkpoints/16 est un point de contrôle de 8",
    ),
    "two views are signed": (
        lambda files: files | {f"checkpoints/{SIZE}": OTHER.checkpoint().encode()},
        "deux journaux sont signés",
    ),
    "a consistency proof is dropped": (
        on_json("consistency.json", lambda proofs: proofs[:-1]),
        "de 33 à 40 manque",
    ),
    "a consistency proof is edited": (
        on_json("consistency.json", lambda proofs: proofs[1]["proof"].__setitem__(0, FLIPPED)),
        "commence pas par celui de 5",
    ),
    "a consistency proof is too long": (
        on_json("consistency.json", lambda proofs: proofs[1]["proof"].append(FLIPPED)),
        "commence pas par celui de 5",
    ),
    "a consistency proof leads elsewhere": (
        on_json("consistency.json", lambda proofs: proofs[1].update(to=33)),
        "ne mène pas à checkpoint",
    ),
    "a consistency proof is there twice": (
        on_json("consistency.json", lambda proofs: [*proofs, proofs[0]]),
        "il y en a deux",
    ),
    "a consistency proof is of nothing": (
        on_json("consistency.json", lambda proofs: [*proofs, proofs[0] | {"from": 20}]),
        "sans point de contrôle",
    ),
    "the selection is of another ministry": (
        on_json("selection.json", lambda asked: asked.update(tenant="x")),
        "autre ministère",
    ),
    "the selection counts otherwise": (
        on_json("selection.json", lambda asked: asked.update(entries=39)),
        "exportées",
    ),
    "an entry was not asked for": (
        on_json("selection.json", lambda asked: asked.update({"from": LATER})),
        "n’est pas de ce que l’export dit contenir",
    ),
}

PROVEN: dict[str, Tamper] = {
    "a proof is edited": (
        on_entry(lambda line: line["proof"].__setitem__(0, FLIPPED)),
        ENTRY + "n’est pas dans l’arbre",
    ),
    "a proof is dropped": (on_entry(lambda line: line.pop("proof")), ENTRY),
    "a proof is short": (on_entry(lambda line: line["proof"].pop()), ENTRY),
    "a proof is long": (on_entry(lambda line: line["proof"].append(FLIPPED)), ENTRY),
    "a proof is of another entry": (
        lambda files: edited(
            files,
            "entries.jsonl",
            lambda values: line_of(values).update(proof=line_of(values, BAD + 1)["proof"]),
        ),
        ENTRY,
    ),
    "a proof is null": (on_entry(lambda line: line.update(proof=None)), ENTRY),
    "a proof is backwards": (on_entry(lambda line: line["proof"].reverse()), ENTRY),
}
UNPROVEN: dict[str, Tamper] = {
    "a leaf is edited with its hash and form": (
        both(
            on_entry(leaf_changed(kind="sign_out")),
            on_readable(lambda line: line["event"].update(kind="sign_out")),
        ),
        "entre l’entrée 5 et l’entrée 7",
    ),
    "one entry has a proof": (
        on_entry(lambda line: line.update(proof=log_of(SIZE).proof(BAD))),
        ENTRY,
    ),
}
