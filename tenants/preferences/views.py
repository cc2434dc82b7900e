"""The page of one's own preferences, and the language switch of every page."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.i18n import set_language

from isolation.decorators import opens_own_scope
from isolation.scope import tenant_scope
from tenants.decorators import member_required
from tenants.preferences import services
from tenants.preferences.forms import PreferencesForm


@member_required
@require_http_methods(["GET", "POST"])
def preferences(request):
    """Shows what holds, and keeps what is chosen; it holds from the next page on."""
    if request.method == "GET":
        initial = PreferencesForm.initial_from(services.preferences_of(request.member))
        form = PreferencesForm(initial=initial)
        return render(request, "tenants/preferences.html", {"form": form})
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return render(request, "tenants/preferences.html", {"form": form}, status=422)
    chosen = form.preferences()
    services.save_preferences(member=request.member, preferences=chosen)
    with translation.override(chosen.language):
        messages.success(request, _("Vos préférences sont enregistrées."))
    response = redirect("preferences")
    remember_language(response, chosen.language)
    return response


@opens_own_scope
def switch_language(request):
    """The switch of every page: for this browser, and for whoever is signed in."""
    if request.method == "POST" and request.member:
        with tenant_scope(request.tenant_id):
            language = request.POST.get("language", "")
            services.choose_language(member=request.member, language=language)
    return set_language(request)


def remember_language(response, language: str) -> None:
    """In this browser: for its sockets, and for its pages before and after signing in."""
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        )
