"""A4 pages of the State: fonts, text of any origin, head and foot.

Text is set by ourselves, in operators of the PDF that cost one look-up a character: what fpdf2
offers for text reads it for markup and placeholders, which a hostile name could hold, and is too
slow for a log. Fonts, their subsets, attachments and PDF/A stay fpdf2's.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import accumulate
from pathlib import Path
from xml.sax.saxutils import escape

from fpdf import FPDF, ViewerPreferences
from fpdf.bidi import BidiParagraph
from fpdf.fonts import TTFFont

FONTS = Path(__file__).parent / "fonts"
FILES = {
    "text": "DejaVuSansCondensed.ttf",
    "bold": "DejaVuSansCondensed-Bold.ttf",
    "mono": "DejaVuSansMono.ttf",
}
BLUE = (0, 0, 145)  # « bleu France »
RED = (225, 0, 15)
GREY = (87, 87, 87)
INK = (22, 22, 22)
RULE = (206, 206, 206)
PALE = (245, 245, 254)
MARGIN = 42.0
# Categories of characters that nothing shows, or that turn the writing round.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
RIGHT_TO_LEFT = frozenset({"R", "AL"})


class _Codes(dict[int, str]):
    """Each character as the PDF writes it, for str.translate."""

    def __init__(self, font: TTFFont) -> None:
        self.font = font

    def __missing__(self, char: int) -> str:
        self[char] = code = f"{self.font.subset.pick(char) or 0:04X}"
        return code


class _Widths(dict[str, float]):
    """The width of each character, in thousandths."""

    def __init__(self, font: TTFFont) -> None:
        self.font = font

    def __missing__(self, char: str) -> float:
        self[char] = width = self.font.cw[ord(char)]
        return width


class Face:
    """A font of one document: what it can show, how wide it is, how its characters are written."""

    def __init__(self, font: TTFFont) -> None:
        self.font = font
        self._codes, self._widths = _Codes(font), _Widths(font)
        # Characters that were met and are shown as they are.
        self._plain: set[str] = set()

    def shown(self, text: str) -> str:
        """The text as this font can show it: what it cannot, and what nobody would see, as its
        code; what is written from right to left in the order in which it is read."""
        if self._plain.issuperset(text):
            return text
        turns = False
        for char in set(text):
            if unicodedata.bidirectional(char) in RIGHT_TO_LEFT:
                turns = True
            elif self._showing(char) == char:
                self._plain.add(char)
        marked = "".join(map(self._showing, text))
        return BidiParagraph(marked).get_reordered_string() if turns else marked

    def _showing(self, char: str) -> str:
        if char == " " or (
            ord(char) in self.font.cmap and unicodedata.category(char) not in UNSEEN
        ):
            return char
        return f"[U+{ord(char):04X}]"

    def written(self, text: str) -> str:
        """A text that can be shown, as the PDF writes it."""
        return text.translate(self._codes)

    def width(self, text: str, size: float) -> float:
        """Of a text that can be shown, in points."""
        return sum(map(self._widths.__getitem__, text)) * size / 1000

    def lines(self, text: str, size: float, width: float) -> list[str]:
        """The text in lines that are no wider; it is broken between words where it can be."""
        if self.width(text, size) <= width:
            return [text]
        return list(self._broken(text, width * 1000 / size))

    def _broken(self, text: str, most: float) -> Iterator[str]:
        ends = [0, *accumulate(map(self._widths.__getitem__, text))]
        start = 0
        while ends[-1] - ends[start] > most:
            end = max(bisect_right(ends, ends[start] + most) - 1, start + 1)
            space = text.rfind(" ", start + 1, end + 1)
            if space > 0:
                yield text[start:space]
                start = space + 1
            else:
                yield text[start:end]
                start = end
        yield text[start:]


@cache
def _colour(ink: tuple[int, int, int]) -> str:
    return " ".join(f"{part / 255:.3g}" for part in ink) + " rg"


class Paper(FPDF):
    """A document in memory. Places are in points from the top left corner of the page."""

    def __init__(self, title: str, *, at: datetime, is_wide: bool = False) -> None:
        super().__init__(
            orientation="landscape" if is_wide else "portrait",
            unit="pt",
            format="A4",
            enforce_compliance="PDF/A-3U",
        )
        self.alias_nb_pages(None)  # type: ignore[arg-type]  # a name may look like one
        self.set_auto_page_break(False)
        self.set_title(title)
        self.set_lang("fr-FR")
        self.set_creation_date(at.astimezone(UTC))
        self.set_xmp_metadata(_metadata(title, at))
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        for name, file in FILES.items():
            self.add_font(name, "", FONTS / file)
        self.text_face, self.bold, self.mono = (self._face(name) for name in FILES)
        # Where the next line of the running text goes, and where the page is full.
        self.place = 0.0
        self.full = self.h - MARGIN - 22
        # What the next page begins with.
        self.page_heads: list[Callable[[], None]] = []

    def _face(self, name: str) -> Face:
        font = self.fonts[name]
        assert isinstance(font, TTFFont)
        return Face(font)

    @property
    def right(self) -> float:
        """Where the text ends."""
        return self.w - MARGIN

    def turn(self) -> None:
        """Begins a page on which every font may be used."""
        self.add_page()
        for face in (self.text_face, self.bold, self.mono):
            self._set_font_for_page(face.font, 1)
        self.place = MARGIN
        for head in self.page_heads:
            head()

    def room(self, height: float) -> None:
        """Goes to the next page where this does not fit any more."""
        if self.place + height > self.full:
            self.turn()

    def paragraph(
        self, text: str, size: float = 9, face: Face | None = None, ink=INK, *, x: float = MARGIN
    ) -> None:
        """Running text, from a place to where the text ends."""
        face = face or self.text_face
        leading = size * 1.45
        for line in face.lines(face.shown(text), size, self.right - x):
            self.room(leading)
            self.place += leading
            self.put(x, self.place - size * 0.4, line, size, face, ink)

    def heading(self, text: str, *, with_next: float = 70) -> None:
        """Begins a part, never without so much of it on the same page."""
        self.room(with_next)
        self.place += 28
        self.put(MARGIN, self.place, text, 12.5, self.bold, BLUE)
        self.place += 8

    def put(
        self, x: float, y: float, text: str, size: float, face: Face | None = None, ink=INK
    ) -> None:
        """One line of text that can be shown, on its base line."""
        face = face or self.text_face
        self._out(
            f"BT {_colour(ink)} /F{face.font.i} {size:g} Tf {x:.2f} {self.h - y:.2f} Td"
            f" <{face.written(text)}> Tj ET"
        )

    def put_right(self, y: float, text: str, size: float, face: Face | None = None, ink=INK):
        """The same, ending where the text ends."""
        width = (face or self.text_face).width(text, size)
        self.put(self.right - width, y, text, size, face, ink)

    def fill(self, x: float, y: float, width: float, height: float, ink) -> None:
        """A rectangle of one colour."""
        self._out(f"{_colour(ink)} {x:.2f} {self.h - y - height:.2f} {width:.2f} {height:.2f} re f")

    def state_mark(self, y: float) -> None:
        """« République française », as the head of every page of the portal has it."""
        for number, ink in enumerate((BLUE, (255, 255, 255), RED)):
            self.fill(MARGIN + number * 13, y, 13, 8, ink)
        self.fill(MARGIN, y + 8, 39, 0.4, RULE)
        self.fill(MARGIN, y - 0.4, 39, 0.4, RULE)
        self.put(MARGIN, y + 22, "RÉPUBLIQUE", 11, self.bold)
        self.put(MARGIN, y + 34, "FRANÇAISE", 11, self.bold)

    def number_pages(self, note: str, y: float) -> None:
        """The foot of each page, once all are there."""
        pages = len(self.pages)
        for number in range(1, pages + 1):
            self.page = number
            self.fill(MARGIN, y - 11, self.right - MARGIN, 0.5, RULE)
            self.put(MARGIN, y, note, 7, ink=GREY)
            self.put_right(y, f"Page {number}/{pages}", 7, ink=GREY)


def number(value: int) -> str:
    """« 12 345 »."""
    return f"{value:,}".replace(",", "\u00a0")


def _metadata(title: str, at: datetime) -> str:
    """What the file says of itself; fpdf2 would say the time of the writing as well."""
    moment = at.astimezone(UTC).isoformat(timespec="seconds")
    plain = "".join(char for char in title if unicodedata.category(char) not in UNSEEN)
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>
<xmp:CreatorTool>Visio</xmp:CreatorTool>
<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate>
<dc:language><rdf:Bag><rdf:li>fr-FR</rdf:li></rdf:Bag></dc:language>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(plain)}</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
