"""Verifies a certificate of attendance: `python -m audit.verify.certificate FILE [--keys KEYS]`.

FILE is the JSON, or the PDF that carries it; then what the pages show is not verified, which is why
what is certified is told.

What is certified is hashed, and the hash stands in an entry of the log; the entry, like each event
of the meeting beside it, is followed up to a checkpoint that a key of the log has signed.
"""

import argparse
import json
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from audit import notes, tree
from audit.notes import BadNote, Verifier
from audit.verify.attached import attached, is_pdf
from audit.verify.base64_text import decode, decode_hash
from audit.verify.bundle import parse_json
from audit.verify.leaves import read_leaf
from audit.verify.refusal import Refused, refused_entry

FORMAT = "visio-attendance-certificate/1"
KIND = "attendance_certified"
PROOF = "c2sp.org/tlog-proof@v1"
LARGEST = 256 * 1024 * 1024  # bytes
MEMBERS = {"format", "statement", "checkpoint", "keys", "certified", "entries", "unproven"}
ENTRY = {"index", "leaf", "salt", "personal", "proof"}


@dataclass(frozen=True)
class Certified:
    """What a certificate proves."""

    statement: dict[str, Any]
    checkpoint: notes.Checkpoint
    entries: int
    unproven: int  # events of which the certificate says itself that nothing proves them
    keys: tuple[str, ...]  # ids of those that signed


