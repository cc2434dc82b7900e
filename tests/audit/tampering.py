"""What can be done to a bundle: each is refused, by our verifier and by the one in Go.

A tamper takes the bundle's members and answers them changed. The pattern is what our verifier says of
it; where an entry can be told, it is entry 7 that is bad.
"""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace

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


def respell(proof: list[str]) -> None:
    """The same bytes, with bits that nobody reads."""
    proof[0] = proof[0][:42] + chr(ord(proof[0][42]) + 1) + "="


def _with_leaf_of(files: Files, respelled: Callable[[str], str]) -> Files:
    """A log whose entry 7 ends with two signs of padding, and what is made of it."""
    actor = next("a" * n for n in range(3) if b64(written(BAD, actor="a" * n).raw).endswith("=="))
    entries = [written(n, actor=actor) if n == BAD else written(n) for n in range(SIZE)]
    files = bundle_of(Log(entries))
    return on_entry(lambda line: line.update(leaf=respelled(line["leaf"])))(files)


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

# --- What hostile bytes do ------------------------------------------------------------------
HOSTILE: dict[str, Tamper] = {
    **{
        f"{name} is missing": (without(name), f"{name} manque")
        for name in ("keys.txt", "checkpoint", "consistency.json", "entries.jsonl")
    },
    **{
        f"{name} is {what}": (put(name, content), ".")
        for name in (
            "keys.txt",
            "checkpoint",
            "consistency.json",
            "entries.jsonl",
            "readable.jsonl",
            "selection.json",
            "checkpoints/8",
        )
        for what, content in (
            ("empty", b""),
            ("NUL", b"\0"),
            ("binary", bytes(range(256))),
            ("an open list", b"[" * 100_000 + b"\n"),
            ("text", b"text\n"),
            ("a list", b"[1]\n"),
            ("null", b"null\n"),
            ("an empty line", b"\n"),
        )
        # An export of nothing, or without what people read, is not hostile by itself.
    },
    "a name leads out": (put("../keys.txt", b""), "ne connaît pas"),
    "a name is absolute": (put("/etc/passwd", b""), "ne connaît pas"),
    "a name has a backslash": (put("checkpoints\\8", b""), "ne connaît pas"),
    "a size is not canonical": (put("checkpoints/08", b""), "ne connaît pas"),
    "a size is negative": (put("checkpoints/-8", b""), "ne connaît pas"),
    "a size is of another alphabet": (put("checkpoints/٨", b""), "ne connaît pas"),
    "a size is huge": (put("checkpoints/9999999999999999999", b""), "ne connaît pas"),
    "a name is not known": (put("read-me-instead.pdf", b""), "ne connaît pas"),
    "an index is negative": (relined("entries.jsonl", rb'"index":7', b'"index":-7'), "ligne"),
    "an index is minus zero": (relined("entries.jsonl", rb'"index":7', b'"index":-0'), "ligne"),
    "an index has a zero": (relined("entries.jsonl", rb'"index":7', b'"index":07'), "ligne"),
    "an index is no whole number": (
        relined("entries.jsonl", rb'"index":7', b'"index":7.0'),
        "ligne",
    ),
    "an index is huge": (
        relined("entries.jsonl", rb'"index":7', b'"index":' + b"9" * 5_000),
        "ligne",
    ),
    "an index is text": (relined("entries.jsonl", rb'"index":7', b'"index":"7"'), "ligne"),
    "an index is true": (relined("entries.jsonl", rb'"index":7', b'"index":true'), "ligne"),
    "an index is there twice": (
        relined("entries.jsonl", rb'"index":7', b'"index":7,"index":7'),
        "deux fois",
    ),
    "a leaf is there twice": (
        relined("entries.jsonl", rb'"leaf":', b'"leaf":"","leaf":'),
        "deux fois",
    ),
    "a name is in another case": (relined("entries.jsonl", rb'"leaf":', b'"LEAF":'), ENTRY),
    "an entry has more": (on_entry(lambda line: line.update(note="trust me")), ENTRY),
    "base64 is not canonical": (on_entry(lambda line: respell(line["proof"])), ENTRY + ".*preuve"),
    "a leaf's base64 is not canonical": (
        lambda files: _with_leaf_of(files, lambda text: text[:-3] + "B=="),
        "base64 canonique",
    ),
    "base64 has a line's end": (relined("entries.jsonl", rb'"leaf":"', b'"leaf":"\\n'), ENTRY),
    "base64 lacks its end": (
        lambda files: _with_leaf_of(files, lambda text: text.rstrip("=")),
        "base64 canonique",
    ),
    "base64 has too much of an end": (
        lambda files: _with_leaf_of(files, lambda text: text[:-1]),
        "base64 canonique",
    ),
    "a line is gigantic": (
        relined("entries.jsonl", rb'"leaf":"', b'"leaf":"' + b"A" * 1_000_000),
        "une ligne de plus de",
    ),
    "a line is not UTF-8": (relined("entries.jsonl", rb'"index":7', b'"\xff":1,"index":7'), "JSON"),
    "a line has NaN": (relined("entries.jsonl", rb'"index":7', b'"index":NaN'), "JSON"),
    "the last line is cut": (
        lambda files: files | {"entries.jsonl": files["entries.jsonl"][:-1]},
        "au milieu d’une ligne",
    ),
    "the last readable line is cut": (
        lambda files: files | {"readable.jsonl": files["readable.jsonl"][:-1]},
        "au milieu d’une ligne",
    ),
    "the last key is cut": (lambda files: files | {"keys.txt": files["keys.txt"][:-1]}, "keys.txt"),
    "a key is there twice": (
        lambda files: files | {"keys.txt": files["keys.txt"] * 2},
        "deux fois",
    ),
    "a key has spaces": (lambda files: files | {"keys.txt": b" " + files["keys.txt"]}, "keys.txt"),
    "a key's id is another": (
        lambda files: (
            files | {"keys.txt": re.sub(rb"\+[0-9a-f]{8}\+", b"+00000000+", files["keys.txt"])}
        ),
        "keys.txt",
    ),
    "a key's id is in capitals": (
        lambda files: (
            files
            | {"keys.txt": re.sub(rb"\+[0-9a-f]{8}\+", lambda m: m[0].upper(), files["keys.txt"])}
        ),
        "keys.txt",
    ),
    "a checkpoint has a fourth line": (
        lambda files: (
            files
            | {
                "checkpoint": notes.sign(
                    f"{log_of(SIZE).checkpoint().partition(chr(10) * 2)[0]}\nmore\n", [signer()]
                ).encode()
            }
        ),
        "canonique",
    ),
    "a checkpoint's end is CRLF": (
        lambda files: files | {"checkpoint": files["checkpoint"].replace(b"\n", b"\r\n")},
        "checkpoint",
    ),
    "a checkpoint's size has a zero": (
        lambda files: (
            files
            | {
                "checkpoint": notes.sign(
                    f"{signer().name}\n040\n{b64(ROOT)}\n", [signer()]
                ).encode()
            }
        ),
        "checkpoint",
    ),
    "a checkpoint's size is negative": (
        lambda files: (
            files
            | {
                "checkpoint": notes.sign(
                    f"{signer().name}\n-40\n{b64(ROOT)}\n", [signer()]
                ).encode()
            }
        ),
        "checkpoint",
    ),
    "a checkpoint's root is short": (
        lambda files: (
            files | {"checkpoint": notes.sign(f"{signer().name}\n40\nAAAA\n", [signer()]).encode()}
        ),
        "checkpoint",
    ),
    "a signature is not base64": (
        lambda files: files | {"checkpoint": files["checkpoint"][:-5] + b"!!!!\n"},
        "checkpoint",
    ),
    "a signature is not canonical": (
        lambda files: (
            files
            | {
                "checkpoint": files["checkpoint"].replace(
                    b"\n\n", b"\n\n\xe2\x80\x94 w.test AAAAAAF=\n"
                )
            }
        ),
        "checkpoint",
    ),
    "a leaf is of another version": (
        lambda files: rewritten(v=2) | {},
        ENTRY + ".*elle est de version 2",
    ),
    "a leaf has more": (lambda files: rewritten(more="x"), ENTRY),
    "a leaf's time is no time": (lambda files: rewritten(sequenced_at="soon"), ENTRY),
    "a leaf is not canonical": (
        lambda files: bundle_of(
            Log([_Spaced(**vars(written(n))) if n == BAD else written(n) for n in range(SIZE)]),
        ),
        ENTRY + ".*canonique",
    ),
    "a consistency proof is of hashes too short": (
        on_json("consistency.json", lambda proofs: proofs[1].update(proof=["AAAA"])),
        "base64",
    ),
    "a consistency proof's size is negative": (
        on_json("consistency.json", lambda proofs: proofs[1].update({"from": -5})),
        "mal formée",
    ),
    "a consistency proof's size is huge": (
        on_json("consistency.json", lambda proofs: proofs[1].update({"from": 10**30})),
        "mal formée",
    ),
    "a selection has more": (
        on_json("selection.json", lambda asked: asked.update(note="x")),
        "mal formé",
    ),
}


