"""The self-check in a real browser: read, filtered, asked anew, without scripts, for every eye."""

from tests.browser.test_portal import axe, faults, look_everywhere  # noqa: F401  a fixture

PAGE = "/administration/securite/"


def test_an_administrator_reads_the_self_check(person, axe):  # noqa: F811
    page = person("adele").page
    page.goto("/administration/")
    page.get_by_role("navigation", name="Administration").get_by_role(
        "link", name="Sécurité"
    ).click()
    page.get_by_role("heading", name="Sécurité", exact=True).wait_for()
    page.get_by_role("link", name="Conforme (", exact=False).last.click()
    page.wait_for_url("**?result=pass")
    assert page.get_by_text("Non conforme", exact=True).count() == 0
    page.get_by_role("button", name="Vérifier à nouveau").click()
    page.get_by_role("heading", name="Navigateur", exact=True).wait_for()
    assert page.url.endswith("?result=pass")
    assert look_everywhere(page, axe, [PAGE, f"{PAGE}?result=fail"]) == []


def test_it_works_without_scripts(person):
    visitor = person("adele")
    state = visitor.context.storage_state()
    page = person(java_script_enabled=False, storage_state=state).page
    page.goto(f"{PAGE}?result=pass")
    page.get_by_role("button", name="Vérifier à nouveau").click()
    page.get_by_role("link", name="Tout (").click()
    page.get_by_role("heading", name="Cloisonnement", exact=True).wait_for()
