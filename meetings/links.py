"""From a link's slug to the scope of the ministry whose meeting it leads to."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from django.db import connection

from isolation.scope import found_scope
from meetings.models import JoinLink
from meetings.slugs import SLUG

# An unknown slug leads to a tenant that does not exist, so that what follows costs the same
# statements and the same time.
FIND_AND_ENTER = """
    SELECT coalesce(tenant_id, nowhere), coalesce(meeting_id, nowhere),
        set_config('visio.tenant', coalesce(tenant_id, nowhere)::text, true)
    FROM (VALUES (%s, %s)) AS asked (slug, nowhere) LEFT JOIN meetings_joinlink USING (slug)
"""


@contextmanager
def scope_of_link(slug: str) -> Iterator[UUID]:
    """Opens the scope of a link's tenant, found in the statement that opens it; the meeting's id."""
    meeting_id = uuid4()

    def find() -> UUID:
        nonlocal meeting_id
        with connection.cursor() as cursor:
            known = slug if SLUG.fullmatch(slug) else ""
            cursor.execute(FIND_AND_ENTER, [known, meeting_id])
            tenant_id, meeting_id, _setting = cursor.fetchone()
        return tenant_id

    with found_scope(find):
        yield meeting_id


def resolve(slug: str) -> tuple[UUID, UUID]:
    """The tenant and the meeting behind a slug; an unknown one leads to a meeting that is nowhere."""
    known = slug if SLUG.fullmatch(slug) else ""
    links = JoinLink.objects.filter(slug=known).values_list("tenant_id", "meeting_id")
    return links.first() or (uuid4(), uuid4())
