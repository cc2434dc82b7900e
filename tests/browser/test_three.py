"""A host, a colleague of another ministry and a guest from outside: lobby, moderation and removal,
with pictures and sound."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.test_lobby import alice, expect_state, guest, link  # noqa: F401  (fixtures)
from tests.browser.test_moderation import control
from tests.browser.test_story import HEARS, PLAYS
from tests.waiting import until

# Enters LiveKit with a token, past our pages, and tells how long it was in (milliseconds): not at
# all, where it is put out before it stands.
OLD_TOKEN = """async ({ url, token }) => {
  const { Room, RoomEvent } = await import("/static/vendor/livekit-client.esm.mjs");
  const room = new Room();
  const out = new Promise((resolve) => room.once(RoomEvent.Disconnected, resolve));
  try {
    await room.connect(url, token);
  } catch (error) {
    if (String(error).includes("could not establish pc connection")) return 0;
    throw error;
  }
  const since = performance.now();
  await out;
  return performance.now() - since;
}"""


def sees_and_hears(*people):
    for one in people:
        until(lambda page=one.page: page.evaluate(PLAYS) == len(people), seconds=30)
        until(lambda page=one.page: page.evaluate(HEARS) > 0.01, seconds=30)


def test_three_meet_and_one_is_put_out(person, alice, guest, link, owner):  # noqa: F811
    # Bruno's ministry was not invited: he waits as the guest does; each is told apart.
    alice.page.locator("#join").click()
    expect_state(alice, "joined", timeout=30_000)
    bruno = person("bruno")
    bruno.page.goto(link)
    bruno.page.locator("#join").click()
    expect_state(bruno, "waiting")
    ines = guest("Inès Durand")
    lobby = alice.page.locator("#lobby")
    alice.page.get_by_role("button", name="Voir").click()
    expect(lobby).to_contain_text("Bruno Petit")
    expect(lobby).to_contain_text("Agent identifié par ProConnect")
    expect(lobby).to_contain_text("Inès Durand")
    expect(lobby).to_contain_text("Identité non vérifiée")

    # Both come in without a click of their own, and all three see and hear each other.
    alice.page.get_by_role("button", name="Tout admettre").click()
    for one in (bruno, ines):
        expect_state(one, "joined")
    sees_and_hears(alice, bruno, ines)

    # The guest is muted on the server: nobody hears them, and everybody is told by whom.
    act(alice, "Inès Durand", "Couper le micro")
    expect(control(ines, "mic")).to_have_attribute("aria-pressed", "false")
    heard = "Alice Martin a coupé le micro de Inès Durand"
    expect(bruno.page.locator("body")).to_contain_text(heard)
    # The colleague becomes a co-host, and moderates.
    act(alice, "Bruno Petit", "Nommer co-organisateur")
    expect(control(bruno, "moderate")).to_be_visible()

    # The guest keeps a token, and is put out by the co-host.
    token = ines.page.evaluate(
        """async () => {
          const config = JSON.parse(document.getElementById("room-config").textContent);
          const csrf = document.querySelector("input[name=csrfmiddlewaretoken]").value;
          const answer = await fetch(config.join_url, {
            method: "POST",
            headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
            body: JSON.stringify({ device: "device-of-before" }),
          });
          return answer.json();
        }"""
    )
    act(bruno, "Inès Durand", "Exclure de la réunion")
    bruno.page.locator("#remove-confirm").click()
    expect(ines.page.locator("#left")).to_have_attribute("data-reason", "removed")
    expect(alice.page.locator(".tile[data-source=camera]")).to_have_count(2)

    # With the old token on another device: out again within a second.
    stayed = ines.page.evaluate(OLD_TOKEN, {"url": token["url"], "token": token["token"]})
    assert stayed < 1000
    # With the page: refused in words. In another browser: a new guest, who waits.
    ines.page.reload()
    ines.page.locator("#join").click()
    expect(ines.page.locator("body")).to_contain_text("exclu")
    guest("Inès Durand")
    expect(alice.page.locator("#lobby")).to_contain_text("Inès Durand")

    # The log of each ministry has what concerns it.
    slug = urlsplit(link).path.split("/")[2]
    [(meeting_id,)] = owner.execute(
        "SELECT meeting_id FROM meetings_joinlink WHERE slug = %s", [slug]
    ).fetchall()

    def logged(short_name):
        rows = owner.execute(
            """SELECT kind FROM audit_event event JOIN tenants_tenant tenant
               ON tenant.id = event.tenant_id WHERE short_name = %s AND meeting_id = %s""",
            [short_name, meeting_id],
        )
        return {row[0] for row in rows}

    acts = {"lobby_knocked", "lobby_admitted", "muted", "meeting_role_changed"}
    until(lambda: acts | {"participant_removed", "participant_left"} <= logged("economie"))
    until(lambda: {"lobby_admitted", "meeting_role_changed"} <= logged("sante"))
    assert "muted" not in logged("sante")


def act(moderator, name: str, what: str):
    """What somebody chooses in a person's menu of the people panel."""
    page = moderator.page
    if not page.locator("#panel-people").is_visible():
        page.locator("#toggle-people").click()
    page.get_by_role("button", name=f"Agir sur {name}").click()
    page.locator("#person-menu").get_by_role("button", name=what, exact=True).click()
