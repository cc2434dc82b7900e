"""The verifier believes what is sound, refuses everything else with a sentence, and says which entry."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from audit.verify.__main__ import main
from audit.verify.refusal import Refused
from audit.verify.verification import verify
from tests.audit import hostile, sound, tampering
from tests.audit.bundles import BEGAN, Log, bundle_of, log_of, moment, signer, write, written

ROOT = Path(__file__).resolve().parents[2]
BUNDLES = {
    "proofs": tampering.with_proofs,
    "no proofs": tampering.without_proofs,
    "part": tampering.a_part,
}


def refusal(tmp_path, files, since=None) -> str:
    with pytest.raises(Refused) as refused:
        verify(str(write(tmp_path / "bundle.zip", files)), since=since, processes=1)
    return str(refused.value)


@pytest.mark.parametrize("build", sound.SOUND.values(), ids=sound.SOUND)
def test_what_is_sound_is_believed(tmp_path, build):
    verified = verify(str(write(tmp_path / "bundle.zip", build())), processes=1)
    assert verified.late_count == 0


@pytest.mark.parametrize(
    ("tamper", "said"), tampering.EVERYWHERE.values(), ids=tampering.EVERYWHERE
)
@pytest.mark.parametrize("build", BUNDLES.values(), ids=BUNDLES)
def test_what_is_done_to_a_bundle_is_found(tmp_path, build, tamper, said):
    assert re.search(said, refusal(tmp_path, tamper(build())))


@pytest.mark.parametrize(("tamper", "said"), tampering.PROVEN.values(), ids=tampering.PROVEN)
@pytest.mark.parametrize("name", ["proofs", "part"])
def test_what_is_done_to_proofs_is_found(tmp_path, name, tamper, said):
    assert re.search(said, refusal(tmp_path, tamper(BUNDLES[name]())))


@pytest.mark.parametrize(("tamper", "said"), tampering.UNPROVEN.values(), ids=tampering.UNPROVEN)
def test_what_is_done_to_a_bundle_without_proofs_is_found(tmp_path, tamper, said):
    assert re.search(said, refusal(tmp_path, tamper(tampering.without_proofs())))


@pytest.mark.parametrize(("tamper", "said"), hostile.HOSTILE.values(), ids=hostile.HOSTILE)
def test_hostile_bytes_get_a_sentence(tmp_path, tamper, said):
    assert re.search(said, refusal(tmp_path, tamper(tampering.with_proofs())))


# --- What was seen earlier -------------------------------------------------------------------
def kept(tmp_path, note: str) -> str:
    path = tmp_path / "kept"
    path.write_text(note)
    return str(path)


@pytest.mark.parametrize("size", [1, 8, 33, 40])
@pytest.mark.parametrize("build", BUNDLES.values(), ids=BUNDLES)
def test_a_log_prolongs_what_was_kept(tmp_path, build, size):
    note = log_of(40).checkpoint(size)
    path = write(tmp_path / "bundle.zip", build())
    verified = verify(str(path), since=kept(tmp_path, note))
    assert verified.old.size == size


def test_what_was_kept_is_recomputed_where_there_is_no_proof(tmp_path):
    note = kept(tmp_path, log_of(40).checkpoint(20))
    for build in (tampering.with_proofs, tampering.without_proofs):
        assert verify(str(write(tmp_path / "bundle.zip", build())), since=note).old.size == 20
    assert "pas de preuve depuis" in refusal(tmp_path, tampering.a_part(), since=note)


@pytest.mark.parametrize("size", [8, 20, 40])
@pytest.mark.parametrize("build", [tampering.with_proofs, tampering.without_proofs])
def test_a_split_view_is_found(tmp_path, build, size):
    note = kept(tmp_path, tampering.OTHER.checkpoint(size))
    assert "le journal a été réécrit" in refusal(tmp_path, build(), since=note)


def test_a_log_that_became_shorter_is_found(tmp_path):
    note = kept(tmp_path, log_of(50).checkpoint())
    assert "l’entrée 40 manque" in refusal(tmp_path, tampering.a_part(), since=note)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\0" * 100,
        b"x" * 2_000_000,
        tampering.forged("n")({"n": log_of(8).checkpoint().encode()})["n"],
        log_of(8).checkpoint(signers=[signer(9)]).encode(),
        Log(
            log_of(8).entries,
            origin="visio.test/journal/other",
            signers=[signer(origin="visio.test/journal/other")],
        )
        .checkpoint()
        .encode(),
    ],
    ids=["empty", "NUL", "large", "forged", "another key", "another log"],
)
def test_what_was_kept_may_be_hostile_too(tmp_path, note):
    path = tmp_path / "kept"
    path.write_bytes(note)
    assert "antérieur" in refusal(tmp_path, tampering.with_proofs(), since=str(path))
    assert "antérieur" in refusal(tmp_path, tampering.with_proofs(), since=str(tmp_path / "none"))


def rotation(signers_at_20) -> dict[str, bytes]:
    """A log that key 1 signed up to 10, key 2 at 40, and in between as it is said."""
    log = Log(log_of(40).entries, signers=[signer(2), signer(1)])
    files = bundle_of(log, earlier=[10, 20])
    return files | {
        "checkpoint": log.checkpoint(signers=[signer(2)]).encode(),
        "checkpoints/10": log.checkpoint(10, signers=[signer(1)]).encode(),
        "checkpoints/20": log.checkpoint(20, signers=signers_at_20).encode(),
    }


def test_a_new_key_follows_from_the_old_one(tmp_path):
    note = kept(tmp_path, log_of(40).checkpoint(10))
    files = rotation([signer(2), signer(1)])
    assert verify(str(write(tmp_path / "bundle.zip", files)), since=note).whole


@pytest.mark.parametrize("signers", [[signer(1)], [signer(2)]])
def test_a_new_key_that_the_old_one_does_not_know_is_refused(tmp_path, signers):
    note = kept(tmp_path, log_of(40).checkpoint(10))
    assert "signé par deux clés" in refusal(tmp_path, rotation(signers), since=note)


# --- Times -----------------------------------------------------------------------------------
def test_an_event_that_comes_late_is_told_of(tmp_path, capsys):
    entries = [written(n) for n in range(10)]
    entries[4] = written(4, at=moment(BEGAN - timedelta(days=1)))
    for proofs in (True, False):
        path = write(tmp_path / f"{proofs}.zip", bundle_of(Log(entries), proofs=proofs))
        assert main([str(path)]) == 0
        told = capsys.readouterr()
        assert told.out.startswith("Vérifié : les 10 entrées")
        assert "l’entrée 4 dit s’être produite à 2026-11-24" in told.err


# --- As a program ------------------------------------------------------------------------------
LARGE = 6_000


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Bundles that take several processes."""
    log = log_of(LARGE)
    folder = tmp_path_factory.mktemp("large")
    return {
        proofs: write(
            folder / f"{proofs}.zip", bundle_of(log, earlier=[1, 2_049, 5_000], proofs=proofs)
        )
        for proofs in (True, False)
    }


