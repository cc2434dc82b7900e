"""What somebody typed to find something by."""

import unicodedata

LONGEST_SEARCH = 200
MOST_WORDS = 8


def visible_line(text: str) -> str:
    """One line of what was typed, composed, without control characters."""
    composed = unicodedata.normalize("NFC", text[:LONGEST_SEARCH])
    return " ".join("".join(c if c.isprintable() else " " for c in composed).split())
