"""Every page for every eye: axe-core on each, on a phone and a desk, light and dark; and no page
that this file does not know."""

import re
import subprocess
import sys
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.urls import reverse

from tests.browser.test_auditor import state_reason
from tests.browser.test_portal import axe, look, look_everywhere, schedule
from tests.test_outsider import routes
from tests.waiting import until

__all__ = ["axe"]

INVITEES = "antoine.lefevre@economie.visio.test, bruno.petit@sante.visio.test, x@ailleurs.test"
LONG_TITLE = "Préparation du projet de loi de finances rectificative : arbitrages et calendrier"

PUBLIC = [
    "meetings:agenda", "meetings:join_by_code", "signed_out", "membership_ended", "account_login",
    "legal_notice", "accessibility", "privacy", "terms", "site_map", "help", "api_reference",
]  # fmt: skip
MEMBERS = [
    "meetings:agenda", "meetings:week", "meetings:upcoming", "meetings:past", "meetings:search",
    "meetings:schedule", "meetings:personal_room", "preferences", "site_map", "dev_mails",
]  # fmt: skip
OF_A_MEETING = ["meetings:detail", "meetings:change", "meetings:cancel", "meetings:attendance"]
ADMINISTRATORS = [
    "administration", "administration_meetings", "administration_members", "administration_mapping",
    "administration_policies", "administration_branding", "administration_tokens",
    "administration_security",
]  # fmt: skip
BREAK_GLASS = [
    "mfa_index", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "mfa_list_webauthn", "mfa_add_webauthn", "account_change_password", "account_logout",
]  # fmt: skip
# Looked at where somebody comes to them, in this file or the one named.
ON_THE_WAY = {
    "choose_tenant",
    "dev_mail",
    "administration_token_revoke",
    "mfa_activate_totp",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "account_reauthenticate",
    "auditors:journal",
    "auditors:reason",
    "auditors:event",
    "auditors:story",
    "auditors:person",
    "auditors:saved",
    "auditors:proofs",
    "administration_meeting",  # test_administrator.py
    "administration_meeting_end",  # test_administrator.py
    "meetings:room",  # also in test_room.py, test_lobby.py
    "meetings:guest_address",
    "meetings:guest_code",
    "mfa_edit_webauthn",  # test_passkeys.py
    "mfa_remove_webauthn",  # test_passkeys.py
    "mfa_reauthenticate_webauthn",  # test_passkeys.py
}
# No page: what machines read, forms that are only sent, files, and what leads on.
NOT_PAGES = {
    "livekit_webhook", "logo", "set_language", "sign_out",
    "oidc_authentication_init", "oidc_authentication_callback", "oidc_logout_callback",
    "account_signup", "mfa_download_recovery_codes", "meetings:personal_room_make",
    "meetings:personal_room_enter", "meetings:personal_room_renew", "meetings:meet_now", "meetings:end",
    "meetings:lobby", "meetings:attendance_csv", "administration_members_change",
    "administration_members_csv", "auditors:search", "auditors:export_csv",
    "auditors:export_jsonl", "auditors:check", "auditors:keys", "auditors:checkpoint",
    "auditors:export_pdf", "auditors:certificate_pdf", "auditors:certificate_json", "auditors:bundle",
    "auditors:meeting_bundle", "auditors:save_search", "auditors:saved_search",
    "auditors:delete_search",
}  # fmt: skip


def test_every_page_is_known():
    known = {*PUBLIC, *MEMBERS, *OF_A_MEETING, *ADMINISTRATORS, *BREAK_GLASS}
    known |= ON_THE_WAY | NOT_PAGES
    assert {name for name in routes() if not name.startswith("api:")} == known


def paths(names: list[str], *args) -> list[str]:
    return [reverse(name, args=args) for name in names]


def test_public_pages(person, axe):
    assert look_everywhere(person().page, axe, [*paths(PUBLIC), "/nulle/part/"]) == []


def first_mail(page) -> str | None:
    page.goto("/dev/mail/")
    found = page.locator("a[href^='/dev/mail/']").first
    return found.get_attribute("href") if found.count() else None


