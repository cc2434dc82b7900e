"""A break-glass administrator's second factors in a real browser: an app's code, then a passkey."""

import re
import subprocess
import sys
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings

EMAIL = "secours@economie.visio.test"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def password(visio) -> str:
    """Of an account made as an operator makes it."""
    answer = subprocess.run(
        [sys.executable, "manage.py", "breakglass_create", "--tenant=economie", f"--email={EMAIL}"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return re.search(r"fois : (\S+)", answer.stdout)[1]


def enter_password(page, password: str):
    page.goto("/secours/")
    page.get_by_label("Courriel").fill(EMAIL)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_label("Mot de passe").press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/secours/"))


def test_a_passkey_opens_the_break_glass_account(person, password):
    someone = person()
    page = someone.page
    devtools = someone.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    answer = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    key = answer["authenticatorId"]

    enter_password(page, password)
    page.get_by_label("Mot de passe").fill(password)
    page.get_by_role("button", name="Confirmer").click()
    secret = page.locator("#totp-secret").input_value()
    page.locator("[name=code]").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.get_by_role("button", name="Activer").click()
    page.get_by_role("heading", name="Codes de secours").wait_for()

    page.goto("/secours/cles/ajouter/")
    page.get_by_label("Nom de la clé").fill("Clé du coffre")
    page.get_by_role("button", name="Enregistrer la clé").click()
    page.get_by_text("Une clé est enregistrée.").wait_for()
    page.get_by_role("button", name="Se déconnecter").click()
    page.get_by_role("heading", name="Vous êtes déconnecté").wait_for()

    enter_password(page, password)
    page.get_by_role("heading", name="Votre second facteur").wait_for()
    page.get_by_role("button", name="Utiliser ma clé").click()
    page.get_by_role("heading", name="Agenda", exact=True).wait_for()

    page.get_by_role("button", name="Se déconnecter").click()
    enter_password(page, password)
    # The key is not there: the page says so, and one may try again.
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    page.evaluate(
        """() => { navigator.credentials.get = async () => {
            throw new DOMException("", "NotAllowedError"); }; }"""
    )
    page.get_by_role("button", name="Utiliser ma clé").click()
    page.get_by_role("alert").get_by_text("La clé n’a pas répondu").wait_for()
