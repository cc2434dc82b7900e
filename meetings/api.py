"""The meetings' part of the API: joining and ending, by link."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from meetings import ending, joining

router = Router(tags=["meetings"])


class JoinRequest(Schema):
    """Which of the person's devices asks; the same device replaces its own older connection."""

    device: str = Field(pattern=f"^{joining.DEVICE.pattern}$")
    room_lost: bool = Field(False, description="LiveKit answered that it holds no such room")


class RoomOut(Schema):
    title: str
    starts_at: datetime
    ends_at: datetime


class Joined(Schema):
    """Everything that livekit-client needs; the token lives two minutes and is for one device."""

    state: str = "joined"
    token: str
    expires_at: datetime
    url: str
    identity: str
    role: str
    room: RoomOut


@router.post("/{slug}/join", response=Joined, url_name="join")
def join(request, slug: str, body: JoinRequest):
    """Lets the signed-in person into the meeting behind a link."""
    admission = joining.join(
        slug=slug,
        by=request.member,
        organisation=request.tenant.name,
        device=body.device,
        now=timezone.now(),
        room_lost=body.room_lost,
    )
    meeting = admission.meeting
    return Joined(
        token=admission.token,
        expires_at=admission.expires_at,
        url=settings.LIVEKIT_URL,
        identity=admission.identity,
        role="host" if admission.is_host else "participant",
        room=RoomOut(title=meeting.title, starts_at=meeting.starts_at, ends_at=meeting.ends_at),
    )


@router.post("/{slug}/end", response={204: None}, url_name="end")
def end(request, slug: str):
    """Ends the meeting for all; the host alone may."""
    ending.end_meeting_for_all(slug=slug, by=request.member, now=timezone.now())
    return Status(204, None)
