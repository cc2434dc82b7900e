"""What one does in a room: moderate, raise a hand, react. The permission is asked on each call."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.utils import timezone
from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict, StrictBool

from meetings import moderation, reactions
from meetings.desk import at_desk
from meetings.policies import Permission
from meetings.throttles import Pace

router = Router(tags=["room"])
Word = Literal["microphone", "camera", "share", "chat"]
Rights = Annotated[dict[Word, StrictBool], Field(min_length=1)]
DONE = {204: None}


class Command(Schema):
    """A misspelt `person` must not become everybody, nor any word a yes."""

    model_config = ConfigDict(extra="forbid")


class Concerns(Command):
    """One person, or everybody."""

    person: UUID | None = None


class Person(Command):
    person: UUID


class RightsRequest(Concerns):
    rights: Rights


class LockRequest(Command):
    locked: StrictBool


class RoleRequest(Person):
    role: Literal["co_host", "presenter", "participant"]


class HandRequest(Command):
    raised: StrictBool


class ReactionRequest(Command):
    reaction: Literal["thumbs_up", "applause", "heart", "laugh", "surprise", "thinking"]


class BarredPerson(Schema):
    id: str
    name: str
    organisation: str
    by: str
    at: datetime | None


class Barred(Schema):
    people: list[BarredPerson]


@router.post("/{slug}/mute", response=DONE, url_name="mute")
def mute(request, slug: str, body: Concerns):
    """Mutes a person, or everybody but who moderates. They may switch on again."""
    with at_desk(slug, visitor=request.auth, permission=Permission.ROOM_MODERATE) as desk:
        moderation.mute(desk=desk, person_id=body.person, now=timezone.now())
    return Status(204, None)


@router.post("/{slug}/rights", response=DONE, url_name="rights")
def rights(request, slug: str, body: RightsRequest):
    """What everybody, or one person, may send."""
    with at_desk(
        slug, visitor=request.auth, permission=Permission.ROOM_MODERATE, for_update=True
    ) as desk:
        asked = {str(word): allowed for word, allowed in body.rights.items()}
        if body.person is None:
            moderation.change_rights(desk=desk, rights=asked)
        else:
            moderation.change_person_rights(desk=desk, person_id=body.person, rights=asked)
    return Status(204, None)


@router.post("/{slug}/lock", response=DONE, url_name="lock")
def lock(request, slug: str, body: LockRequest):
    """While it is locked, nobody new comes in or asks to."""
    with at_desk(
        slug, visitor=request.auth, permission=Permission.ROOM_LOCK, for_update=True
    ) as desk:
        moderation.lock(desk=desk, locked=body.locked)
    return Status(204, None)


@router.post("/{slug}/role", response=DONE, url_name="role")
def role(request, slug: str, body: RoleRequest):
    """Promotes or demotes; 422 with a sentence where that cannot be."""
    with at_desk(
        slug, visitor=request.auth, permission=Permission.ROOM_GIVE_ROLES, for_update=True
    ) as desk:
        moderation.give_role(desk=desk, person_id=body.person, role=body.role)
    return Status(204, None)


@router.post("/{slug}/remove", response=DONE, url_name="remove")
def remove(request, slug: str, body: Person):
    """Puts somebody out and keeps them out."""
    with at_desk(
        slug, visitor=request.auth, permission=Permission.ROOM_MODERATE, for_update=True
    ) as desk:
        moderation.remove(desk=desk, person_id=body.person, now=timezone.now())
    return Status(204, None)


@router.post("/{slug}/unbar", response=DONE, url_name="unbar")
def unbar(request, slug: str, body: Person):
    """Lets somebody who was put out come back."""
    with at_desk(
        slug, visitor=request.auth, permission=Permission.ROOM_MODERATE, for_update=True
    ) as desk:
        moderation.unbar(desk=desk, person_id=body.person, now=timezone.now())
    return Status(204, None)


@router.get("/{slug}/barred", response=Barred, url_name="barred")
def barred(request, slug: str):
    """Who was put out."""
    with at_desk(slug, visitor=request.auth, permission=Permission.ROOM_MODERATE) as desk:
        people = [
            BarredPerson(
                id=person.id.hex,
                name=person.name,
                organisation=person.organisation,
                by=person.decided_by,
                at=person.decided_at,
            )
            for person in moderation.barred(desk=desk)
        ]
    return Barred(people=people)


@router.post("/{slug}/lower-hands", response=DONE, url_name="lower_hands")
def lower_hands(request, slug: str, body: Concerns):
    """Lowers one hand, or all."""
    with at_desk(slug, visitor=request.auth, permission=Permission.ROOM_MODERATE) as desk:
        moderation.lower_hands(desk=desk, person_id=body.person)
    return Status(204, None)


@router.post("/{slug}/hand", response=DONE, url_name="hand", throttle=[Pace("hand", 60)])
def hand(request, slug: str, body: HandRequest):
    """Raises or lowers one's own hand."""
    with at_desk(slug, visitor=request.auth, permission=Permission.ROOM_RAISE_HAND) as desk:
        moderation.raise_hand(desk=desk, raised=body.raised, now=timezone.now())
    return Status(204, None)


@router.post(
    "/{slug}/reaction", response=DONE, url_name="reaction", throttle=[Pace("reaction", 30)]
)
def reaction(request, slug: str, body: ReactionRequest):
    """Shows a reaction to everybody in the room for a moment; it is kept nowhere."""
    with at_desk(slug, visitor=request.auth, permission=Permission.ROOM_REACT) as desk:
        me, meeting = desk.me, desk.meeting
    reactions.show(meeting=meeting, by=me, reaction=body.reaction)
    return Status(204, None)
