"""The room's scripts and the texts that the server gives them fit together."""

import re
from pathlib import Path

from meetings.room_texts import room_texts

SOURCES = Path(__file__).resolve().parents[2] / "static" / "src"
LITERAL = re.compile(r"\btext\(\"(\w+)\"")
COUNTED = re.compile(r"\bcounted\(\"(\w+)\"")
COMPOSED = re.compile(r"\btext\(`([^`]*)`")


def scripts() -> str:
    files = [*(SOURCES / "room").glob("*.js"), *(SOURCES / "prejoin").glob("*.js")]
    return "\n".join(file.read_text() for file in files)


def test_every_text_that_a_script_asks_for_is_there():
    source = scripts()
    texts = room_texts()
    wanted = set(LITERAL.findall(source))
    wanted |= {f"{key}_{form}" for key in COUNTED.findall(source) for form in ("one", "other")}
    assert wanted - set(texts) == set()
    for template in set(COMPOSED.findall(source)):
        pattern = re.compile(r"\w+".join(map(re.escape, re.split(r"\$\{[^}]*\}", template))))
        assert any(pattern.fullmatch(key) for key in texts), template


def test_scripts_load_nothing_from_elsewhere_and_set_no_html():
    source = scripts()
    for forbidden in ("innerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in source
    assert re.findall(r"from \"(?!\.{1,2}/)", source) == []
