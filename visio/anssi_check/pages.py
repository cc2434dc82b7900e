"""What the pages tell browsers to refuse, and what they themselves contact."""

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.translation import gettext as _

from visio.anssi_check.answers import Answer, failed, not_applicable, passed, passed_unless
from visio.anssi_check.installation import Installation, Page

# A page without anything, one with a form, one for everybody, and one that does not exist.
UNKNOWN = "/nulle-part-ailleurs/"
NO_ONES = {"'self'", "'none'", "data:", "blob:", "mediastream:"}
CODE = ("script-src", "style-src", "worker-src", "object-src", "default-src")
DEVICES = ("camera", "microphone", "display-capture")
# Tags that make a browser ask for something by itself, and by which attribute.
CONTACTS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
    "link": "href",
    "form": "action",
}
# Views that another way than a form's token protects, each by its route's name.
WITHOUT_FORM_TOKEN = {"livekit_webhook"}  # another machine calls, and signs what it sends


def sampled(look: Installation) -> list[Page]:
    paths = ["/", reverse("accessibility"), reverse("account_login"), UNKNOWN]
    return [look.page(path) for path in paths]


# --- Content-Security-Policy ----------------------------------------------------------------
def policy_of(page: Page) -> dict[str, set[str]]:
    """Directive → sources; empty where the header is absent."""
    header = page.headers.get("Content-Security-Policy", "")
    parts = [part.split() for part in header.split(";") if part.strip()]
    return {part[0].lower(): set(part[1:]) for part in parts}


def csp_code(look: Installation) -> Answer:
    """Nothing by default, and no code but our own files'."""
    wrong = []
    for page in sampled(look):
        policy = policy_of(page)
        if policy.get("default-src") not in ({"'none'"}, {"'self'"}):
            wrong.append(f"{page.path} : default-src")
        unsafe = {one for sources in policy.values() for one in sources if "unsafe-" in one}
        wrong += [f"{page.path} : {one}" for one in unsafe]
        for name in CODE:
            wide = policy.get(name, set()) & {"*", "data:", "https:", "http:"}
            wrong += [f"{page.path} : {name} {one}" for one in wide]
    return passed_unless(wrong)


def csp_frames(look: Installation) -> Answer:
    wrong = [
        f"{page.path} : {name}"
        for page in sampled(look)
        for name in ("frame-ancestors", "base-uri")
        if policy_of(page).get(name) != {"'none'"}
    ]
    return passed_unless(wrong)


def csp_hosts(look: Installation) -> Answer:
    """No source but ours, the sockets', the media server's and the identity provider's."""
    known = {
        origin_of(url)
        for url in (
            settings.PUBLIC_URL,
            settings.SOCKETS_URL,
            settings.LIVEKIT_URL,
            settings.LIVEKIT_API_URL,
            settings.OIDC_ISSUER,
        )
    }
    connects = known - {origin_of(settings.OIDC_ISSUER)}
    wrong = []
    for page in sampled(look):
        policy = policy_of(page)
        if "connect-src" not in policy and policy.get("default-src") != {"'none'"}:
            wrong.append(f"{page.path} : connect-src")
        for name, sources in policy.items():
            allowed = connects if name == "connect-src" else known
            for source in sources - NO_ONES:
                if not source.startswith(("'nonce-", "'sha")) and origin_of(source) not in allowed:
                    wrong.append(f"{name} {source}")
    return passed_unless(wrong)


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


# --- What pages are made of -----------------------------------------------------------------
class Contents(HTMLParser):
    """What a page has browsers fetch, and the code that stands in it."""

    def __init__(self, text: str):
        super().__init__()
        self.contacts: list[str] = []
        self.inline: list[str] = []
        self.links: list[str] = []
        self.language = self.title = ""
        self._in_title = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag in CONTACTS and given.get(CONTACTS[tag]):
            self.contacts.append(given[CONTACTS[tag]])
        is_data = "json" in given.get("type", "")
        if tag == "style" or (tag == "script" and "src" not in given and not is_data):
            self.inline.append(f"<{tag}>")
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "html":
            self.language = given.get("lang", "")
        self._in_title = self._in_title or (tag == "title" and not self.title)

    def handle_endtag(self, tag):
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data):
        if self._in_title:
            self.title += data.strip()


