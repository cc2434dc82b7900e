"""Searches that an auditor keeps under a name: their own alone, in one ministry."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower

from auditors.models import SavedSearch
from tenants.models import Member

# More are not found again by their names.
MOST = 50


class TooMany(Exception):
    """This auditor keeps as many searches as anybody may."""


def of(member: Member) -> QuerySet[SavedSearch]:
    """In the order of their names."""
    return SavedSearch.objects.filter(member=member).order_by(Lower("name"), "id")


def save(*, by: Member, name: str, asked: dict[str, Any], now: datetime) -> bool:
    """Keeps what is asked under this name; answers whether it takes another one's place there.

    Raises TooMany.
    """
    # Of two that are saved at the same moment, the second sees the first.
    Member.objects.select_for_update(no_key=True).get(id=by.id)
    fresh = {"asked": asked, "saved_at": now}
    if SavedSearch.objects.filter(member=by, name=name).update(**fresh):
        return True
    if SavedSearch.objects.filter(member=by).count() >= MOST:
        raise TooMany
    SavedSearch.objects.create(member=by, name=name, **fresh)
    return False


def delete(*, by: Member, search_id: UUID) -> SavedSearch:
    """Raises SavedSearch.DoesNotExist, also for what is somebody else's."""
    search = SavedSearch.objects.get(member=by, id=search_id)
    search.delete()
    return search


def forget_of(member_ids: Collection[UUID]) -> None:
    """All that these people kept in the open scope."""
    SavedSearch.objects.filter(member_id__in=member_ids).delete()


def forget_about(person_id: UUID) -> None:
    """All that look for this person by id, whoever keeps them."""
    SavedSearch.objects.filter(asked__person__iexact=str(person_id)).delete()
