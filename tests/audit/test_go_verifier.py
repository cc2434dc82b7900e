"""A second verifier, in Go on Go's own libraries, agrees with ours about every bundle."""

import subprocess
from pathlib import Path

import pytest

from audit import notes, tree
from audit.verify.refusal import Refused
from audit.verify.verification import verify
from tests.audit import hostile, sound, tampering
from tests.audit.bundles import bundle_of, log_of, signer, write
from visio.local import bootstrap

SOURCE = Path(__file__).resolve().parents[1] / "verifier"


@pytest.fixture(scope="session")
def go_verifier() -> Path:
    """The program, built once for its sources; the Go environment says from where modules come."""

    def make(folder: Path) -> None:
        bootstrap.call(
            bootstrap.go(), "build", "-mod=readonly", "-trimpath", "-buildvcs=false",
            "-o", folder / "verifier", ".", cwd=SOURCE, GOTOOLCHAIN="local", CGO_ENABLED="0",
        )  # fmt: skip

    key = bootstrap.digest(*sorted(SOURCE.glob("*.go")), SOURCE / "go.mod", SOURCE / "go.sum")
    return bootstrap.cached("verifier", key, "Second vérificateur du journal", make) / "verifier"


@pytest.fixture
def agreed(go_verifier, tmp_path):
    """`agreed(files)`: whether both believe the bundle; it fails where one does and the other not."""

    def ask(files: dict[str, bytes] | Path, since: str | None = None) -> bool:
        path = files if isinstance(files, Path) else write(tmp_path / "bundle.zip", files)
        kept = tmp_path / "kept"
        if since is not None:
            kept.write_text(since)
        try:
            verify(str(path), since=None if since is None else str(kept), processes=1)
            ours = "believed"
        except Refused as refused:
            ours = str(refused)
        done = subprocess.run(
            [go_verifier, path, *([] if since is None else ["--since", kept])],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stderr == ""
        assert done.stdout.count("\n") == 1
        assert done.stdout.startswith("REFUSED: " if done.returncode else "VERIFIED: ")
        assert (ours == "believed") is (done.returncode == 0), (ours, done.stdout)
        return done.returncode == 0

    return ask


@pytest.mark.parametrize("build", sound.SOUND.values(), ids=sound.SOUND)
def test_both_believe_what_is_sound(agreed, build):
    assert agreed(build())


KINDS = {
    "proofs": (tampering.with_proofs, tampering.EVERYWHERE | tampering.PROVEN | hostile.HOSTILE),
    "no proofs": (tampering.without_proofs, tampering.EVERYWHERE | tampering.UNPROVEN),
    "part": (tampering.a_part, tampering.EVERYWHERE | tampering.PROVEN),
}
BAD = {
    f"{kind}, {name}": (build, tamper)
    for kind, (build, tampers) in KINDS.items()
    for name, (tamper, _) in tampers.items()
}


@pytest.mark.parametrize(("build", "tamper"), BAD.values(), ids=BAD)
def test_both_refuse_what_is_bad(agreed, build, tamper):
    assert not agreed(tamper(build()))


@pytest.mark.parametrize("kind", KINDS)
def test_both_find_the_same_earlier_checkpoint(agreed, kind):
    files = KINDS[kind][0]()
    for size in (1, 8, 33, 40):
        assert agreed(files, since=log_of(40).checkpoint(size))
    assert agreed(files, since=log_of(40).checkpoint(20)) is (kind != "part")
    for split in (8, 20, 40):
        assert not agreed(files, since=tampering.OTHER.checkpoint(split))
    assert not agreed(files, since=log_of(50).checkpoint())
    assert not agreed(files, since=log_of(8).checkpoint(signers=[signer(9)]))
    assert not agreed(files, since="")


def test_both_agree_on_what_is_cut_or_turned(agreed, tmp_path):
    whole = write(tmp_path / "sound.zip", tampering.a_part()).read_bytes()
    path = tmp_path / "bad.zip"
    for end in range(0, len(whole), 3_001):
        path.write_bytes(whole[:end])
        assert not agreed(path)
    # In what is compressed, each bit counts.
    start = whole.index(b"entries.jsonl") + 20
    for place in range(start, start + 2_000, 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert not agreed(path)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 255, 256, 257])
def test_both_agree_on_trees_of_all_shapes(agreed, size):
    log = log_of(size)
    assert agreed(bundle_of(log, earlier=range(1, size, max(1, size // 20))))
    assert agreed(bundle_of(log, proofs=False))
    assert tree.root(log.hashes) == notes.parse_checkpoint(notes.parse(log.checkpoint()).text).root
