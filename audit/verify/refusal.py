"""What a verifier says when it does not believe."""


class Refused(Exception):
    """The bundle does not prove what it says; the message is the sentence for people."""


class BrokenTree(Refused):
    """Hashes do not lead to a signed root. One that is wrong breaks the proofs of its neighbours:
    `first` is only the first entry that may be the bad one."""

    def __init__(self, sentence: str, *, first: int) -> None:
        super().__init__(sentence)
        self.first = first


def refused_entry(index: int, why: str) -> Refused:
    """The same of one entry, which is named."""
    return Refused(f"l’entrée {index} {why}")
