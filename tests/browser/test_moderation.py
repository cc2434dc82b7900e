"""What a host does in the room, and what the others see, hear and may still do."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_room import alice, link  # noqa: F401  (fixtures)
from tests.browser.test_story import join


@pytest.fixture
def bruno(person, alice, link):  # noqa: F811
    """Bruno, who is in Alice's meeting with her."""
    bruno = person("bruno")
    join(alice, link)
    join(bruno, link)
    expect(alice.page.locator(".tile[data-picture=true]")).to_have_count(2)
    return bruno


def act(host, name: str):
    """What the host chooses in Bruno's menu of the people panel."""
    page = host.page
    if not page.locator("#panel-people").is_visible():
        page.locator("#toggle-people").click()
    page.get_by_role("button", name="Agir sur Bruno Petit").click()
    page.locator("#person-menu").get_by_role("button", name=name, exact=True).click()


def control(person, name: str):
    return person.page.locator(f"#toggle-{name}")


def banners(person):
    return person.page.locator("#banners")


def test_one_is_muted_and_may_speak_again(alice, bruno):  # noqa: F811
    act(alice, "Couper le micro")
    expect(control(bruno, "mic")).to_have_attribute("aria-pressed", "false")
    expect(banners(bruno)).to_contain_text(
        "Alice Martin a coupé votre micro. Vous pouvez le réactiver."
    )
    expect(banners(alice)).to_contain_text("Vous avez coupé le micro de Bruno Petit.")
    control(bruno, "mic").click()
    expect(control(bruno, "mic")).to_have_attribute("aria-pressed", "true")
    alice.page.locator("#toggle-moderate").click()
    alice.page.locator("#mute-all").click()
    expect(control(bruno, "mic")).to_have_attribute("aria-pressed", "false")
    expect(control(alice, "mic")).to_have_attribute("aria-pressed", "true")


def test_what_is_forbidden_stops_says_why_and_never_starts_by_itself(alice, bruno):  # noqa: F811
    alice.page.locator("#toggle-moderate").click()
    for right in ("Parler", "Montrer leur image"):
        alice.page.get_by_label(right).click()
    for name in ("mic", "camera"):
        expect(control(bruno, name)).to_have_attribute("aria-disabled", "true")
        expect(control(bruno, name)).to_have_attribute("aria-pressed", "false")
    expect(control(bruno, "mic")).to_have_attribute("title", re.compile("Seuls les organisateurs"))
    expect(alice.page.locator(".tile[data-own=false]")).to_have_attribute("data-picture", "false")
    control(bruno, "mic").dispatch_event("click")
    expect(banners(bruno)).to_contain_text("peuvent parler pour le moment")
    expect(control(alice, "mic")).not_to_have_attribute("aria-disabled", "true")

    for right in ("Parler", "Montrer leur image"):
        alice.page.get_by_label(right).click()
    expect(control(bruno, "mic")).not_to_have_attribute("aria-disabled", "true")
    expect(control(bruno, "mic")).to_have_attribute("aria-pressed", "false")
    control(bruno, "camera").click()
    expect(alice.page.locator(".tile[data-own=false]")).to_have_attribute("data-picture", "true")

    act(alice, "Interdire la discussion")
    bruno.page.keyboard.press("c")
    expect(bruno.page.locator("#chat-form")).to_be_hidden()
    expect(bruno.page.locator("#chat-forbidden")).to_contain_text("ne vous est pas permise")


def test_the_lock_and_roles_are_seen_by_all(alice, bruno):  # noqa: F811
    alice.page.locator("#toggle-moderate").click()
    alice.page.get_by_label("Verrouiller la réunion").click()
    for one in (alice, bruno):
        expect(one.page.locator("#room-locked")).to_be_visible()
    expect(control(bruno, "moderate")).to_be_hidden()
    act(alice, "Nommer co-organisateur")
    expect(control(bruno, "moderate")).to_be_visible()
    expect(alice.page.locator("#people-list")).to_contain_text("Co-organisateur")
    bruno.page.locator("#toggle-people").click()
    # The host is nobody's to change.
    expect(bruno.page.get_by_role("button", name="Agir sur Alice Martin")).to_have_count(0)
    bruno.page.locator("#toggle-moderate").click()
    act(alice, "Rendre simple participant")
    expect(bruno.page.locator("#panel-moderate")).to_be_hidden()


