"""Join links' slugs: short enough to dictate, too many to guess."""

import re
import secrets
from urllib.parse import urlsplit

# Neither vowels (no words) nor look-alikes: 26 signs, 16 of them, 75 bits.
ALPHABET = "bcdfghjkmnpqrstvwxyz234679"
SLUG = re.compile(rf"[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{3}}")


def new_slug() -> str:
    """A new slug, as `bcdf-ghjk-mnpq-rstv`."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def slug_in(text: str) -> str:
    """The slug that somebody typed or pasted: with or without its hyphens, or as a whole link;
    empty where there is none."""
    typed = text.strip()[:300].lower()
    if "/" in typed:
        found = re.search(r"/r/([^/?#]+)", _path_of(typed))
        typed = found[1] if found else ""
    signs = re.sub(r"[\s\-‐‑‒–—._]", "", typed)
    slug = "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))
    return slug if SLUG.fullmatch(slug) else ""


def _path_of(link: str) -> str:
    try:
        return urlsplit(link).path
    except ValueError:  # an IPv6 address that is none
        return ""


def part_of(word: str) -> str:
    """What a word may be of a slug: at least four of its signs, as they stand in it."""
    if slug := slug_in(word):
        return slug
    small = word.lower()
    return small if len(small) >= 4 and not set(small) - set(f"{ALPHABET}-") else ""
