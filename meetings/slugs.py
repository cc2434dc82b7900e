"""Join links' slugs: short enough to dictate, too many to guess."""

import re
import secrets

# Neither vowels (no words) nor look-alikes: 26 signs, 16 of them, 75 bits.
ALPHABET = "bcdfghjkmnpqrstvwxyz234679"
SLUG = re.compile(rf"[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{3}}")


def new_slug() -> str:
    """A new slug, as `bcdf-ghjk-mnpq-rstv`."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
