"""What a verifier says when it does not believe."""


class Refused(Exception):
    """The bundle does not prove what it says; the message is the sentence for people."""


def refused_entry(index: int, why: str) -> Refused:
    """The same of one entry, which is named."""
    return Refused(f"l’entrée {index} {why}")
