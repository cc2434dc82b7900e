"""A person at a browser, as far as HTTP goes: cookies, form tokens, redirects."""

import re
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlsplit


class Browser:
    """A signed-in person's cookies; http.client keeps connections and parses nothing else."""

    def __init__(self, origin: str):
        self.origin = origin
        self.cookies: dict[str, dict[str, str]] = {}

    def request(self, method: str, url: str, body: str = "", **headers: str):
        """Follows redirects; (status, address, text)."""
        while True:
            parts = urlsplit(url)
            connection = HTTPConnection(parts.netloc, timeout=30)
            jar = self.cookies.setdefault(parts.netloc, {})
            sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in jar.items())} | headers
            connection.request(method, f"{parts.path or '/'}?{parts.query}", body, sent)
            answer = connection.getresponse()
            text = answer.read().decode()
            for line in answer.headers.get_all("Set-Cookie") or []:
                jar |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            connection.close()
            if answer.status not in (301, 302, 303):
                return answer.status, url, text
            target = answer.headers["Location"]
            url = target if "://" in target else f"{parts.scheme}://{parts.netloc}{target}"
            method, body, headers = "GET", "", {}

    def sign_in(self, key: str) -> None:
        _, url, _ = self.request("GET", f"{self.origin}/oidc/authenticate/")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        _, _, page = self.request("POST", url, f"person={key}", **form)
        assert "Agenda" in page

    def form_headers(self, page: str = "/reunions/planifier/") -> dict[str, str]:
        """What a script of ours sends beside a body; read from a page that has a form."""
        _, _, page = self.request("GET", f"{self.origin}{page}")
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page)[1]
        return {"X-CSRFToken": token, "Origin": self.origin}

    def cookie_header(self) -> dict[str, str]:
        jar = self.cookies[urlsplit(self.origin).netloc]
        return {"Cookie": "; ".join(f"{k}={v}" for k, v in jar.items())}
