"""Every text that Visio shows has its English: a new one without it fails here."""

import re
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings

from tests.i18n.messages import all_texts, texts_of

CATALOGUE = Path(settings.BASE_DIR) / "locale" / "en" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%%?\(\w+\)[sd]?|<[^>]+>")


@pytest.fixture(scope="module")
def catalogue():
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en", abort_invalid=True)


@pytest.fixture(scope="module")
def shown():
    return all_texts()


def forms(text) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def test_every_text_has_its_english(catalogue, shown):
    missing = {
        forms(text)[0]: sorted(files)
        for text, files in shown.items()
        if (message := catalogue.get(forms(text)[0])) is None
        or message.fuzzy
        or not all(forms(message.string))
    }
    assert not missing, "these French texts need an English one in locale/en"


def test_no_translation_outlives_its_text(catalogue, shown):
    known = {forms(text)[0] for text in shown}
    assert [m.id for m in catalogue if m.id and forms(m.id)[0] not in known] == []


def test_translations_fill_in_the_same_values(catalogue):
    differing = []
    for message in catalogue:
        if not message.id:
            continue
        wanted = [set(PLACEHOLDER.findall(form)) for form in forms(message.id)]
        given = [set(PLACEHOLDER.findall(form)) for form in forms(message.string)]
        # A singular may leave its number out.
        if not all(values <= set.union(*wanted) for values in given) or given[-1] != wanted[-1]:
            differing.append(message.id)
    assert differing == []


def test_the_catalogue_compiles_without_gettext(catalogue, tmp_path):
    with (tmp_path / "django.mo").open("wb") as file:
        write_mo(file, catalogue)


def test_texts_are_found_in_templates_and_python(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        """{% load i18n %}
          <p title="{% translate 'Titre' %}">l'heure, "dite" (
        {% blocktranslate trimmed count n=n %}
            Une réunion
        {% plural %}
            {{ n }} réunions
        {% endblocktranslate %}</p>"""
    )
    module = tmp_path / "module.py"
    module.write_text('from x import gettext as _\ntext = _("Bonjour "\n    "à tous")\n')
    assert list(texts_of(page)) == ["Titre", ("Une réunion", "%(n)s réunions")]
    assert list(texts_of(module)) == ["Bonjour à tous"]
