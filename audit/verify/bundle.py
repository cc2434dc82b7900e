"""Reads the zip of a bundle: every byte of it may be hostile, and its size is of no matter."""

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from audit.verify.refusal import Refused

NAMES = {
    "README.txt", "keys.txt", "checkpoint", "checkpoints/", "consistency.json", "entries.jsonl",
    "readable.jsonl", "selection.json",
}  # fmt: skip
NEEDED = ("keys.txt", "checkpoint", "consistency.json", "entries.jsonl")
EARLIER = re.compile(r"checkpoints/(0|[1-9][0-9]{0,17})", re.ASCII)

MOST_MEMBERS = 10_000
LARGEST_SMALL = 1 << 20
LARGEST_CONSISTENCY = 4 << 20
LONGEST_ENTRY = 64 << 10
LONGEST_READABLE = 16 << 20
# No read of the file is larger: a directory of the zip that says it is would fill the memory.
LARGEST_READ = 4 << 20
BLOCK = 256 << 10

_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError, LookupError, struct.error,
)  # fmt: skip


class _Bounded(io.FileIO):
    """A file that is never read as a whole."""

    def read(self, size: int | None = -1, /) -> bytes:
        asked = LARGEST_READ + 1 if size is None or size < 0 else size
        content = super().read(asked) if asked <= LARGEST_READ + 1 else None
        if content is None or len(content) > LARGEST_READ:
            raise Refused("le fichier n’est pas un zip lisible : son répertoire est démesuré")
        return content


class Bundle:
    """The members of a bundle, each name once, none that the format does not know."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise Refused(f"le zip contient plus de {MOST_MEMBERS} fichiers")
        self.names: set[str] = set()
        for member in members:
            # As it stands in the file: zipfile cuts a name at a NUL.
            name = member.orig_filename
            shown = ascii(name[:100])
            if name not in NAMES and not EARLIER.fullmatch(name):
                raise Refused(f"le zip contient {shown}, que le format ne connaît pas")
            if name in self.names:
                raise Refused(f"le zip contient deux fois {shown}")
            if member.flag_bits & 1:
                raise Refused(f"{name} est chiffré")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Refused(f"{name} est comprimé d’une façon que le format ne connaît pas")
            self.names.add(name)
        for name in NEEDED:
            if name not in self.names:
                raise Refused(f"{name} manque")

    def small(self, name: str, *, limit: int = LARGEST_SMALL) -> bytes:
        """A member that is read as a whole."""
        with _told(name), self._archive.open(name) as member:
            content = member.read(limit + 1)
            if len(content) > limit:
                raise Refused(f"{name} dépasse {limit} octets")
            return content

    def json(self, name: str, *, limit: int = LARGEST_SMALL) -> Any:
        """The same as JSON."""
        return parse_json(self.small(name, limit=limit), name)

    def lines(self, name: str, *, longest: int) -> "Lines":
        """A member that is read line by line."""
        with _told(name):
            return Lines(self._archive.open(name), name, longest)

    def earlier_sizes(self) -> list[int]:
        """The SIZEs of checkpoints/SIZE, smallest first."""
        found = (EARLIER.fullmatch(name) for name in self.names)
        return sorted(int(match[1]) for match in found if match)


class Lines:
    """Whole lines without their ends, as many at once as are asked for."""

    def __init__(self, member: Any, name: str, longest: int) -> None:
        self._member, self._name, self._longest = member, name, longest
        self._ready: list[bytes] = []
        self._place = 0
        self._rest = b""
        self._ended = False

    def take(self, most: int, *, most_bytes: int) -> list[bytes]:
        """At most so many lines; fewer, but one at least, once they are so large together."""
        taken: list[bytes] = []
        size = 0
        while len(taken) < most and size < most_bytes:
            if self._place == len(self._ready):
                if self._ended:
                    break
                self._read()
                continue
            piece = self._ready[self._place : self._place + most - len(taken)]
            lengths = sum(map(len, piece))
            if size + lengths > most_bytes:
                piece = list(_within(piece, most_bytes - size))
                lengths = sum(map(len, piece))
            taken += piece
            size += lengths
            self._place += len(piece)
        return taken

    def give_back(self, lines: list[bytes]) -> None:
        """The last lines that were taken, to be taken again."""
        self._ready = lines + self._ready[self._place :]
        self._place = 0

    def _read(self) -> None:
        with _told(self._name):
            block = self._member.read(BLOCK)
        if not block:
            self._ended = True
            if self._rest:
                raise Refused(f"{self._name} s’arrête au milieu d’une ligne")
            return
        lines = (self._rest + block).split(b"\n")
        self._rest = lines.pop()
        if max(map(len, [self._rest, *lines])) >= self._longest:
            raise Refused(f"{self._name} a une ligne de plus de {self._longest} octets")
        self._ready, self._place = lines, 0


def _within(lines: list[bytes], room: int) -> Iterator[bytes]:
    """The first line, and those that fit beside it."""
    yield lines[0]
    room -= len(lines[0])
    for line in islice(lines, 1, None):
        room -= len(line)
        if room < 0:
            return
        yield line


@contextmanager
def open_bundle(path: str) -> Iterator[Bundle]:
    """The bundle at this path; Refused where it is none."""
    with _told("le fichier"), _Bounded(path) as file:
        archive = zipfile.ZipFile(file)
        with archive:
            yield Bundle(archive)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Tells of whatever the zip's reader trips over in a sentence."""
    try:
        yield
    except FileNotFoundError:
        raise Refused(f"{name} n’existe pas") from None
    except _ZIP_ERRORS as error:
        raise Refused(f"{name} n’est pas lisible dans un zip sain ({error})") from None


# --- JSON -----------------------------------------------------------------------------------
class Number(tuple[str]):
    """A number as it is written: 1 and 1.0 are not the same, and neither is true."""

    __slots__ = ()


def parse_json(text: bytes | str, name: str) -> Any:
    """One JSON value; Refused where it is none, or says a name twice in one object."""
    try:
        return _DECODER.decode(text if isinstance(text, str) else text.decode())
    except _Twice as error:
        raise Refused(f"{name} dit deux fois « {error} » dans un même objet") from None
    except (ValueError, RecursionError):
        raise Refused(f"{name} n’est pas du JSON") from None


def count(value: Any) -> int | None:
    """An index or a size, None where it is neither."""
    if isinstance(value, Number) and re.fullmatch("0|[1-9][0-9]{0,17}", value[0], re.ASCII):
        return int(value[0])
    return None


class _Twice(Exception):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Twice(ascii(key[:50]))
            seen.add(key)
    return result


def _number(text: str) -> Number:
    return Number((text,))


def _constant(text: str) -> Any:
    raise ValueError(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_number, parse_float=_number, parse_constant=_constant
)
