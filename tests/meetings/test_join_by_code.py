"""Joining by a code that was dictated or a link that was pasted; the home page and help for
everybody."""

import re

import pytest

from meetings.slugs import new_slug, part_of, slug_in

pytestmark = pytest.mark.django_db
JOIN = "/rejoindre/"
SLUG = "bcdf-ghjk-mnpq-rstv"


@pytest.fixture
def visitor(client):
    client.defaults["HTTP_HOST"] = "localhost"
    return client


@pytest.mark.parametrize(
    "typed",
    [
        SLUG,
        f"  {SLUG.upper()} ",
        "bcdfghjkmnpqrstv",
        "bcdf ghjk mnpq rstv",
        "bcdf–ghjk—mnpq‑rstv",
        f"http://localhost/r/{SLUG}/",
        f"http://localhost/r/{SLUG}/?x=1#y",
        f"https://ailleurs.test/r/{SLUG}",  # leads to our own page, never elsewhere
        f"localhost/r/{SLUG}/code/",
    ],
)
def test_a_code_leads_to_its_own_address(visitor, typed):
    answer = visitor.post(JOIN, {"code": typed})
    assert (answer.status_code, answer.url) == (302, f"/r/{SLUG}/")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "bcdf",
        "aeio-aeio-aeio-aeio",
        f"{SLUG}-bcdf",
        "//ailleurs.test/",
        "https://[::1/r/x",
        "javascript:alert(1)",
        "../../r/x",
        "\x00",
        "b" * 100_000,
        "ｂｃｄｆ-ｇｈｊｋ-ｍｎｐｑ-ｒｓｔｖ",
        f"/r/{SLUG[:-1]}",
        "<script>alert(1)</script>",
    ],
)
def test_what_is_no_code_is_said_so_and_leads_nowhere(visitor, typed):
    answer = visitor.post(JOIN, {"code": typed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'aria-invalid="true"' in page
    assert "<script>alert" not in page


def test_a_code_that_no_meeting_has_gets_the_same_answer(
    visitor, meeting, django_assert_num_queries
):
    for slug in (meeting.slug, new_slug()):
        with django_assert_num_queries(0):
            assert visitor.post(JOIN, {"code": slug}).url == f"/r/{slug}/"


def test_every_slug_is_found_in_what_people_make_of_it():
    for _ in range(200):
        slug = new_slug()
        assert slug_in(slug.replace("-", " ").upper()) == slug
        assert part_of(slug[:9]) == slug[:9]
    assert part_of("mnp") == ""
    assert part_of("comité") == ""


def test_who_is_not_signed_in_sees_what_visio_is_and_both_ways_in(visitor):
    page = visitor.get("/").content.decode()
    main = page[page.index("<main") :]
    assert main.count("visio-proconnect__button") == 1
    assert 'action="/rejoindre/"' in main
    assert 'href="/aide/"' in main
    assert "Agenda" not in page


def test_a_link_still_leads_through_proconnect_without_a_word(visitor, meeting):
    """As before: somebody whose session is open there goes in as who they are."""
    answer = visitor.post(JOIN, {"code": meeting.slug}, follow=False)
    answer = visitor.get(answer.url)
    assert answer.url.startswith("/oidc/authenticate/")
    assert "silent=1" in answer.url


@pytest.mark.parametrize("address", ["/", "/mentions-legales/", "/plan-du-site/", "/rejoindre/"])
def test_help_is_one_click_away(visitor, signed_in, host, address):
    for client in (visitor, signed_in(host)):
        page = client.get(address).content.decode()
        assert page.index('href="/aide/"') < page.index("<main")
        assert page.rindex('href="/aide/"') > page.index("</main>")


def test_help_speaks_to_each_and_says_whom_to_ask(visitor, settings):
    settings.LEGAL = settings.LEGAL | {"contact": "assistance@<b>visio.test"}
    page = visitor.get("/aide/").content.decode()
    for part in ("agents", "invites", "administrateurs", "auditeurs", "clavier", "contact"):
        assert f'id="{part}"' in page
        assert f'href="#{part}"' in page
    assert "assistance@&lt;b&gt;visio.test" in page
    assert "<kbd>Ctrl</kbd>" in page


def test_help_names_the_rooms_own_shortcuts(visitor, signed_in, meeting, host):
    """What the help page says of keys is what the room's dialog says."""
    dialog = signed_in(host).get(meeting.join_path).content.decode()
    keys = re.findall(r"<dt><kbd>(\w)</kbd></dt>\s*<dd>([^<]+)</dd>", dialog)
    assert keys
    page = visitor.get("/aide/").content.decode()
    for key, effect in keys:
        assert re.search(rf"<kbd>{key}</kbd></th>\s*<td>{re.escape(effect)}</td>", page), key


@pytest.mark.parametrize(
    "address",
    [
        "/mentions-legales/",
        "/accessibilite/",
        "/donnees-personnelles/",
        "/modalites-d-utilisation/",
        "/plan-du-site/",
        "/aide/",
    ],
)
def test_the_pages_of_the_law_are_there_for_everybody(visitor, signed_in, host, address):
    assert visitor.get(address).status_code == 200
    assert signed_in(host).get(address).status_code == 200
    assert f'href="{address}"' in visitor.get("/plan-du-site/").content.decode()


def test_the_accessibility_statement_has_the_parts_that_the_law_asks_for(visitor):
    page = visitor.get("/accessibilite/").content.decode()
    for part in (
        "État de conformité",
        "Contenus non accessibles",
        "Établissement de cette déclaration",
        "Technologies utilisées",
        "Retour d’information et contact",
        "Voies de recours",
    ):
        assert part in page
    assert "non conforme" in page