def test_members_pages(person, axe):
    page = person("alice").page
    meeting_id = schedule(page, LONG_TITLE, INVITEES).rstrip("/").rsplit("/", 1)[-1]
    mail = until(lambda: first_mail(page))
    assert look_everywhere(page, axe, [*paths(MEMBERS), mail]) == []
    assert look_everywhere(page, axe, paths(OF_A_MEETING, meeting_id)) == []
    page = person().page
    page.goto("/")
    page.get_by_role("link", name="S’identifier avec ProConnect").first.click()
    page.locator("#person-denis").click()
    assert look_everywhere(page, axe, paths(["choose_tenant"])) == []


def test_guests_pages(person, axe):
    host = person("alice").page
    schedule(host, "Concertation avec les associations", "x@ailleurs.test")
    room = host.locator("a[href*='/r/']").first.get_attribute("href")
    page = person().page
    page.goto(room)
    page.get_by_label("Votre nom").wait_for()
    found = look(page, axe)
    page.goto(f"{room}adresse/")
    found += look(page, axe)
    page.get_by_label("Votre adresse électronique").fill("regard@ailleurs.test")
    page.get_by_role("button", name="Recevoir un code").click()
    page.get_by_label("Code reçu").wait_for()
    assert found + look(page, axe) == []


def test_administrators_pages(person, axe):
    page = person("adele").page
    page.goto("/administration/jetons/")
    page.get_by_label("Nom du service").fill("Réservation de salles")
    page.locator("label", has_text="Lire les réunions du ministère").click()
    page.get_by_role("button", name="Créer le jeton").click()
    page.get_by_role("heading", name="est créé").wait_for()
    found = look(page, axe)
    page.goto("/administration/jetons/")
    token = page.locator("a[href$='/revoquer/']").first.get_attribute("href")
    found += look_everywhere(page, axe, [*paths(ADMINISTRATORS), token])
    assert found == []


def test_auditors_pages(person, axe):
    meeting = schedule(person("alice").page, "Revue trimestrielle", INVITEES)
    page = person("aude").page
    page.goto("/audit/")
    found = look(page, axe)  # auditors:reason
    state_reason(page)
    event = page.locator(".visio-log__table tbody a").first.get_attribute("href")
    story = f"/audit/reunions/{meeting.rstrip('/').rsplit('/', 1)[-1]}/"
    person_address = page.locator("a[href^='/audit/personnes/']").first.get_attribute("href")
    paths = ["/audit/", event, story, person_address, "/audit/recherches/", "/audit/preuves/"]
    assert found + look_everywhere(page, axe, paths) == []


@pytest.fixture
def password(visio) -> str:
    """Of a break-glass account made as an operator makes it."""
    answer = subprocess.run(
        [sys.executable, "manage.py", "breakglass_create", "--tenant=economie",
         "--email=regard@economie.visio.test"],
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return re.search(r"fois : (\S+)", answer.stdout)[1]


def test_break_glass_pages(person, axe, password):
    page = person().page

    def enter():
        page.goto("/secours/")
        page.get_by_label("Courriel").fill("regard@economie.visio.test")
        page.get_by_label("Mot de passe").fill(password)
        page.get_by_label("Mot de passe").press("Enter")
        page.wait_for_url(lambda url: not url.endswith("/secours/"))

    def code() -> str:
        return format_hotp_value(hotp_value(secret, int(time.time()) // 30))

    enter()
    found = look(page, axe)  # account_reauthenticate
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Confirmer").click()
    page.locator("#totp-secret").wait_for()
    secret = page.locator("#totp-secret").input_value()
    found += look(page, axe)  # mfa_activate_totp
    page.locator("[name=code]").fill(code())
    page.get_by_role("button", name="Activer").click()
    page.get_by_role("heading", name="Codes de secours").wait_for()
    found += look_everywhere(page, axe, paths(BREAK_GLASS))
    page.goto(reverse("mfa_reauthenticate"))
    found += look(page, axe)
    page.get_by_role("button", name="Se déconnecter").first.click()
    enter()
    page.get_by_role("heading", name="Votre second facteur").wait_for()
    found += look(page, axe)  # mfa_authenticate
    assert found == []
