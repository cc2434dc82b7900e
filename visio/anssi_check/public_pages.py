"""What the law has a site say: accessibility, legal notice, personal data."""

import re

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from visio.anssi_check.answers import Answer, failed, not_applicable, passed_unless
from visio.anssi_check.installation import Installation
from visio.anssi_check.pages import Contents, sampled

LEGAL_PAGES = ("legal_notice", "accessibility", "privacy", "terms", "site_map")
CONFORMITY = re.compile(r"Accessibilité\s?: (totalement|partiellement|non) conforme")
SKIP_LINK = "#content"
# Pages are asked for in French, whoever reads the answer.
PRIVACY_PARTS = ("et pourquoi", "Combien de temps", "Vos droits", "Cookies")


def legal_pages(look: Installation) -> Answer:
    """Each answers, and the foot of the home page leads to it."""
    links = Contents(look.page("/").text).links
    paths = [reverse(name) for name in LEGAL_PAGES]
    wrong = [path for path in paths if path not in links or look.page(path).status != 200]
    return passed_unless(wrong)


def legal_notice(look: Installation) -> Answer:
    """Who publishes, directs and hosts, and whom to write to."""
    missing = [f"VISIO_LEGAL_{name.upper()}" for name, value in settings.LEGAL.items() if not value]
    if missing and look.is_local:
        return not_applicable(_("Servi sur cette machine même, sans public à informer."))
    return passed_unless(missing)


def accessibility(look: Installation) -> Answer:
    """The state stands on the home page, the declaration is one click from every page."""
    state = CONFORMITY.search(look.page("/").text)
    if state is None:
        return failed(_("La page d’accueil ne dit pas l’état de conformité."))
    declaration = reverse("accessibility")
    wrong = [page.path for page in sampled(look) if declaration not in Contents(page.text).links]
    return passed_unless(wrong, state[0])


def page_frames(look: Installation) -> Answer:
    """Language, title and skip link, which need no person to be judged."""
    wrong = []
    for page in sampled(look):
        contents = Contents(page.text)
        found = {
            "lang (8.3)": contents.language,
            "title (8.5)": contents.title,
            "12.7": SKIP_LINK in contents.links,
        }
        wrong += [f"{page.path} : {name}" for name, is_there in found.items() if not is_there]
    return passed_unless(wrong)


def retention_told(look: Installation) -> Answer:
    """The page on personal data says purposes, durations, rights and cookies."""
    text = look.page(reverse("privacy")).text
    return passed_unless(part for part in PRIVACY_PARTS if part not in text)
