"""The chat of a room, over HTTP: what is written goes to everybody through LiveKit."""

from uuid import UUID

from django.utils import timezone
from ninja import Field, Router, Schema, Status

from meetings import chat
from meetings.desk import at_desk
from meetings.policies import Permission
from meetings.throttles import Pace

router = Router(tags=["chat"])
Text = Field(max_length=4 * chat.LONGEST)


class Writing(Schema):
    """`key` is the browser's own name for the message: sent twice, it is written once."""

    text: str = Text
    key: str = Field(pattern=r"^[A-Za-z0-9-]{8,36}$")


class Rewriting(Schema):
    text: str = Text


@router.get("/{slug}/chat", response=dict, url_name="chat")
def read(request, slug: str):
    """What was written since one was first let in, the oldest first."""
    with at_desk(slug, visitor=request.auth, even_over=True) as desk:
        messages = [chat.line_of(message).as_dict() for message in chat.history(desk=desk)]
    return {"messages": messages}


@router.post(
    "/{slug}/chat", response={201: dict}, url_name="chat_write", throttle=[Pace("chat", 60)]
)
def write(request, slug: str, body: Writing):
    """Writes to everybody."""
    with at_desk(
        slug, visitor=request.auth, permission=Permission.ROOM_CHAT, for_update=True
    ) as desk:
        message = chat.write(desk=desk, text=body.text, key=body.key, now=timezone.now())
        line = chat.line_of(message).as_dict()
    return Status(201, line)


@router.put(
    "/{slug}/chat/{message_id}",
    response=dict,
    url_name="chat_message",
    throttle=[Pace("chat", 60)],
)
def rewrite(request, slug: str, message_id: UUID, body: Rewriting):
    """The author changes a message."""
    with at_desk(slug, visitor=request.auth, permission=Permission.ROOM_CHAT) as desk:
        message = chat.edit(desk=desk, message_id=message_id, text=body.text, now=timezone.now())
        return chat.line_of(message).as_dict()


@router.delete("/{slug}/chat/{message_id}", response={204: None}, url_name="chat_delete")
def delete(request, slug: str, message_id: UUID):
    """The author, or who moderates, takes a message away."""
    with at_desk(slug, visitor=request.auth) as desk:
        chat.delete(desk=desk, message_id=message_id, now=timezone.now())
    return Status(204, None)
