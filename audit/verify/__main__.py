"""`python -m audit.verify BUNDLE.zip [--since OLD_CHECKPOINT]`: 0 or 1, and a sentence."""

import argparse
import sys

from audit.verify.refusal import Refused
from audit.verify.verification import Verified, verify


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m audit.verify",
        description="Vérifie un export du journal : ni Visio, ni base de données, ni réseau.",
    )
    parser.add_argument("bundle", metavar="BUNDLE.zip")
    parser.add_argument(
        "--since",
        metavar="OLD_CHECKPOINT",
        help="un point de contrôle que vous gardez : le journal doit commencer par lui",
    )
    asked = parser.parse_args(arguments)
    try:
        verified = verify(asked.bundle, since=asked.since)
    except Refused as refused:
        return _refuse(str(refused))
    except Exception as error:  # a hostile file must not end in a trace
        return _refuse(f"le paquet n’a pas pu être lu ({type(error).__name__})")
    _say(f"Vérifié : {sentence(verified)}.")
    for late in verified.late:
        _say(f"Avertissement : {late}.", sys.stderr)
    if verified.late_count > len(verified.late):
        _say(f"Avertissement : {verified.late_count} entrées en tout sont dans ce cas.", sys.stderr)
    return 0


def sentence(verified: Verified) -> str:
    """What is proven now, and what is not."""
    latest = verified.latest
    keys = " et ".join(sorted(key.key_id.hex() for key in latest.keys))
    if verified.whole:
        said = f"les {latest.size} entrées du journal {latest.origin} sont toutes là"
    elif verified.missing is None and verified.entries:
        said = f"{verified.entries} entrées du journal {latest.origin}, qui se suivent"
    else:
        said = f"{verified.entries} entrées du journal {latest.origin}"
    said += f", telles que dans l’arbre de {latest.size} entrées signé par la clé {keys}"
    if verified.old is not None:
        said += f", qui prolonge celui de {verified.old.size} entrées que vous gardiez"
    if not verified.whole:
        said += " ; qu’aucune autre ne manque à cet extrait n’est pas prouvé"
    if verified.pruned:
        said += f" ; {verified.pruned} sont purgées et n’ont plus que leur empreinte"
    if verified.erased:
        said += f" ; de {verified.erased}, les données personnelles sont effacées"
    if not verified.readable:
        said += " ; leur forme lisible n’est pas jointe"
    return said


def _refuse(why: str) -> int:
    _say(f"Refusé : {why}.")
    return 1


def _say(text: str, stream=None) -> None:
    """Also where the terminal cannot write French; nothing of the bundle moves its cursor."""
    stream = stream or sys.stdout
    shown = "".join(each if each.isprintable() else "?" for each in text)
    encoding = stream.encoding or "utf-8"
    print(shown.encode(encoding, "replace").decode(encoding), file=stream)


if __name__ == "__main__":
    sys.exit(main())
