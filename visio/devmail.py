"""The development-only page that shows what was mailed: the sink's files, never in production."""

import email.policy
from email import message_from_bytes
from pathlib import Path

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from isolation.decorators import opens_own_scope

MOST = 100


@opens_own_scope
@require_GET
def mails(request):
    """The newest messages first."""
    files = sorted(folder().glob("*.eml"), reverse=True)[:MOST]
    return render(request, "dev/mails.html", {"mails": [(file.stem, read(file)) for file in files]})


@opens_own_scope
@require_GET
def mail(request, name: int):
    """One message: its text, its calendar and its links, as text."""
    file = folder() / f"{name}.eml"
    if not file.exists():
        raise Http404
    message = read(file)
    parts = {
        kind: part.get_content()
        for kind in ("text/plain", "text/calendar")
        for part in message.walk()
        if part.get_content_type() == kind and part.get_filename() is None
    }
    context = {
        "message": message,
        "text": parts.get("text/plain"),
        "calendar": parts.get("text/calendar"),
    }
    return render(request, "dev/mail.html", context)


def folder() -> Path:
    """The mail sink's folder; the routes exist only where there is one."""
    assert settings.MAIL_SINK is not None
    return Path(settings.MAIL_SINK)


def read(file: Path):
    """A message with decoded headers."""
    return message_from_bytes(file.read_bytes(), policy=email.policy.default)