def digest_of(statement: dict[str, Any]) -> str:
    """What the log holds of a statement: the SHA-256, in hexadecimal, of its canonical JSON."""
    text = json.dumps(statement, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return sha256(text.encode()).hexdigest()


def proof_text(index: int, proof: Iterable[bytes], checkpoint: str) -> str:
    """An inclusion proof as C2SP writes it (tlog-proof)."""
    hashes = "".join(f"{b64encode(each).decode()}\n" for each in proof)
    return f"{PROOF}\nindex {index}\n{hashes}\n{checkpoint}"


def verify(data: bytes, *, keys: Iterable[str] = ()) -> Certified:
    """Raises Refused; `keys` are verifier keys from elsewhere, without which the certificate
    vouches for its own."""
    told = _told(data)
    verifiers = _verifiers(list(keys) or told["keys"])
    try:
        note = notes.parse(told["checkpoint"])
        checkpoint = notes.open_checkpoint(told["checkpoint"], verifiers)
        signed = [key.key_id.hex() for key, _signature in note.signed_by(verifiers)]
    except (BadNote, AttributeError) as bad:
        raise Refused(f"le point de contrôle n’est pas valable : {bad}") from None
    statement = told["statement"]
    try:
        tenant, meeting = statement["tenant"]["id"], statement["meeting"]["id"]
    except (TypeError, KeyError):
        raise Refused("l’attestation ne dit ni son ministère ni sa réunion") from None
    if not checkpoint.origin.endswith(f"/journal/{tenant}"):
        raise Refused("le point de contrôle est celui d’un autre journal")
    last = -1
    for entry in [*told["entries"], told["certified"]]:
        index, fields = _entry(entry, checkpoint)
        if fields["tenant"] != tenant or fields["meeting"] != meeting:
            raise refused_entry(index, "est d’une autre réunion")
        if entry is told["certified"]:
            if fields["kind"] != KIND or fields["subject"] != digest_of(statement):
                raise refused_entry(index, "n’est pas celle de cette attestation")
            if entry["proof_text"] != proof_text(index, _path(entry), told["checkpoint"]):
                raise refused_entry(index, "a une preuve qui se contredit")
        elif index <= last:
            raise refused_entry(index, "n’est pas à sa place")
        else:
            last = index
    return Certified(
        statement, checkpoint, len(told["entries"]), len(told["unproven"]), tuple(sorted(signed))
    )


def _told(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST:
        raise Refused("l’attestation est trop grande")
    if is_pdf(data):
        data = attached(data)
    parse_json(data, "l’attestation")  # no name twice
    told = json.loads(data)
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise Refused("ce n’est pas une attestation de présence de version 1")
    if told.keys() != MEMBERS:
        raise Refused("l’attestation n’a pas les parties d’une attestation")
    lists = (told["keys"], told["entries"], told["unproven"])
    if not all(isinstance(each, list) for each in lists) or not isinstance(told["checkpoint"], str):
        raise Refused("l’attestation est mal formée")
    certified = told["certified"]
    if not isinstance(certified, dict) or certified.keys() != ENTRY | {"proof_text"}:
        raise Refused("l’attestation n’a pas l’entrée du journal qui la scelle")
    if any(not isinstance(each, dict) or each.keys() != ENTRY for each in told["entries"]):
        raise Refused("l’attestation a une entrée mal formée")
    return told


def _verifiers(keys: list[Any]) -> list[Verifier]:
    try:
        return [notes.parse_verifier(key) for key in keys]
    except (BadNote, AttributeError) as bad:
        raise Refused(f"une clé de vérification n’en est pas une : {bad}") from None


def _path(entry: dict[str, Any]) -> list[bytes]:
    proof = entry["proof"]
    hashes = [decode_hash(each) for each in proof] if isinstance(proof, list) else [None]
    if None in hashes:
        raise Refused("une preuve d’inclusion n’est pas faite d’empreintes")
    return [each for each in hashes if each is not None]


def _entry(entry: dict[str, Any], checkpoint: notes.Checkpoint) -> tuple[int, dict[str, Any]]:
    """The entry's place and what its leaf says, once the proof and the commitment hold."""
    index, leaf = entry["index"], decode(entry["leaf"])
    if type(index) is not int or leaf is None:
        raise Refused("une entrée n’a ni place ni feuille")
    try:
        read_leaf(leaf)
    except Refused as refused:
        raise refused_entry(index, str(refused)) from None
    if not tree.verify_inclusion(
        tree.leaf_hash(leaf),
        index=index,
        size=checkpoint.size,
        proof=_path(entry),
        root=checkpoint.root,
    ):
        raise refused_entry(index, "ne mène pas à la racine signée")
    fields = json.loads(leaf)
    salt, personal = decode(entry["salt"]), entry["personal"]
    if salt is None and personal is None and entry["salt"] is None:
        return index, fields  # erased
    if salt is None or not isinstance(personal, str):
        raise refused_entry(index, "n’ouvre pas son engagement")
    opened = b64encode(sha256(salt + personal.encode("utf-8", "replace")).digest()).decode()
    if opened != fields["personal"]:
        raise refused_entry(index, "a d’autres données que celles qui ont été scellées")
    return index, fields


def main(arguments: list[str] | None = None) -> int:
    """0 and a sentence, or 1 and a sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m audit.verify.certificate",
        description="Vérifie une attestation de présence : ni Visio, ni base de données, ni réseau.",
    )
    parser.add_argument("certificate", metavar="ATTESTATION", type=Path, help="le PDF ou le JSON")
    parser.add_argument("--keys", type=Path, help="les clés que vous gardez, une par ligne")
    asked = parser.parse_args(arguments)
    try:
        kept = asked.keys.read_text("utf-8").split("\n") if asked.keys else []
        certified = verify(
            asked.certificate.read_bytes(), keys=[line for line in kept if line.strip()]
        )
        statement = list(_in_words(certified.statement))
    except Refused as refused:
        print(shown(f"Refusé : {refused}."))
        return 1
    except Exception as error:  # a hostile file must not end in a trace
        print(shown(f"Refusé : l’attestation n’a pas pu être lue ({type(error).__name__})."))
        return 1
    said = (
        f"Vérifié : l’attestation est scellée dans le journal {certified.checkpoint.origin} de"
        f" {certified.checkpoint.size} entrées, signé par la clé {' et '.join(certified.keys)},"
        f" avec {certified.entries} événements de la réunion."
    )
    if certified.unproven:
        said += f" {certified.unproven} autres ne sont pas prouvés, et l’attestation le dit."
    print(shown(said))
    for line in statement:
        print(shown(line))
    if not asked.keys:
        print(shown("Les clés sont celles de l’attestation : comparez-les aux vôtres (--keys)."))
    return 0


def _in_words(statement: dict[str, Any]) -> Iterator[str]:
    """What is certified, to be compared with what a page shows."""
    meeting, people = statement["meeting"], statement["attendance"]["people"]
    yield f"Réunion : {meeting['title']} ({statement['tenant']['name']}), organisée par {meeting['host']}"
    yield f"Tenue (UTC) : {meeting['started_at']} – {meeting['ended_at']}"
    yield f"Présents : {len(people)}"
    for person in people:
        stays = ", ".join(f"{stay['from']} – {stay['to']}" for stay in person["stays"])
        doubt = "" if person["certain"] else " (incertain)"
        proof = "" if person["proof"] == "agent" else " (invité)"
        yield f"- {person['name']}{proof} : {stays}{doubt}"


def shown(text: str) -> str:
    """What every terminal shows; nothing of the file moves its cursor."""
    encoding = sys.stdout.encoding or "utf-8"
    plain = "".join(each if each.isprintable() else "?" for each in text)
    return plain.encode(encoding, "replace").decode(encoding)


if __name__ == "__main__":
    sys.exit(main())
