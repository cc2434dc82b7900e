"""What somebody typed: to find something by, or to be shown."""

import re
import unicodedata

LONGEST_SEARCH = 200
MOST_WORDS = 8
# Marks that turn the writing around, or that nothing shows: a name must not look like another.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


def visible_line(text: str) -> str:
    """One line of what was typed, composed, without control characters."""
    composed = unicodedata.normalize("NFC", text[:LONGEST_SEARCH])
    return " ".join("".join(c if c.isprintable() else " " for c in composed).split())


def with_marks_shown(text: str) -> str:
    """The text with the marks that nothing shows made visible."""
    return UNSEEN.sub(lambda mark: f"[U+{ord(mark[0]):04X}]", text)
