"""The log as PDF, written while it is read: in volumes, so that its size is of no matter to our memory.

One volume is a PDF; more of them are a zip, of which each leaves as soon as it is written.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import count
from typing import IO, cast
from uuid import UUID
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from django.db.models import Count, Sum, TextField
from django.db.models.functions import Cast, Left, Length
from django.utils import timezone

from audit import search
from audit.proving import prove
from audit.search import Criteria
from auditors.documents.contents import LONGEST_DETAILS, About, Row, Volume
from auditors.exports import AT, FETCHED, ORIGIN, SENT, Format, reading
from tenants.models import Tenant

# A volume ends with so many events, or once their details, which are read to prove them, are so long.
MOST_EVENTS = 2_000
MOST_DETAILS = 16_000_000  # characters
DETAILS = Cast("payload", TextField())


def format_of(criteria: Criteria, *, about: About) -> Format:
    """What an export of the open scope's log will be: one PDF, or a zip of volumes."""
    beginning = search.matching(criteria).annotate(length=Length(DETAILS))[: MOST_EVENTS + 1]
    size = beginning.aggregate(events=Count("id"), details=Sum("length"))
    if size["events"] <= MOST_EVENTS and (size["details"] or 0) <= MOST_DETAILS:
        return Format(partial(as_pdf, about=about), "application/pdf", "pdf")
    return Format(partial(as_zip, about=about), "application/zip", "zip")


def as_pdf(criteria: Criteria, *, tenant_id: UUID, about: About) -> Iterator[bytes]:
    """Everything that fits as one document."""
    with reading(tenant_id):
        rows = list(_rows(criteria))
        yield from _pieces(_written(rows, about, number=0, before=0, is_last=True))


def as_zip(criteria: Criteria, *, tenant_id: UUID, about: About) -> Iterator[bytes]:
    """Everything that fits as volumes: volume-0001.pdf and so on."""
    sink = _Sink()
    moment = about.asked_at.utctimetuple()[:6]
    with reading(tenant_id), ZipFile(cast(IO[bytes], sink), "w", ZIP_STORED) as archive:
        rows = _rows(criteria)
        before, first = 0, next(rows, None)
        for number in count(1):
            taken, first = _taken(rows, first)
            content = _written(taken, about, number=number, before=before, is_last=first is None)
            archive.writestr(ZipInfo(f"volume-{number:04}.pdf", moment), content)
            yield from _pieces(sink.taken())
            before += len(taken)
            if first is None:
                break
    yield from _pieces(sink.taken())


def _taken(rows: Iterator[Row], first: Row | None) -> tuple[list[Row], Row | None]:
    """The rows of a volume, and the one with which the next begins."""
    taken: list[Row] = []
    details = 0
    while first is not None:
        details += first.length
        if taken and (len(taken) == MOST_EVENTS or details > MOST_DETAILS):
            break
        taken.append(first)
        first = next(rows, None)
    return taken, first


def _written(rows: list[Row], about: About, *, number: int, before: int, is_last: bool) -> bytes:
    """A volume with what is proven of it now."""
    from auditors.documents import log  # contents.py says why here

    proofs = prove([row.id for row in rows], now=timezone.now())
    ministries = dict(Tenant.objects.values_list("id", "name"))
    return log.as_pdf(Volume(rows, proofs, number, before, is_last), about, ministries)


def _rows(criteria: Criteria) -> Iterator[Row]:
    events = search.matching(criteria).annotate(
        said_at=AT,
        said_origin=ORIGIN,
        details=Left(DETAILS, LONGEST_DETAILS),
        length=Length(DETAILS),
    )
    found: Iterable[tuple] = events.values_list(
        "id", "said_at", "kind", "outcome", "actor_name", "subject_name", "meeting_id",
        "delivered_from", "said_origin", "actor_id", "on_behalf_of", "subject_id", "request_id",
        "details", "length",
    ).iterator(chunk_size=FETCHED)  # fmt: skip
    return map(Row._make, found)


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), SENT):
        yield content[start : start + SENT]


class _Sink:
    """A file for ZipFile that only goes forward, and gives away what is written."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        content, self._written = b"".join(self._written), []
        return content
