"""Finds every French text that Visio shows: in templates and in Python, without gettext's tools."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
APPS = ("audit", "auditors", "isolation", "meetings", "tenants", "transcripts", "visio")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}


def texts_in(source: str) -> Iterator[str | tuple[str, str]]:
    """The texts of Python source; a pair where there is a plural."""
    found = extract("python", BytesIO(source.encode()), KEYWORDS, options={"encoding": "utf-8"})
    for _line, text, _comments, _context in found:
        yield text


def texts_of(file: Path) -> Iterator[str | tuple[str, str]]:
    """The texts of one file of ours."""
    source = file.read_text()
    if file.suffix != ".py":
        # In parentheses, so that the indentation of markup means nothing to Python.
        source = f"(\n{templatize(source, origin=str(file))}\n)"
    yield from texts_in(source)


def all_texts() -> dict[str | tuple[str, str], set[str]]:
    """Every text, with the files that show it."""
    files = [file for app in APPS for file in (ROOT / app).rglob("*.py")]
    files += [file for file in (ROOT / "templates").rglob("*") if file.suffix in {".html", ".txt"}]
    texts: dict[str | tuple[str, str], set[str]] = {}
    for file in files:
        for text in texts_of(file):
            texts.setdefault(text, set()).add(str(file.relative_to(ROOT)))
    return texts
