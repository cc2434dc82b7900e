"""A zip that is written while its content is read: in constant memory, compressed on another core."""

import os
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

BLOCK = 1 << 18
# Names and ids repeat, hashes are noise: a higher level costs time and gains little.
LEVEL = 1


class Archive:
    """Takes one member after the other."""

    def __init__(self, file: zipfile.ZipFile, helper: ThreadPoolExecutor) -> None:
        self._file, self._helper = file, helper

    def add(self, name: str, content: str) -> None:
        """A small member."""
        self._file.writestr(name, content)

    def add_lines(self, name: str, lines: Iterable[bytes]) -> None:
        """A member of any size. One block is compressed while the next is made."""
        with self._file.open(name, "w", force_zip64=True) as member:
            under_way: Future | None = None
            for block in _blocks(lines):
                if under_way:
                    under_way.result()
                under_way = self._helper.submit(member.write, block)
            if under_way:
                under_way.result()


def _blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    gathered: list[bytes] = []
    size = 0
    for line in lines:
        gathered.append(line)
        size += len(line)
        if size >= BLOCK:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)


@contextmanager
def archive_into(file: IO[bytes]) -> Iterator[Archive]:
    """Over whatever takes bytes in their order: a file, a pipe."""
    with (
        ThreadPoolExecutor(1) as helper,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive,
    ):
        yield Archive(archive, helper)


@contextmanager
def new_archive(path: Path) -> Iterator[Archive]:
    """A new file that its owner alone can read; FileExistsError where there is one. After an error
    nothing is left of it."""

    def private(name: str, flags: int) -> int:
        return os.open(name, flags, 0o600)

    with open(path, "xb", opener=private) as file:
        try:
            with archive_into(file) as archive:
                yield archive
        except BaseException:
            path.unlink()
            raise
