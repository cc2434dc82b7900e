"""Two ministries meet: planned, invited by mail, joined, seen, heard, written in the log."""

import email.policy
import os
import re
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.waiting import until

PARIS = ZoneInfo("Europe/Paris")
TITLE = "Comité budgétaire"

# What arrives: frames that advance, and sound that is not silence.
PLAYS = """async () => {
  const videos = [...document.querySelectorAll('.tile video')].filter((v) => v.videoWidth && !v.hidden);
  const before = videos.map((v) => v.getVideoPlaybackQuality().totalVideoFrames);
  await new Promise((resolve) => { let left = 30; const tick = () => (left-- ? requestAnimationFrame(tick) : resolve()); tick(); });
  return videos.filter((v, i) => v.getVideoPlaybackQuality().totalVideoFrames > before[i]).length;
}"""
HEARS = """async () => {
  const heard = [];
  for (const audio of document.querySelectorAll('audio')) {
    if (!audio.srcObject) continue;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(audio.srcObject).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let loudest = 0;
    const end = performance.now() + 3000;
    while (performance.now() < end && loudest < 0.01) {
      await new Promise(requestAnimationFrame);
      analyser.getFloatTimeDomainData(samples);
      loudest = Math.max(loudest, ...samples.map(Math.abs));
    }
    heard.push(loudest);
    await context.close();
  }
  return Math.max(0, ...heard);
}"""


def plan(alice, day) -> str:
    """Alice plans for 14:00 and invites a colleague of the other ministry; the meeting's address."""
    page = alice.page
    page.get_by_role("link", name="Planifier", exact=True).first.click()
    page.get_by_label("Titre").fill(TITLE)
    page.locator("[name=date]").fill(day.isoformat())
    page.locator("[name=start_time]").fill("14:00")
    page.locator("[name=end_time]").fill("15:00")
    invite(page, "bruno.petit@sante.visio.test")
    page.locator("#access summary").click()
    page.get_by_label("Pas d’invités extérieurs").check(force=True)  # the design system hides it
    page.get_by_role("button", name="Envoyer les invitations").click()
    page.get_by_role("heading", name=TITLE).wait_for()
    return page.url


def invite(page, address: str) -> None:
    """Into the line that the page's script puts in the place of the plain text area."""
    field = page.locator("#invitees input[type=text]")
    field.fill(address)
    field.press("Enter")


def mail_to(address: str):
    """The newest message for an address that the mail sink keeps, once it has come."""

    def look():
        for file in sorted(Path(os.environ["VISIO_MAIL_DIR"]).glob("*.eml"), reverse=True):
            message = message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if message["to"] == address:
                return message
        return None

    return until(look)


def join(person, url: str):
    """From the link, through the device check, into the room."""
    page = person.page
    page.goto(url)
    expect(page.locator("#preview[data-camera=on]")).to_be_visible()
    expect(page.locator("#level-message")).to_have_text("Votre micro fonctionne")
    page.get_by_role("button", name="Rejoindre").click()
    page.locator("body[data-room-state=joined]").wait_for(timeout=30_000)


