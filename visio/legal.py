"""The pages that the law asks for, and help; who answers for an installation says so in its settings."""

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_GET

from isolation.decorators import opens_own_scope


def page(template: str):
    """A view that shows one text to everybody."""

    @opens_own_scope
    @require_GET
    def show(request):
        return render(request, template, {"legal": settings.LEGAL})

    return show