@pytest.mark.parametrize("proofs", [True, False])
@pytest.mark.parametrize("readable", [True, False])
def test_several_processes_say_what_one_says(large, tmp_path, proofs, readable):
    files = members_of(large[proofs])
    if not readable:
        files = tampering.without("readable.jsonl")(files)
    path = write(tmp_path / "sound.zip", files)
    assert verify(str(path), processes=1) == verify(str(path), processes=3)
    for index in (0, 2_047, 2_048, 5_999):
        bad = tampering.on_entry(tampering.leaf_changed(kind="x"), index)(files)
        altered = str(write(tmp_path / f"{index}.zip", bad))
        said = set()
        for processes in (1, 3):
            with pytest.raises(Refused) as refused:
                verify(altered, processes=processes)
            said.add(str(refused.value))
        assert len(said) == 1, said


def members_of(path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def run(*arguments, environment=None, flags=()) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *flags, "-m", "audit.verify", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )


def test_it_needs_neither_django_nor_a_database_nor_the_network(large, tmp_path):
    """Python without its site-packages, where there is `cryptography` and what that needs, alone."""
    packages = Path(sysconfig.get_path("purelib"))
    alone = tmp_path / "packages"
    alone.mkdir()
    for name in ("cryptography", "cffi", "_cffi_backend", "pycparser"):
        for found in packages.glob(f"{name}*"):
            if not found.name.endswith(".dist-info"):
                (alone / found.name).symlink_to(found)
    environment = {"PYTHONPATH": str(alone), "PATH": os.environ["PATH"], "LC_ALL": "C"}
    there = "import importlib.util as u; print([n for n in ('django','psycopg') if u.find_spec(n)])"
    checked = subprocess.run(
        [sys.executable, "-S", "-c", there], env=environment, capture_output=True, text=True
    )
    assert checked.stdout.strip() == "[]"
    done = run(large[True], environment=environment, flags=["-S"])
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{LARGE} entr" in done.stdout


def test_it_says_one_sentence(large, tmp_path):
    done = run(large[False])
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    bad = tampering.on_entry(tampering.leaf_changed(kind="x"), 5_000)(members_of(large[False]))
    done = run(write(tmp_path / "bad.zip", bad))
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (1, "", 1)
    assert done.stdout.startswith("Refusé : ")
    done = run(tmp_path / "none.zip")
    assert (done.returncode, done.stderr) == (1, "")


def test_what_it_says_cannot_move_the_cursor(tmp_path, capsys):
    files = tampering.put("\x1b[2J\u202e.txt", b"")(tampering.with_proofs())
    assert main([str(write(tmp_path / "bundle.zip", files))]) == 1
    assert capsys.readouterr().out.strip().isprintable()


def test_an_error_of_ours_is_a_sentence_too(tmp_path, capsys, monkeypatch):
    def fail(*_, **__):
        raise KeyError("\0")

    monkeypatch.setattr("audit.verify.__main__.verify", fail)
    assert main(["x"]) == 1
    assert capsys.readouterr().out == "Refusé : le paquet n’a pas pu être lu (KeyError).\n"
