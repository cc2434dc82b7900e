"""The example of docs/log-format.md has real bytes."""

import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

from audit import leaves, tree
from audit.verify.verification import verify
from tests.audit.bundles import write

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "log-format.md"
BLOCKS = dict(re.findall(r"^```(\S+)\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S))
MEMBERS = {
    name: text.encode() for name, text in BLOCKS.items() if "." in name or "checkpoint" in name
}


def block(name: str) -> bytes:
    return BLOCKS[name].removesuffix("\n").encode()


def test_the_example_verifies(tmp_path):
    path = write(tmp_path / "example.zip", MEMBERS)
    (tmp_path / "kept").write_bytes(MEMBERS["checkpoints/2"])
    verified = verify(str(path), since=str(tmp_path / "kept"))
    assert (verified.entries, verified.whole, verified.readable) == (3, True, True)


def test_the_example_is_the_format_of_the_log():
    leaf = block("leaf")
    assert b64encode(tree.leaf_hash(leaf)) == block("hash")
    committed = sha256(b64decode(block("salt")) + block("personal")).digest()
    assert json.loads(leaf)["personal"] == b64encode(committed).decode()
    assert leaves.canonical(json.loads(leaf)) == leaf
    first = json.loads(MEMBERS["entries.jsonl"].splitlines()[0])
    assert b64decode(first["leaf"]) == leaf
    assert json.loads(MEMBERS["readable.jsonl"].splitlines()[0])["personal"].encode() == block(
        "personal"
    )
