"""The page of the administrators’ portal."""

import pytest
from django.conf import settings

from tests.anssi_check.asking import ADDRESS, CHECKS, UNBUILT
from tests.cast import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(administrator):
    from django.core.cache import cache

    cache.clear()
    yield sign_in(administrator, acr="eidas2")
    cache.clear()


def test_the_page_sums_up_and_filters(browser, settings):
    settings.CELERY_BEAT_SCHEDULE = {}
    page = browser.get(ADDRESS).content.decode()
    assert "PA-009 R13–R18" in page
    assert page.count('<li id="') == len(CHECKS)
    assert "Programmez la purge" in page
    failing = browser.get(f"{ADDRESS}?result=fail").content.decode()
    assert failing.count('<li id="') == len(UNBUILT | {"purge"})
    assert browser.get(f"{ADDRESS}?result=%3Cscript%3E").content.decode().count('<li id="') == len(
        CHECKS
    )


def test_reading_again_asks_nothing_and_the_button_asks_anew(browser, monkeypatch):
    from visio.anssi_check import views

    asked = []
    original = views.find_all
    monkeypatch.setattr(views, "find_all", lambda: asked.append(1) or original())
    browser.get(ADDRESS)
    browser.get(f"{ADDRESS}?result=pass")
    assert len(asked) == 1
    answer = browser.post(f"{ADDRESS}?result=pass")
    assert (answer.status_code, answer.url) == (302, f"{ADDRESS}?result=pass")
    assert len(asked) == 2


def test_the_page_is_for_administrators_alone(host, colleague, auditor, administrator):
    for other in (host, colleague, auditor):
        assert sign_in(other, acr="eidas2").get(ADDRESS).status_code == 403
        assert sign_in(other, acr="eidas2").post(ADDRESS).status_code == 403
    answer = sign_in(administrator, acr="eidas1").get(ADDRESS)
    assert answer.status_code == 302
    assert "mfa=1" in answer.url


def test_the_readers_language_and_zone_survive_the_questions(browser, administrator):
    """The application answers inside the application: the reader's page must not notice."""
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = browser.get(ADDRESS).content.decode()
    assert '<html lang="en"' in page
