"""A table over as many pages as it needs: its head comes again on each, a row may go on on the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from auditors.documents.paper import BLUE, INK, MARGIN, PALE, RULE, Face, Paper

PADDING = 4.0  # at the sides of a cell


@dataclass(frozen=True)
class Column:
    title: str
    width: float


class Line(NamedTuple):
    """One line of a cell, as it can be shown."""

    text: str
    face: Face
    ink: tuple[int, int, int] = INK


class Table:
    """Rows of cells; a cell is lines, one below the other."""

    def __init__(
        self, paper: Paper, columns: Sequence[Column], *, size: float, padding: float = 4
    ) -> None:
        self.paper, self.columns, self.size, self.padding = paper, columns, size, padding
        self.leading = size * 1.35
        self._places = [
            MARGIN + sum(column.width for column in columns[:number])
            for number in range(len(columns))
        ]

    def __enter__(self) -> "Table":
        self.paper.room(60)
        self._head()
        self.paper.page_heads.append(self._head)
        return self

    def __exit__(self, *_error) -> None:
        self.paper.page_heads.remove(self._head)

    def lines(self, column: int, text: str, face: Face | None = None, ink=INK) -> list[Line]:
        """A text of any origin in lines that fit into a column."""
        face = face or self.paper.text_face
        width = self.columns[column].width - 2 * PADDING
        return [Line(part, face, ink) for part in face.lines(face.shown(text), self.size, width)]

    def below(self, text: str, ink=INK) -> list[Line]:
        """A text of any origin in lines for below the cells, from the second column on."""
        face = self.paper.text_face
        width = self.paper.right - self._places[1] - 2 * PADDING
        return [Line(part, face, ink) for part in face.lines(face.shown(text), self.size, width)]

    def row(self, cells: Sequence[Sequence[Line]], below: Sequence[Line] = ()) -> None:
        """`below`: lines under the cells, over the whole width from the second column on."""
        paper, size, leading = self.paper, self.size, self.leading
        count = max(map(len, cells))
        height = (count + len(below)) * leading + 2 * self.padding
        if height < paper.full / 2:
            paper.room(height)
        paper.place += self.padding
        for number in range(count):
            self._next_line()
            y = paper.place - size * 0.35
            for x, cell in zip(self._places, cells, strict=True):
                if number < len(cell):
                    line = cell[number]
                    paper.put(x + PADDING, y, line.text, size, line.face, line.ink)
        for line in below:
            self._next_line()
            x = self._places[1] + PADDING
            paper.put(x, paper.place - size * 0.35, line.text, size, line.face, line.ink)
        paper.place += self.padding
        paper.fill(MARGIN, paper.place, paper.right - MARGIN, 0.4, RULE)

    def _next_line(self) -> None:
        self.paper.room(self.leading)
        self.paper.place += self.leading

    def _head(self) -> None:
        paper = self.paper
        height = self.size * 1.35 + 2 * self.padding
        paper.fill(MARGIN, paper.place, paper.right - MARGIN, height, PALE)
        paper.fill(MARGIN, paper.place + height, paper.right - MARGIN, 1, BLUE)
        for x, column in zip(self._places, self.columns, strict=True):
            y = paper.place + height - self.padding - self.size * 0.35
            paper.put(x + PADDING, y, column.title, self.size, paper.bold)
        paper.place += height + 1
