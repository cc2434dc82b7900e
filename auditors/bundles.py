"""The log with its proofs, sent while it is written: of any size, and kept nowhere on the way."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from threading import Thread
from uuid import UUID

from django.db import connections

from audit.export.archive import BLOCK, archive_into
from audit.export.bundle import write_bundle
from audit.export.rows import Asked
from audit.log import Actor


def streamed(
    tenant_id: UUID, asked: Asked, *, by: Actor, because: Mapping[str, str], now: datetime
) -> Iterator[bytes]:
    """The bundle's bytes, as fast as they are taken. What stops it is raised here, before the
    first of them where it can be known by then; a bundle that breaks off later opens nowhere."""
    stopped: list[BaseException] = []
    reading, writing = os.pipe()

    def write() -> None:
        try:
            with open(writing, "wb") as sink, archive_into(sink) as archive:
                write_bundle(archive, tenant_id, asked, by=by, because=because, now=now)
        except BaseException as error:
            stopped.append(error)
        finally:
            connections.close_all()

    writer = Thread(target=write, name="bundle", daemon=True)
    writer.start()
    with open(reading, "rb") as source:  # who goes away closes it, and the writer ends
        held = source.read(BLOCK)
        while following := source.read(BLOCK):
            yield held
            held = following
    # The end of a zip makes it one: it goes out only if everything before it is right.
    writer.join()
    if stopped:
        raise stopped[0]
    yield held
