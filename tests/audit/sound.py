"""Bundles that are sound: neither verifier may refuse one."""

import json
from collections.abc import Callable
from dataclasses import replace

from audit import notes
from tests.audit.bundles import Log, bundle_of, log_of, signer, written
from tests.audit.tampering import (
    BAD,
    EARLIER,
    SIZE,
    Files,
    a_part,
    with_proofs,
    without,
    without_proofs,
)


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
    return files | {
        name: files[name]
        + witness.cosign(notes.parse(files[name]).text, time=1_800_000_000).encode()
        for name in files
        if name == "checkpoint" or name.startswith("checkpoints/")
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