class _Spaced(type(written(0))):
    """An entry whose leaf says the same with a space more."""

    @property
    def raw(self) -> bytes:
        return super().raw.replace(b",", b", ", 1)


# --- What is sound, and must not be refused ---------------------------------------------------
def _erased() -> Files:
    entries = [written(n) for n in range(SIZE)]
    entries[3] = replace(entries[3], personal=None, salt=None)
    entries[BAD] = replace(entries[BAD], pruned=True)
    return bundle_of(Log(entries), earlier=EARLIER)


def _rotating() -> Files:
    return bundle_of(Log([written(n) for n in range(SIZE)], signers=[signer(2), signer(1)]))


def _cosigned() -> Files:
    files = with_proofs()
    witness = notes.Signer("witness.test", bytes(32))
    text = notes.parse(files["checkpoint"]).text
    return files | {
        "checkpoint": files["checkpoint"] + witness.cosign(text, time=1_800_000_000).encode()
    }


def _respelled() -> Files:
    """The same JSON with spaces, in another order, with escapes."""
    files = with_proofs()
    entries = [json.loads(line) for line in files["entries.jsonl"].splitlines()]
    readable = [json.loads(line) for line in files["readable.jsonl"].splitlines()]
    return files | {
        "entries.jsonl": "".join(
            json.dumps(dict(reversed(each.items())), indent=None).replace("+", "\\u002b") + "\r\n"
            for each in entries
        ).encode(),
        "readable.jsonl": "".join(json.dumps(each) + "\n" for each in readable).encode(),
    }