def test_two_ministries_meet(person, owner, screenshots):
    alice, bruno, carole = person("alice"), person("bruno"), person("carole")
    day = (datetime.now(PARIS) + timedelta(days=1)).date()
    bruno.page.locator("#agenda").wait_for()

    # Planned by one ministry, delivered to the other, by mail and in the agenda that is open.
    meeting_url = plan(alice, day)
    message = mail_to("bruno.petit@sante.visio.test")
    assert TITLE in message["subject"]
    text = message.get_body(("plain",)).get_content()
    link = re.search(r"http\S+/r/[a-z0-9-]+/", text)[0]
    calendar = next(p for p in message.walk() if p.get_content_type() == "text/calendar")
    assert "DTSTART;TZID=Europe/Paris:" + day.strftime("%Y%m%d") + "T140000" in (
        calendar.get_content().replace("\r\n ", "")
    )
    bruno.page.get_by_text(TITLE).first.wait_for()
    bruno.page.get_by_text("Ministère de l’Économie et des Finances").first.wait_for()
    alice.page.goto("/")
    alice.page.get_by_text(TITLE).first.wait_for()
    alice.page.screenshot(path=screenshots / "agenda.png")

    # No row is shared: each ministry has its own.
    tenants = dict(owner.execute("SELECT short_name, id FROM tenants_tenant").fetchall())
    rows = owner.execute("SELECT tenant_id FROM meetings_meeting WHERE title = %s", [TITLE])
    assert {row[0] for row in rows} == {tenants["economie"]}
    rows = owner.execute("SELECT tenant_id FROM meetings_agendaentry WHERE title = %s", [TITLE])
    assert {row[0] for row in rows} == {tenants["sante"]}

    # Both join, see and hear each other.
    join(alice, link)
    join(bruno, link)
    for one in (alice, bruno):
        expect(one.page.locator(".tile[data-source=camera]")).to_have_count(2, timeout=15_000)
        until(lambda page=one.page: page.evaluate(PLAYS) == 2, seconds=30)
        until(lambda page=one.page: page.evaluate(HEARS) > 0.01, seconds=30)
    alice.page.screenshot(path=screenshots / "room.png")

    # A screen is shared, a message is written.
    alice.page.locator("#toggle-share").click()
    bruno.page.locator(".tile[data-source=screen] video").wait_for()
    alice.page.locator("#toggle-chat").click()
    alice.page.locator("#chat-text").fill("Bonjour <b>Bruno</b> https://www.service-public.fr/")
    alice.page.locator("#chat-text").press("Enter")
    bruno.page.locator("#toggle-chat").click()
    bruno.page.locator("#chat-messages").get_by_text("Bonjour <b>Bruno</b>").wait_for()

    # The network drops and comes back: nothing is asked of the person.
    bruno.context.set_offline(True)
    bruno.context.set_offline(False)

    # The host ends it; who was there stands on the page and in both ministries' logs.
    alice.page.locator("#leave").click()
    alice.page.get_by_role("button", name="Terminer pour tous").click()
    bruno.page.locator("body[data-room-state=left]").wait_for()
    alice.page.goto(meeting_url)

    def attendance():
        alice.page.reload()
        table = " ".join(alice.page.locator(".visio-attendance table").all_inner_texts())
        return "Alice Martin" in table and "Bruno Petit" in table and "présent" not in table

    until(attendance, seconds=60)
    alice.page.screenshot(path=screenshots / "meeting.png", full_page=True)

    def kinds(short_name):
        rows = owner.execute(
            "SELECT kind, actor_name FROM audit_event WHERE tenant_id = %s", [tenants[short_name]]
        )
        return set(rows.fetchall())

    everything = {
        ("meeting_created", "Alice Martin"),
        ("join_granted", "Alice Martin"),
        ("join_granted", "Bruno Petit"),
        ("participant_joined", "Bruno Petit"),
        ("participant_left", "Bruno Petit"),
        ("meeting_ended", "Alice Martin"),
    }
    until(lambda: everything <= kinds("economie"), seconds=60)
    until(lambda: ("participant_joined", "Bruno Petit") in kinds("sante"))

    # A person of a third ministry sees none of it.
    assert "Bruno Petit" not in str(kinds("justice"))
    carole.page.goto("/")
    assert TITLE not in carole.page.content()
    for url in (link, meeting_url, meeting_url + "modifier/"):
        assert carole.page.goto(url).status == 404
    slug = urlsplit(link).path.split("/")[2]
    api = carole.page.request.post(
        f"/api/v1/meetings/{slug}/join",
        data={"device": "device-00000001"},
        headers={"X-CSRFToken": csrf(carole)},
    )
    assert api.status == 404


def csrf(someone) -> str:
    """The form token of a page that this person has open."""
    someone.page.goto("/")
    return someone.page.locator("[name=csrfmiddlewaretoken]").first.input_value()
