"""How many entries of an exported log are verified in a second: a whole tree, and single entries
with their proofs, by a process that knows nothing of Visio."""

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from audit import tree
from tests.audit.bundles import Levels, Log, b64, readable_of, signer, written
from visio.local.bootstrap import ROOT

WHOLE = 1_000_000
PROVEN = 200_000
READ = 200_000

# The verifier, and the most memory that its first process had.
PROGRAM = """
import re, sys
from pathlib import Path
from audit.verify.__main__ import main
if main(sys.argv[1:]):
    sys.exit(1)
print(re.search(r"VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
"""


def run() -> dict[str, float]:
    """Entries a second, the CPU of each in µs, and the memory of the largest process in megabytes."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, size, proofs, readable in (
            ("whole", WHOLE, False, False),
            ("proven", PROVEN, True, False),
            ("whole_readable", READ, False, True),
        ):
            path = Path(folder) / f"{name}.zip"
            write_repeated(path, size, proofs=proofs, readable=readable)
            seconds, used, megabytes = _verify(path)
            figures[f"{name}_per_second"] = size / seconds
            figures[f"{name}_cpu"] = used / size * 1e6
            figures[f"{name}_megabytes"] = megabytes
    return figures


def measure() -> list[str]:
    """The same in lines for people."""
    figures = run()
    return [
        f"verify a whole log of {WHOLE:,}: {figures['whole_per_second']:,.0f} entries/s "
        f"({figures['whole_cpu']:.1f} CPU-µs an entry, at most {figures['whole_megabytes']:.0f} MB a process)",
        f"verify {PROVEN:,} entries by their proofs: {figures['proven_per_second']:,.0f} entries/s "
        f"({figures['proven_cpu']:.1f} CPU-µs)",
        f"verify {READ:,} entries and open each commitment: "
        f"{figures['whole_readable_per_second']:,.0f} entries/s "
        f"({figures['whole_readable_cpu']:.1f} CPU-µs)",
    ]


def _verify(path: Path) -> tuple[float, float, float]:
    began, used = time.perf_counter(), _cpu()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    return seconds, _cpu() - used, int(done.stdout.splitlines()[-1]) / 1024


def _cpu() -> float:
    """Of the processes that have ended, with those that they had started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write_repeated(path: Path, size: int, *, proofs: bool, readable: bool) -> None:
    """A bundle of so many entries; with readable forms they are all alike, else their ids and their commitments differ."""
    one = written(1)
    start, middle, end = re.split(
        f"{one.leaf['id']}|{re.escape(one.leaf['personal'])}".encode(), one.raw
    )
    alike = json.dumps(readable_of(0, one), ensure_ascii=False)

    def leaf(index: int) -> bytes:
        if readable:
            return one.raw
        commitment = b64encode(sha256(b"%d" % index).digest())
        return start + str(UUID(int=index)).encode() + middle + commitment + end

    log = Log([])
    log.hashes = [tree.leaf_hash(leaf(index)) for index in range(size)]
    log.levels = Levels(log.hashes)

    def entries() -> Iterator[str]:
        for index in range(size):
            rest = f'"hash":"{b64(log.hashes[index])}"'
            if proofs:
                rest = f'"proof":{json.dumps(log.proof(index, size), separators=(",", ":"))}'
            yield f'{{"index":{index},"leaf":"{b64(leaf(index))}",{rest}}}\n'

    def readables() -> Iterator[str]:
        for index in range(size):
            yield alike.replace('"index": 0', f'"index": {index}', 1) + "\n"

    members = {"entries.jsonl": entries()} | ({"readable.jsonl": readables()} if readable else {})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("keys.txt", f"{signer().verifier}\n")
        archive.writestr("checkpoint", log.checkpoint(size))
        archive.writestr("consistency.json", "[]")
        for name, lines in members.items():
            with archive.open(name, "w", force_zip64=True) as member:
                for line in lines:
                    member.write(line.encode())