def _hard_texts() -> Files:
    texts = [
        "".join(map(chr, range(1, 33))) + "\x7f",
        '"\\/',
        "\u2028\u2029\u202e\ufeff",
        "é\U0001f600",
        "",
    ]
    entries = [
        written(
            n,
            payload={"t": texts[n % 5], "n": [0, -1, 1.5, 1e300, 10**30, True, None], "": {}},
            actor=texts[n % 5],
        )
        for n in range(SIZE)
    ]
    return bundle_of(Log(entries))


SOUND: dict[str, Callable[[], Files]] = {
    "a whole log with proofs": with_proofs,
    "a whole log without": without_proofs,
    "a part": a_part,
    "a part of nothing": lambda: bundle_of(log_of(SIZE), [], earlier=EARLIER),
    "a log of one": lambda: bundle_of(log_of(1)),
    "a log of two": lambda: bundle_of(log_of(2), earlier=[1, 2]),
    "an empty log": lambda: bundle_of(log_of(0), earlier=[0]),
    "without its readable form": lambda: without("readable.jsonl")(with_proofs()),
    "without its selection": lambda: without("selection.json")(a_part()),
    "without a readme": lambda: without("README.txt")(a_part()),
    "every checkpoint": lambda: bundle_of(log_of(SIZE), earlier=range(SIZE + 1)),
    "erased and pruned": _erased,
    "two keys": _rotating,
    "cosigned": _cosigned,
    "spelled otherwise": _respelled,
    "texts that are hard": _hard_texts,
}
