"""Bundles that no log ever wrote: each is refused with a sentence, by our verifier and by the one in Go."""

import re
from collections.abc import Callable

from audit import notes
from tests.audit.bundles import Log, Written, b64, bundle_of, log_of, signer, written
from tests.audit.tampering import (
    BAD,
    ENTRY,
    ROOT,
    SIZE,
    Files,
    Tamper,
    on_entry,
    on_json,
    put,
    relined,
    rewritten,
    without,
)


def respell(proof: list[str]) -> None:
    """The same bytes, with bits that nobody reads."""
    proof[0] = proof[0][:42] + chr(ord(proof[0][42]) + 1) + "="


def _with_leaf_of(files: Files, respelled: Callable[[str], str]) -> Files:
    """A log whose entry 7 ends with two signs of padding, and what is made of it."""
    actor = next("a" * n for n in range(3) if b64(written(BAD, actor="a" * n).raw).endswith("=="))
    entries = [written(n, actor=actor) if n == BAD else written(n) for n in range(SIZE)]
    files = bundle_of(Log(entries))
    return on_entry(lambda line: line.update(leaf=respelled(line["leaf"])))(files)


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


class _Spaced(Written):
    """An entry whose leaf says the same with a space more."""

    @property
    def raw(self) -> bytes:
        return super().raw.replace(b",", b", ", 1)
