"""Signed notes, checkpoints and cosignatures, as other implementations read and write them."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import notes
from audit.notes import BadNote, Checkpoint, Signer

# The example in the documentation of Go's golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
NAME = "visio.test/journal/0190"
OLD, NEW, WITNESS = (
    Signer(NAME, bytes([1]) * 32),
    Signer(NAME, bytes([2]) * 32),
    Signer("witness.test/w", bytes([3]) * 32),
)
CHECKPOINT = Checkpoint(NAME, 7, bytes(range(32)))


def test_gos_example_is_read_and_written_alike():
    verifier = notes.parse_verifier(GO_KEY)
    assert str(verifier) == GO_KEY
    note = notes.open_note(GO_NOTE, [verifier])
    assert str(note) == GO_NOTE
    assert notes.sign(note.text, [Signer("PeterNeumann", GO_SEED)]) == GO_NOTE


def test_a_changed_text_is_refused():
    with pytest.raises(BadNote, match="is false"):
        notes.open_note(GO_NOTE.replace("answer", "Answer"), [notes.parse_verifier(GO_KEY)])


def test_a_checkpoint_is_three_lines_and_comes_back():
    text = str(CHECKPOINT)
    assert text == f"{NAME}\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    signed = notes.sign(text, [NEW])
    assert notes.open_checkpoint(signed, [NEW.verifier]) == CHECKPOINT
    assert notes.open_checkpoint(signed.encode(), [OLD.verifier, NEW.verifier]) == CHECKPOINT


def test_during_a_rotation_each_key_alone_suffices():
    signed = notes.sign(str(CHECKPOINT), [NEW, OLD])
    for known in ([OLD.verifier], [NEW.verifier], [OLD.verifier, NEW.verifier]):
        assert notes.open_checkpoint(signed, known) == CHECKPOINT
    with pytest.raises(BadNote, match="none of the log's known keys"):
        notes.open_checkpoint(signed, [WITNESS.verifier])


def test_a_known_keys_false_line_is_never_overlooked():
    signed = notes.sign(str(CHECKPOINT), [NEW])
    elsewhere = notes.sign(str(Checkpoint(NAME, 8, bytes(32))), [OLD])
    forged = signed + elsewhere.splitlines(keepends=True)[-1]
    assert notes.open_checkpoint(forged, [NEW.verifier]) == CHECKPOINT  # the other is unknown
    with pytest.raises(BadNote, match="is false"):
        notes.open_checkpoint(forged, [NEW.verifier, OLD.verifier])


def test_a_cosignature_says_when_and_stands_beside_the_logs_own():
    signed = notes.sign(str(CHECKPOINT), [NEW]) + WITNESS.cosign(str(CHECKPOINT), time=1795600000)
    assert notes.open_checkpoint(signed, [NEW.verifier, WITNESS.witness]) == CHECKPOINT
    [(verifier, signature)] = notes.parse(signed).signed_by([WITNESS.witness])
    assert (verifier, signature.cosigned_at) == (WITNESS.witness, 1795600000)
    # A witness alone is not the log; the same key as a plain one is another.
    with pytest.raises(BadNote):
        notes.open_checkpoint(signed, [WITNESS.witness])
    assert notes.parse(signed).signed_by([WITNESS.verifier]) == []
    later = signed.replace("witness.test/w ", "witness.test/w ").splitlines()
    raw = bytearray(base64.b64decode(later[-1].split(" ")[2]))
    raw[11] ^= 1  # the time
    later[-1] = f"— witness.test/w {base64.b64encode(bytes(raw)).decode()}"
    with pytest.raises(BadNote, match="is false"):
        notes.parse("\n".join(later) + "\n").signed_by([WITNESS.witness])


def test_a_key_of_another_log_does_not_speak_for_this_one():
    other = Signer("visio.test/journal/0191", bytes([2]) * 32)
    signed = notes.sign(str(CHECKPOINT), [other])
    with pytest.raises(BadNote):
        notes.open_checkpoint(signed, [other.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing",
        "a\n\n",
        "a\n\n— name\n",
        "a\n\n— name !!!\n",
        "a\n\n— name AAAA\n",
        "a\n\n- name AAAAAAAAAAAA\n",
        "a\n\n— na+me AAAAAAAAAAAA\n",
        "a\n\n— name AAAAAAAAAAAA b\n",
        "a\n\n— name AAAAAAAAAAAA",
        "a\r\n\n— name AAAAAAAAAAAA\n",
        "a\n\n" + "— name AAAAAAAAAAAA\n" * 101,
        "a" * 1_000_001 + "\n\n— name AAAAAAAAAAAA\n",
        b"\xff\n\n\xe2\x80\x94 name AAAAAAAAAAAA\n",
    ],
)
def test_what_is_no_note_is_refused(text):
    with pytest.raises(BadNote):
        notes.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "a\n7\n",
        "a\n07\n" + "A" * 43 + "=\n",
        "a\n-7\n" + "A" * 43 + "=\n",
        "a\n٧\n" + "A" * 43 + "=\n",
        "a\n" + "9" * 5000 + "\n" + "A" * 43 + "=\n",
        "a\n7\nAAAA\n",
        "a\n7\n" + "A" * 43 + "=",
        "\n7\n" + "A" * 43 + "=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(BadNote):
        notes.parse_checkpoint(text)


def test_extension_lines_are_left_alone():
    assert notes.parse_checkpoint(f"{CHECKPOINT}more\n") == CHECKPOINT


@pytest.mark.parametrize(
    "key",
    ["", "a+b", "a+00000000+AAAA", GO_KEY.replace("c74f20a3", "c74f20a4"), GO_KEY[:-4], "a b+0+A"],
)
def test_what_is_no_key_is_refused(key):
    with pytest.raises(BadNote):
        notes.parse_verifier(key)


def test_a_seed_is_not_shown():
    assert "1" not in repr(Signer("name", b"1" * 32))


@given(st.binary(max_size=400) | st.text(max_size=400))
def test_anything_is_read_or_refused_in_our_own_words(raw):
    for read in (notes.parse, lambda text: notes.parse_checkpoint(str(text))):
        with contextlib.suppress(BadNote):
            read(raw)
