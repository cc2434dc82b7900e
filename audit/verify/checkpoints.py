"""Checks who signed a bundle's checkpoints, and that each is the beginning of the next."""

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from audit import notes, tree
from audit.notes import BadNote, Verifier
from audit.verify.base64_text import decode_hash
from audit.verify.bundle import LARGEST_CONSISTENCY, LARGEST_SMALL, Bundle, count
from audit.verify.refusal import BrokenTree, Refused

LONGEST_PROOF = 64


@dataclass(frozen=True)
class Signed:
    """A checkpoint, and the known keys that signed it."""

    origin: str
    size: int
    root: bytes
    keys: frozenset[Verifier]

    @property
    def public_keys(self) -> frozenset[bytes]:
        """A key is the same under whatever name the log has or had."""
        return frozenset(key.public_key for key in self.keys)


def log_of(origin: str) -> str:
    """Which log it is, wherever the installation is or was reached: what follows the host."""
    return origin.partition("/")[2]


def read_keys(bundle: Bundle) -> list[Verifier]:
    """keys.txt: the log's verifier keys, one a line, each in its only spelling."""
    try:
        text = bundle.small("keys.txt").decode()
    except UnicodeDecodeError:
        raise Refused("keys.txt n’est pas du texte") from None
    keys: dict[tuple[str, bytes], Verifier] = {}
    for number, line in enumerate(text[:-1].split("\n"), 1):
        try:
            key = notes.parse_verifier(line)
        except BadNote:
            key = None
        if key is None or key.algorithm != notes.SIGNATURE or str(key) != line:
            raise Refused(f"keys.txt, ligne {number} : ce n’est pas une clé de vérification")
        if (key.name, key.key_id) in keys:
            raise Refused(f"keys.txt, ligne {number} : la clé y est deux fois")
        keys[key.name, key.key_id] = key
    if not text.endswith("\n"):
        raise Refused("keys.txt s’arrête au milieu d’une ligne")
    return list(keys.values())


def read_checkpoint(note: bytes, name: str, keys: list[Verifier]) -> Signed:
    """A checkpoint that one of the log's keys signed, and none of them falsely."""
    try:
        parsed = notes.parse(note)
        checkpoint = notes.parse_checkpoint(parsed.text)
    except BadNote:
        raise Refused(f"{name} n’est pas un point de contrôle bien formé") from None
    lines = [
        f"— {each.name} {b64encode(each.key_id + each.signature).decode()}\n"
        for each in parsed.signatures
    ]
    if str(checkpoint) != parsed.text or [each.line for each in parsed.signatures] != lines:
        raise Refused(f"{name} n’est pas écrit sous sa forme canonique")
    if checkpoint.size == 0 and checkpoint.root != tree.EMPTY_ROOT:
        raise Refused(f"{name} donne une racine fausse à l’arbre vide")
    try:
        signed = parsed.signed_by(keys)
    except BadNote:
        raise Refused(f"{name} porte une fausse signature") from None
    if not signed:
        raise Refused(f"{name} n’est signé par aucune des clés de keys.txt")
    if any(key.name != checkpoint.origin for key, _ in signed):
        raise Refused(f"{name} est signé par la clé d’un autre journal")
    signers = frozenset(key for key, _ in signed)
    return Signed(checkpoint.origin, checkpoint.size, checkpoint.root, signers)


def read_latest(bundle: Bundle, keys: list[Verifier]) -> Signed:
    """The checkpoint to which every proof of the bundle leads."""
    latest = read_checkpoint(bundle.small("checkpoint"), "checkpoint", keys)
    for key in keys:
        if log_of(key.name) != log_of(latest.origin):
            raise Refused("keys.txt contient la clé d’un autre journal que celui du checkpoint")
    return latest


