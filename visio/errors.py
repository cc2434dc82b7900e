"""Pages for what went wrong; each says what happened and what to do."""

from django.shortcuts import render
from django.utils.translation import gettext as _


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
