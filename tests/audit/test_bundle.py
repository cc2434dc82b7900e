"""Zips that are made to harm: each ends in a sentence, and none takes our memory."""

import io
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from audit.verify.bundle import LONGEST_READABLE
from audit.verify.refusal import Refused
from audit.verify.verification import verify
from bench.log_verify import write_repeated
from tests.audit import tampering
from tests.audit.bundles import write

ROOT = Path(__file__).resolve().parents[2]


def refusal(path) -> str:
    with pytest.raises(Refused) as refused:
        verify(str(path), processes=1)
    return str(refused.value)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return write(
        tmp_path_factory.mktemp("sound") / "bundle.zip", tampering.with_proofs()
    ).read_bytes()


def test_a_zip_that_is_cut_is_refused_wherever_it_is_cut(sound, tmp_path):
    path = tmp_path / "bundle.zip"
    for end in [*range(0, len(sound), 2_003), *range(len(sound) - 25, len(sound), 4)]:
        path.write_bytes(sound[:end])
        assert refusal(path)


def test_a_bit_that_is_turned_is_found_or_of_no_matter(sound, tmp_path):
    """Nothing but a sentence comes of any byte."""
    path = tmp_path / "bundle.zip"
    refused = 0
    for place in range(0, len(sound), 307):
        turned = bytearray(sound)
        turned[place] ^= 0x55
        path.write_bytes(turned)
        try:
            verify(str(path), processes=1)
        except Refused:
            refused += 1
    assert refused > len(sound) / 307 * 0.9


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x05\x06" + bytes(18),
        b"PK\x03\x04" + bytes(100),
        b"not a zip" * 1000,
        bytes(100_000),
    ],
    ids=["empty", "an empty zip", "a head", "text", "zeros"],
)
def test_what_is_no_bundle_is_refused(tmp_path, content):
    path = tmp_path / "bundle.zip"
    path.write_bytes(content)
    assert refusal(path)
    assert refusal(tmp_path)  # a folder
    assert refusal("/dev/null")


def test_a_name_that_is_there_twice_is_refused(tmp_path):
    path = write(tmp_path / "bundle.zip", tampering.with_proofs())
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("entries.jsonl", b"")
    assert "deux fois" in refusal(path)


def test_a_name_with_a_nul_is_not_cut(tmp_path):
    path = tmp_path / "bundle.zip"
    files = tampering.with_proofs()
    write(path, tampering.without("checkpoint")(files) | {"checkpoint#x": files["checkpoint"]})
    path.write_bytes(path.read_bytes().replace(b"checkpoint#x", b"checkpoint\0x"))
    assert "ne connaît pas" in refusal(path)


def test_an_encrypted_or_oddly_compressed_member_is_refused(sound, tmp_path):
    path = tmp_path / "bundle.zip"
    start = sound.index(b"PK\x01\x02")
    for place, value, said in (
        (8, 1, "chiffré"),
        (10, 12, "comprimé d’une façon"),
        (10, 99, "comprimé"),
    ):
        content = bytearray(sound)
        content[start + place] = value
        path.write_bytes(content)
        assert said in refusal(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("keys.txt", b"x" * 1000)
    assert "comprimé" in refusal(path)


def test_a_zip_of_very_many_members_is_refused(tmp_path):
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"checkpoints/{number}", b"")
    assert "plus de 10000 fichiers" in refusal(path)


def test_a_directory_of_the_zip_that_says_to_be_huge_is_not_read(tmp_path):
    path = tmp_path / "bundle.zip"
    with open(path, "wb") as file:
        file.truncate(1 << 32)  # a hole, which takes no room
        file.seek(0, io.SEEK_END)
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 0xFFFFFFF0, 0, 0))
    assert "démesuré" in refusal(path)


BOMBS = {
    "zeros": b"\0" * 1024,
    "lines": b"\n" * 1024,
    "brackets": b"[" * 1024,
    "spaces": b" " * 1024,
}


@pytest.mark.parametrize(
    "name", ["keys.txt", "checkpoint", "consistency.json", "entries.jsonl", "readable.jsonl"]
)
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_takes_no_memory(tmp_path, name, bomb):
    """100 MB that fit in 100 kB: the verifier's process stays small."""
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, content in tampering.with_proofs().items():
            if other != name:
                archive.writestr(other, content)
        with archive.open(name, "w") as member:
            for _ in range(100):
                member.write(bomb * 1024)
    status, said, memory = run(path)
    assert (status, said.startswith("Refusé : ")) == (1, True)
    # The longest line that there may be, as bytes and as text.
    assert memory < 60_000_000 + 3 * LONGEST_READABLE


PROGRAM = """
import re, sys
from pathlib import Path
from audit.verify.__main__ import main
status = main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
sys.exit(status)
"""


def run(path) -> tuple[int, str, int]:
    """How the program ends, what it says, and the most memory that it had."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stderr == ""
    sentence, memory = done.stdout.splitlines()
    return done.returncode, sentence, int(memory) * 1024


def test_memory_does_not_grow_with_the_log(tmp_path):
    """Eight times the entries, the same memory."""
    peaks = []
    for size in (10_000, 80_000):
        path = tmp_path / f"{size}.zip"
        write_repeated(path, size, proofs=False, readable=False)
        status, _, memory = run(path)
        assert status == 0
        peaks.append(memory)
    assert peaks[1] < peaks[0] * 1.5
