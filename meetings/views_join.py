"""From a code that was dictated, or a link that was pasted, to its meeting."""

from django import forms
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from isolation.decorators import opens_own_scope
from meetings.slugs import slug_in


class JoinForm(forms.Form):
    """Tells a code's form alone: whether a meeting has it, only its own address answers."""

    code = forms.CharField(
        label=_("Code ou lien de la réunion"),
        help_text=_("Seize signes, par exemple bcdf-ghjk-mnpq-rstv, ou le lien reçu."),
        max_length=300,
        error_messages={"required": _("Écrivez le code ou collez le lien.")},
    )

    def clean_code(self) -> str:
        slug = slug_in(self.cleaned_data["code"])
        if not slug:
            raise forms.ValidationError(
                _("Ce n’est pas le code d’une réunion : il a seize lettres et chiffres.")
            )
        return slug


@opens_own_scope
@require_http_methods(["GET", "POST"])
def by_code(request):
    """For everybody, guests among them; asks nothing of the database."""
    form = JoinForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return redirect("meetings:room", form.cleaned_data["code"])
    return render(request, "join.html", {"form": form}, status=422 if form.is_bound else 200)
