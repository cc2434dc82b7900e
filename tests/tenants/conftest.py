"""Sign-in against a real OpenID Connect provider, which misbehaves on demand."""

from urllib.parse import urljoin, urlsplit

import pytest
import requests
from django.conf import settings
from django.test import Client

from tenants.proconnect import provider

TIMEOUT = 10


@pytest.fixture
def faults():
    """`faults(id_token={"iss": "…"})` makes the provider misbehave; it behaves again afterwards."""
    origin = settings.OIDC_ISSUER.removesuffix("/api/v2")

    def set_faults(**what):
        requests.post(f"{origin}/__faults", json=what, timeout=TIMEOUT).raise_for_status()
        provider.forget()

    set_faults()
    yield set_faults
    set_faults()


class Visitor:
    """A browser: Django's client on our side, a plain HTTP client on the provider's."""

    def __init__(self):
        self.client = Client(headers={"host": urlsplit(settings.PUBLIC_URL).netloc})
        self.provider = requests.Session()

    def start(self, query: str = "") -> str:
        """Leaves for the provider; its address."""
        answer = self.client.get(f"/oidc/authenticate/{query}")
        assert answer.status_code == 302, answer.content.decode()
        return answer.url

    def choose(self, address: str, **form) -> str:
        """Signs in there as the form says; the address to which the provider sends back."""
        answer = self._follow(self.provider.get(address, allow_redirects=False, timeout=TIMEOUT))
        if answer.status_code == 200:  # the page on which one chooses who signs in
            answer = self._follow(
                self.provider.post(answer.url, data=form, allow_redirects=False, timeout=TIMEOUT)
            )
        assert answer.is_redirect, answer.text
        return answer.headers["location"]

    def _follow(self, answer):
        while answer.is_redirect:
            target = urljoin(answer.url, answer.headers["location"])
            if target.startswith(settings.PUBLIC_URL):
                break
            answer = self.provider.get(target, allow_redirects=False, timeout=TIMEOUT)
        return answer

    def come_back(self, address: str):
        """Our answer to the provider's redirect."""
        return self.client.get(address.removeprefix(settings.PUBLIC_URL))

    def sign_in(self, *, query: str = "", **form):
        """The whole way, as `email=…, siret=…, acr=…, given_name=…`."""
        return self.come_back(self.choose(self.start(query), **form))


@pytest.fixture
def visitor(faults):
    return Visitor()


@pytest.fixture
def helene():
    """What the provider asserts of somebody of the Économie."""
    return {
        "email": "helene.hote@economie.test",
        "given_name": "Hélène",
        "usual_name": "Hôte",
        "siret": "39000000000019",
        "acr": "eidas1",
    }
