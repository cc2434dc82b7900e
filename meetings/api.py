"""The meetings' part of the API: from a link to a token, and the browser's word that it is there."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from ninja import Field, Router, Schema, Status
from pydantic import BaseModel, StrictBool

from meetings import ending, joining, lobby, presence, visitors
from meetings.admissions import Admission
from meetings.desk import at_desk
from meetings.policies import Permission
from meetings.throttles import GuestPace, Pace
from tenants.api.answers import told

router = Router(tags=["meetings"])


class JoinRequest(Schema):
    """Which of the person's devices asks; the same device replaces its own older connection."""

    device: str = Field(pattern=f"^{joining.DEVICE.pattern}$")
    room_lost: StrictBool = Field(False, description="LiveKit answered that it holds no such room")
    name: str = Field("", max_length=200, description="Of a guest, whom nobody has identified")
    meeting: UUID | None = Field(
        None, description="Where the person was: to come back into it, and into no later one"
    )


class RoomOut(BaseModel):
    meeting: UUID
    title: str
    starts_at: datetime
    ends_at: datetime


class Joined(BaseModel):
    """Everything that livekit-client needs; the token lives two minutes and is for one device."""

    state: str = "joined"
    token: str
    expires_at: datetime
    url: str
    identity: str
    role: str
    room: RoomOut


class WaitingOut(BaseModel):
    """Somebody has to decide: `socket` tells what is decided, at once."""

    state: str = "waiting"
    socket: str


@router.post(
    "/{slug}/join",
    response=Joined | WaitingOut,
    url_name="join",
    throttle=[GuestPace("join", 60)],
)
def join(request, slug: str, body: JoinRequest):
    """Lets a person into the meeting behind a link, or lets them wait."""
    visitor = request.auth
    says_name = visitor.member is None and body.name and body.name != visitor.name
    if says_name and joining.takes_guests(slug, visitor=visitor):
        visitor = visitors.introduce(request, body.name)
    answer = joining.join(
        slug=slug,
        by=visitor,
        device=body.device,
        now=timezone.now(),
        room_lost=body.room_lost,
        back_into=body.meeting,
    )
    if isinstance(answer, lobby.Waiting):
        return told(WaitingOut(socket=f"{settings.SOCKETS_URL}/ws/lobby/{slug}/{body.device}/"))
    return told(joined(answer))


def joined(admission: Admission) -> Joined:
    """An admission as the browser reads it, over HTTP and over the lobby's socket."""
    return Joined(
        token=admission.token,
        expires_at=admission.expires_at,
        url=settings.LIVEKIT_URL,
        identity=admission.identity,
        role=admission.role,
        room=RoomOut(
            meeting=admission.meeting_id,
            title=admission.title,
            starts_at=admission.starts_at,
            ends_at=admission.ends_at,
        ),
    )


@router.post("/{slug}/end", response={204: None}, url_name="end")
def end(request, slug: str):
    """Ends the meeting for all."""
    with at_desk(
        slug, visitor=request.auth, permission=Permission.MEETING_END, even_over=True
    ) as desk:
        ending.end(desk.meeting.id, by=desk.actor, now=timezone.now())
    return Status(204, None)


class PresenceRequest(Schema):
    """`connection` is LiveKit's id of this very connection; `leaving` when the page closes."""

    connection: str = Field(pattern=r"^PA_[A-Za-z0-9]{1,61}$")
    leaving: StrictBool = False


@router.post(
    "/{slug}/presence", response={204: None}, url_name="presence", throttle=[Pace("here", 20)]
)
def say_present(request, slug: str, body: PresenceRequest):
    """The browser's own word that its person is in the room."""
    with at_desk(slug, visitor=request.auth, even_over=True) as desk:
        presence.heard(
            participant=desk.me,
            connection=body.connection,
            leaving=body.leaving,
            now=timezone.now(),
        )
    return Status(204, None)
