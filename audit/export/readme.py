"""What stands beside a bundle for whoever opens it."""

from datetime import UTC, datetime

_TEXT = """\
JOURNAL {origin}
{what}
Exporté le {now:%Y-%m-%d} à {now:%H:%M:%S} UTC, sur un arbre de {size} entrées.

Vérifier cet export sans Visio, sans sa base et sans réseau :

    python -m audit.verify CE_FICHIER.zip
    python -m audit.verify CE_FICHIER.zip --since UN_POINT_DE_CONTROLE_QUE_VOUS_GARDEZ

audit/ se trouve dans les sources de Visio ; il y faut Python 3.11 et le paquet « cryptography ».
Le format est décrit dans docs/log-format.md : chacun peut écrire un autre vérificateur.

keys.txt          clés publiques qui signent le journal (comparez-les à celles que vous connaissez)
checkpoint        ce que le journal a signé : son nom, son nombre d’entrées, la racine de son arbre
checkpoints/      points de contrôle antérieurs ; consistency.json prouve qu’il les prolonge
entries.jsonl     les entrées telles que l’arbre les contient, et leurs preuves
readable.jsonl    ce qu’on en lit, et ce qui ouvre l’engagement de chacune ; DONNÉES PERSONNELLES
selection.json    ce qui a été demandé, et combien d’entrées en sont sorties

Ce qui est prouvé : chaque entrée est dans le journal signé, à sa place, inchangée ; le journal
prolonge chacun des points de contrôle joints et celui que vous gardez.
Ce qui ne l’est pas : qu’un extrait soit complet ; l’heure à laquelle un événement dit s’être produit,
avant celle où il a été scellé ; un journal dont personne ne garde de point de contrôle ailleurs.

--
An export of the log named above. Verify it as shown, with the sources of Visio, Python 3.11 and
`cryptography`; docs/log-format.md specifies the format. Compare keys.txt with the keys you know.
readable.jsonl holds personal data.
"""


def readme(origin: str, size: int, *, whole: bool, now: datetime) -> str:
    """In French, and what matters in English."""
    what = "Toutes les entrées." if whole else "Un extrait : voyez selection.json."
    return _TEXT.format(origin=origin, size=size, what=what, now=now.astimezone(UTC))