def third_parties(look: Installation) -> Answer:
    """Every address that a page has a browser fetch is ours."""
    ours = {"", urlsplit(settings.PUBLIC_URL).netloc}
    wrong = [
        urlsplit(address).netloc
        for page in sampled(look)
        for address in Contents(page.text).contacts
        if not address.startswith("data:") and urlsplit(address).netloc not in ours
    ]
    return passed_unless(wrong)


def inline_code(look: Installation) -> Answer:
    wrong = [f"{page.path} : {one}" for page in sampled(look) for one in Contents(page.text).inline]
    return passed_unless(wrong)


def stored_tokens(_look: Installation) -> Answer:
    """Our own scripts keep no secret in the browser's storage, as far as their words tell."""
    wrong = []
    scripts = list((settings.BASE_DIR / "static" / "src").rglob("*.js"))
    if not scripts:
        return not_applicable(_("Les scripts ne sont pas livrés ici."))
    for script in scripts:
        for line in script.read_text().splitlines():
            keeps = "localStorage.set" in line or "sessionStorage.set" in line
            if keeps and any(word in line.lower() for word in ("token", "secret", "jwt")):
                wrong.append(script.name)
    return passed_unless(wrong)


# --- Other headers --------------------------------------------------------------------------
def header(name: str, *good: str):
    """A check that a header has one of these values on every page."""

    def check(look: Installation) -> Answer:
        wrong = [
            f"{page.path} : {page.headers.get(name) or '–'}"
            for page in sampled(look)
            if page.headers.get(name, "").lower() not in good
        ]
        return passed_unless(wrong)

    return check


def permissions(look: Installation) -> Answer:
    """Camera, microphone and screen for our own pages alone."""
    wrong = []
    for page in sampled(look):
        parts = page.headers.get("Permissions-Policy", "").replace(" ", "").split(",")
        wrong += [f"{page.path} : {name}" for name in DEVICES if f"{name}=(self)" not in parts]
    return passed_unless(wrong)


# --- Cookies, forms -------------------------------------------------------------------------
def cookies(look: Installation) -> Answer:
    """Those that are really set: by the start of a sign-in and by a form."""
    asked = [look.page(reverse("oidc_authentication_init")), look.page(reverse("account_login"))]
    found = [cookie for page in asked for cookie in page.cookies]
    if settings.SESSION_COOKIE_NAME not in {cookie.key for cookie in found}:
        return failed(_("Aucun cookie de session n’a été reçu."))
    wrong = []
    for cookie in found:
        lacking = {
            "__Host-": cookie.key.startswith("__Host-"),
            "Secure": bool(cookie["secure"]),
            "HttpOnly": bool(cookie["httponly"]),
            "SameSite": cookie["samesite"].lower() in ("lax", "strict"),
            "Path=/": cookie["path"] == "/",
            "Domain": not cookie["domain"],
        }
        wrong += [f"{cookie.key} : {name}" for name, is_there in lacking.items() if not is_there]
    return passed_unless(wrong, ", ".join(sorted({cookie.key for cookie in found})))


def forms(look: Installation) -> Answer:
    """A form without its token is refused, and no view asks to be left out."""
    wrong = [name for name in _without_form_token() if name not in WITHOUT_FORM_TOKEN]
    for name in ("meetings:meet_now", "sign_out", "account_login"):
        status = look.page(reverse(name), "POST").status
        if status != 403:
            wrong.append(f"{name} : {status}")
    status = look.page(reverse("api:meetings_create"), "POST").status
    if status not in (401, 403):
        wrong.append(f"api : {status}")
    return passed_unless(wrong)


def _without_form_token(resolver=None, prefix: str = "") -> Iterator[str]:
    """Routes whose view is left out; the API, whose sessions bring a token in a header, apart."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "api":
                yield from _without_form_token(pattern, prefix)
        elif isinstance(pattern, URLPattern) and getattr(pattern.callback, "csrf_exempt", False):
            yield pattern.name or str(pattern.pattern)


def traces(look: Installation) -> Answer:
    """An error tells nothing of the code."""
    if settings.DEBUG:
        return failed("DEBUG")
    page = look.page(UNKNOWN)
    if page.status != 404 or "Traceback" in page.text or "URLconf" in page.text:
        return failed(f"{page.path} : {page.status}")
    return passed()