def read_earlier(bundle: Bundle, keys: list[Verifier], latest: Signed) -> list[Signed]:
    """checkpoints/SIZE, smallest first."""
    earlier = []
    for size in bundle.earlier_sizes():
        name = f"checkpoints/{size}"
        read = read_checkpoint(bundle.small(name), name, keys)
        if read.size != size:
            raise Refused(f"{name} est un point de contrôle de {read.size} entrées")
        if log_of(read.origin) != log_of(latest.origin):
            raise Refused(f"{name} est d’un autre journal")
        if size > latest.size:
            raise Refused(f"{name} est plus grand que checkpoint, qui compte {latest.size} entrées")
        if size == latest.size and read.root != latest.root:
            raise Refused(
                f"deux journaux sont signés : {name} et checkpoint n’ont pas la même racine"
            )
        earlier.append(read)
    return earlier


def check_consistency(bundle: Bundle, earlier: list[Signed], latest: Signed) -> None:
    """That each of them is the beginning of the latest."""
    proofs = _read_proofs(bundle, latest)
    for old in earlier:
        proof = proofs.pop(old.size, None)
        if proof is None:
            if 0 < old.size < latest.size:
                raise Refused(
                    f"la preuve de {old.size} à {latest.size} manque dans consistency.json"
                )
            continue
        if not tree.verify_consistency(
            old_size=old.size, size=latest.size, proof=proof, old_root=old.root, root=latest.root
        ):
            raise BrokenTree(
                f"le journal de {latest.size} entrées ne commence pas par celui de {old.size} "
                "entrées : la preuve de consistency.json est fausse",
                first=0,
            )
    for size in proofs:
        raise Refused(f"consistency.json part de {size}, sans point de contrôle de cette taille")


def _read_proofs(bundle: Bundle, latest: Signed) -> dict[int, list[bytes]]:
    listed = bundle.json("consistency.json", limit=LARGEST_CONSISTENCY)
    if not isinstance(listed, list):
        raise Refused("consistency.json n’est pas une liste")
    proofs: dict[int, list[bytes]] = {}
    for number, each in enumerate(listed):
        where = f"consistency.json, preuve {number}"
        if not isinstance(each, dict) or set(each) != {"from", "to", "proof"}:
            raise Refused(f"{where} : elle est mal formée")
        start, end, texts = count(each["from"]), count(each["to"]), each["proof"]
        if start is None or end is None or not isinstance(texts, list):
            raise Refused(f"{where} : elle est mal formée")
        proof = [decode_hash(text) for text in texts[: LONGEST_PROOF + 1]]
        hashes = [hashed for hashed in proof if hashed is not None]
        if len(hashes) != len(texts) or len(hashes) > LONGEST_PROOF:
            raise Refused(f"{where} : elle n’est pas faite d’empreintes en base64")
        if end != latest.size:
            raise Refused(f"{where} : elle ne mène pas à checkpoint")
        if start in proofs:
            raise Refused(f"{where} : il y en a deux qui partent de {start}")
        proofs[start] = hashes
    return proofs


# --- What was seen earlier -------------------------------------------------------------------
def read_old(path: str, keys: list[Verifier], latest: Signed) -> Signed:
    """The checkpoint that the verifier's user has kept."""
    try:
        with Path(path).open("rb") as file:
            note = file.read(LARGEST_SMALL + 1)
    except OSError as error:
        raise Refused(f"le point de contrôle antérieur n’est pas lisible ({error})") from None
    old = read_checkpoint(note, "le point de contrôle antérieur", keys)
    if log_of(old.origin) != log_of(latest.origin):
        raise Refused("le point de contrôle antérieur est d’un autre journal")
    if old.size > latest.size:
        raise Refused(
            f"l’entrée {latest.size} manque : le journal comptait {old.size} entrées, il n’en "
            f"compte plus que {latest.size}"
        )
    return old


def check_continuity(old: Signed, earlier: list[Signed], latest: Signed) -> None:
    """That the keys changed as they should: by checkpoints that the old and the new key signed."""
    trusted = set(old.public_keys)
    for checkpoint in [*earlier, latest]:
        if checkpoint.size >= old.size and not trusted.isdisjoint(checkpoint.public_keys):
            trusted |= checkpoint.public_keys
    if trusted.isdisjoint(latest.public_keys):
        raise Refused(
            "aucun point de contrôle signé par deux clés ne mène de la clé du point de contrôle "
            "antérieur à celle de checkpoint"
        )