def test_hands_have_an_order_that_is_seen_and_said(alice, bruno):  # noqa: F811
    bruno.page.keyboard.press("h")
    expect(control(bruno, "hand")).to_have_attribute("aria-pressed", "true")
    expect(alice.page.locator("#announce-polite")).to_contain_text("Bruno Petit lève la main")
    alice.page.keyboard.press("h")
    expect(bruno.page.locator(".tile[data-own=false] .tile__hand")).to_contain_text("2")
    act(alice, "Baisser la main")
    expect(control(bruno, "hand")).to_have_attribute("aria-pressed", "false")
    expect(banners(bruno)).to_contain_text("Alice Martin a baissé votre main")
    expect(bruno.page.locator(".tile[data-own=false] .tile__hand")).to_contain_text("1")


def test_a_reaction_is_seen_on_its_sender_and_said(alice, bruno):  # noqa: F811
    bruno.page.locator("#toggle-reactions").click()
    bruno.page.locator("#reactions-menu").get_by_role("button", name="Applaudir").click()
    expect(alice.page.locator(".tile[data-own=false] .tile__reaction")).to_have_text("👏")
    expect(alice.page.locator("#announce-polite")).to_contain_text("applaudissements")


def test_who_is_excluded_stays_out_until_let_back(alice, bruno, link):  # noqa: F811
    act(alice, "Exclure de la réunion")
    expect(alice.page.get_by_role("button", name="Annuler")).to_be_focused()
    alice.page.locator("#remove-confirm").click()
    expect(bruno.page.locator("#left")).to_have_attribute("data-reason", "removed")
    alice.page.locator("#toggle-moderate").click()
    alice.page.get_by_role("button", name="Laisser revenir Bruno Petit").click()
    expect(alice.page.locator("#barred-note")).to_have_text("Personne n’a été exclu.")
    join(bruno, link)


def test_messages_are_formatted_changed_and_deleted(alice, bruno):  # noqa: F811
    for one in (alice, bruno):
        one.page.keyboard.press("c")
    field = bruno.page.locator("#chat-text")
    field.fill("Un **mot**, un *autre*, du `code` :\n- <i>une</i> ligne\n- 2*3*4")
    field.press("Enter")
    field.fill("Une faute isi")
    field.press("Enter")
    read = alice.page.locator("#chat-messages")
    expect(read.locator("strong", has_text="mot")).to_be_visible()
    expect(read.locator("em")).to_have_text("autre")
    expect(read.locator("code")).to_have_text("code")
    expect(read.locator(".message__list li")).to_have_text(["<i>une</i> ligne", "2*3*4"])

    written = bruno.page.locator("#chat-messages .message")
    written.last.get_by_role("button", name="Modifier").press("Enter")
    editor = bruno.page.get_by_label("Modifier votre message")
    expect(editor).to_be_focused()
    editor.fill("Sans faute")
    editor.press("Enter")
    expect(read.locator(".message").last).to_contain_text("Sans faute")
    expect(read.locator(".message").last).to_contain_text("modifié")

    theirs = read.locator(".message").last
    expect(theirs.get_by_role("button", name="Modifier")).to_have_count(0)
    theirs.get_by_role("button", name="Supprimer").press("Enter")
    theirs.get_by_role("button", name="Supprimer pour tous").press("Enter")
    expect(written.last).to_contain_text("Message supprimé par Alice Martin")


def test_a_message_that_did_not_leave_keeps_its_words(alice, bruno):  # noqa: F811
    bruno.page.keyboard.press("c")
    bruno.page.route("**/chat", lambda route: route.abort())
    field = bruno.page.locator("#chat-text")
    field.fill("Important")
    field.press("Enter")
    line = bruno.page.locator("#chat-messages .message").last
    expect(line).to_contain_text("Pas envoyé")
    expect(line).to_contain_text("Important")
    bruno.page.unroute("**/chat")
    line.get_by_role("button", name="Réessayer").click()
    expect(alice.page.locator("#chat-unread")).to_contain_text("1 message non lu")
    bruno.page.reload()
    bruno.page.get_by_role("button", name="Rejoindre").click()
    # What was written is read again from the server, once.
    expect(bruno.page.locator("#chat-messages .message")).to_have_count(1)
