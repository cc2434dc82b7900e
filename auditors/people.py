"""Who somebody is that the log knows by an id: an agent of the ministry, or somebody's place in one
meeting; and what the log says of them at large."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from audit import search
from audit.models import Event
from audit.search import Criteria
from auditors import identities, kind_groups
from auditors.identities import places_of
from isolation.scope import current_tenant_id
from meetings.models import Participant
from tenants.models import Member, MemberState
from tenants.words import with_marks_shown

# Counting is reading: of somebody who did more, the newest count.
MOST_COUNTED = 10_000
# So many of somebody's places in meetings are named; the others are found through the meetings.
MOST_PLACES = 20


class UnknownPerson(LookupError):
    """The open scope's log has nothing under this id."""


@dataclass(frozen=True)
class Place:
    """Somebody's place in one meeting, which has an id of its own."""

    participant: Participant

    @property
    def id(self) -> UUID:
        return self.participant.id

    @property
    def meeting_id(self) -> UUID:
        return self.participant.meeting.id

    @property
    def title(self) -> str:
        return with_marks_shown(self.participant.meeting.title)

    @property
    def starts_at(self) -> datetime:
        return self.participant.meeting.starts_at

    @property
    def organisation(self) -> str:
        return with_marks_shown(self.participant.organisation)

    @property
    def proof(self) -> str:
        """How the person's identity was proven, in words."""
        return self.participant.get_proof_display()


@dataclass(frozen=True)
class Person:
    """What is known of somebody."""

    id: UUID
    # As it is written; empty where it was erased, or never known.
    log_name: str
    first: Event
    last: Event
    # The agent, also of whoever is a participant here.
    member: Member | None = None
    # The one meeting in which the id stands for this person.
    place: Place | None = None
    # The newest of an agent's places in the ministry's meetings, each with an id of its own.
    places: tuple[Place, ...] = ()

    @property
    def name(self) -> str:
        return with_marks_shown(self.log_name) or gettext("Personne sans nom")

    @property
    def is_agent(self) -> bool:
        return self.member is not None and self.place is None

    @property
    def has_left(self) -> bool:
        return self.member is not None and self.member.state != MemberState.ACTIVE


@dataclass(frozen=True)
class Count:
    """So many events of one kind."""

    kind: str
    label: str
    number: int


@dataclass(frozen=True)
class Counts:
    """What somebody's events are about, the most frequent kind first."""

    each: list[Count]

    @property
    def total(self) -> int:
        return sum(count.number for count in self.each)

    @property
    def is_cut(self) -> bool:
        """There are more than were counted."""
        return self.total >= MOST_COUNTED


def known(person_id: UUID) -> Person:
    """Who this is, in a few statements. Raises UnknownPerson."""
    ends = search.ends_of(identities.ids_of(person_id))
    if not ends:
        raise UnknownPerson(person_id)
    first, last = ends
    tenant_id = current_tenant_id()
    member = Member.objects.filter(id=person_id).first()
    participant: Participant | None = None
    places: tuple[Place, ...] = ()
    if member:
        places = tuple(
            Place(each) for each in places_of(member).select_related("meeting")[:MOST_PLACES]
        )
    else:
        participant = Participant.objects.filter(id=person_id).select_related("meeting").first()
        if participant and participant.user_id and participant.from_tenant_id == tenant_id:
            member = Member.objects.filter(user_id=participant.user_id).first()
    names = [
        _name_in(last, person_id),
        _name_in(first, person_id),
        participant.name if participant else "",
        member.full_name if member else "",
    ]
    name = next(filter(None, names), "")
    place = Place(participant) if participant else None
    return Person(person_id, name, first, last, member, place, places)


def counts(criteria: Criteria) -> Counts:
    """What fits but for its kinds, by kind."""
    found = search.kinds(replace(criteria, kinds=()), most=MOST_COUNTED)
    return Counts(
        [Count(kind, kind_groups.label_of(kind), number) for kind, number in found.most_common()]
    )


def _name_in(event: Event, person_id: UUID) -> str:
    """What an event calls the person; empty where it does not, or no longer."""
    if event.actor_id == str(person_id) and event.actor_name:
        return event.actor_name
    return event.subject_name if event.subject_id == str(person_id) else ""
