"""The searches that an auditor keeps: saved under a name, opened, listed, deleted. An address names
one by its id."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from auditors import saved_searches
from auditors.access import auditor_required, reason_required
from auditors.forms import LogFilterForm, in_words, words_of
from auditors.models import SavedSearch
from auditors.pages import Page
from auditors.searches import Search
from auditors.views import asked_page, journal_at, render_journal
from meetings.views import activate_zone
from tenants.words import with_marks_shown

no_store = cache_control(private=True, no_store=True)


class NameForm(forms.Form):
    """Under which name a search is kept."""

    name = forms.CharField(
        label=gettext_lazy("Nom de la recherche"),
        max_length=60,
        error_messages={"required": gettext_lazy("Donnez un nom à cette recherche.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_name(self) -> str:
        """On one line, and something that can be read."""
        name = " ".join(self.cleaned_data["name"].split())
        if not words_of(name):
            raise ValidationError(_("Donnez au moins une lettre du nom."))
        return name


@auditor_required
@reason_required
@require_GET
@no_store
def overview(request):
    """One's own searches, with what each of them asks for."""
    activate_zone(request)
    labels = LogFilterForm.base_fields
    kept = [
        {
            "id": search.id,
            "name": with_marks_shown(search.name),
            "saved_at": search.saved_at,
            "asked": [
                (labels[field].label, with_marks_shown(words))
                for field, words in in_words(search.asked).items()
                if field in labels
            ],
        }
        for search in saved_searches.of(request.member)
    ]
    context = {"kept": kept, "most": saved_searches.MOST}
    return render(request, "auditors/saved.html", context)


@auditor_required
@require_POST
@no_store
def save(request):
    """Keeps the search of the page from which the form was sent, and leads back to it."""
    activate_zone(request)
    now = timezone.now()
    search = Search.of_address(QueryDict(request.POST.get("search", "")), request.session, now=now)
    form = NameForm(request.POST)
    if not search.is_valid:  # it was typed hours ago, or nobody's page sent this
        return render_journal(request, search, Page([]), status=422, name_form=form)
    if not search.asked:
        messages.warning(
            request, _("Filtrez d’abord le journal : c’est le filtre qui s’enregistre.")
        )
        return redirect("auditors:journal")
    if form.is_valid():
        name = form.cleaned_data["name"]
        try:
            replaced = saved_searches.save(
                by=request.member, name=name, asked=search.asked, now=now
            )
        except saved_searches.TooMany:
            form.add_error(
                "name",
                _("Vous gardez déjà %(most)s recherches : supprimez-en une, ou remplacez-en une.")
                % {"most": saved_searches.MOST},
            )
        else:
            words = (
                _("La recherche « %(name)s » est remplacée.")
                if replaced
                else _("La recherche « %(name)s » est enregistrée, pour vous seul.")
            )
            messages.success(request, words % {"name": with_marks_shown(name)})
            return redirect(journal_at(search))
    # Shown again as it was, so that nothing is lost but the name that would not do.
    page = asked_page(request, search) if request.log_reason else Page([])
    return render_journal(request, search, page, status=422, name_form=form)


@auditor_required
@reason_required
@require_GET
@no_store
def open_search(request, search_id):
    """Leads to the journal, filtered as it was asked for; what was typed stays in the session."""
    activate_zone(request)
    kept = saved_searches.of(request.member).filter(id=search_id).first()
    if kept is None:
        raise Http404("no such search of this auditor")
    sent = QueryDict(mutable=True)
    for field, value in kept.asked.items():
        sent.setlist(field, value if isinstance(value, list) else [value])
    search = Search.of_form(sent, request.session, now=timezone.now())
    if not search.is_valid:  # as where a title has become that of too many meetings
        return render_journal(request, search, Page([]), status=422)
    return redirect(journal_at(search))


@auditor_required
@require_POST
@no_store
def delete(request, search_id):
    """Forgets one of one's own."""
    try:
        deleted = saved_searches.delete(by=request.member, search_id=search_id)
    except SavedSearch.DoesNotExist:
        raise Http404("no such search of this auditor") from None
    words = _("La recherche « %(name)s » est supprimée.")
    messages.success(request, words % {"name": with_marks_shown(deleted.name)})
    return redirect("auditors:saved")
