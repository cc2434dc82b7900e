"""Pages for what went wrong; each says what happened and what to do."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults

from visio import problems

RETRY_AFTER = 5  # seconds


def csrf_refused(request, reason=""):
    """403: the form was too old or came from elsewhere. What was typed is still one page back."""
    return render(
        request,
        "403.html",
        {
            "explanation": _(
                "Cette page est restée ouverte trop longtemps ou a été envoyée depuis un autre "
                "site. Revenez en arrière, rechargez la page et recommencez : rien n’a été modifié."
            )
        },
        status=403,
    )


def server_error(request):
    """500, or 503 while the database is away: then there is nothing wrong but the moment.

    Neither page asks anything of the database or the session, which may be what failed.
    """
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if problems.is_for_api(request):
        if is_away:
            return problems.unavailable(request, retry_after=RETRY_AFTER)
        return problems.failed(request)
    if is_away:
        page = render_to_string("errors/unavailable.html", {"retry_after": RETRY_AFTER})
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return HttpResponseServerError(render_to_string("500.html"))


def page_not_found(request, exception):
    """404: a page for people, a problem document for programs."""
    if problems.is_for_api(request):
        return problems.no_such_address(request)
    return defaults.page_not_found(request, exception)


def bad_request(request, exception):
    """400, likewise."""
    if problems.is_for_api(request):
        return problems.bad_request(request)
    return defaults.bad_request(request, exception)
