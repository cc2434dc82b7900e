"""The ministry's name and logo: what is shown where, and every file that is no logo."""

import hashlib
import io
import re
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from isolation.scope import tenant_scope
from tenants import branding
from tenants.models import Logo, Tenant
from tests.tenants import administration as portal
from tests.tenants.administration import administer, events

pytestmark = pytest.mark.django_db
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(form="PNG", size=(200, 80), mode="RGB", **options) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, "navy" if mode.startswith("RGB") else 1).save(written, form, **options)
    return written.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A small file that claims to be a huge picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def client(administrator):
    return administer(administrator)


def send(client, data: bytes | None = None, name="logo.png", content_type="image/png", **fields):
    if data is not None:
        fields["logo"] = SimpleUploadedFile(name, data, content_type)
    return client.post(portal.BRANDING, {"shown_name": ""} | fields)


def kept(tenant) -> Logo | None:
    with tenant_scope(tenant.id):
        return Logo.objects.first()


def logo_url(page: str) -> str:
    return re.search(r'class="visio-logo" src="([^"]+)"', page)[1]


# --- What is shown -----------------------------------------------------------------------------
def test_the_name_is_shown_on_the_ministrys_pages_and_stands_in_the_log(
    client, economie, administrator, host, outsider
):
    assert send(client, shown_name="  Bercy \u202e\n Visio ").status_code == 302
    economie.refresh_from_db()
    assert (economie.shown_name, economie.name) == ("Bercy Visio", "Ministère de l’Économie")
    assert "Bercy Visio" in administer(host).get("/").content.decode()
    assert "Bercy Visio" not in administer(outsider).get("/").content.decode()
    [event] = events(economie, "branding_changed")
    assert event.actor_id == str(administrator.id)
    assert event.payload["before"]["name"] == "Ministère de l’Économie"
    assert event.payload["after"]["name"] == "Bercy Visio"
    send(client, shown_name="")
    economie.refresh_from_db()
    assert economie.display_name == "Ministère de l’Économie"


def test_the_shown_name_never_replaces_the_official_one_where_others_trust_it(client, economie):
    """Invitations, rooms and the log name the ministry as the operator named it."""
    send(client, shown_name="Ministère de la Santé")
    economie.refresh_from_db()
    assert economie.name == "Ministère de l’Économie"


def test_a_name_is_text_and_not_too_long(client, economie):
    send(client, shown_name="<b>Bercy</b>")
    assert "&lt;b&gt;Bercy" in client.get("/").content.decode()
    assert send(client, shown_name="x" * 101).status_code == 422


@pytest.mark.parametrize(
    ("form", "mode"),
    [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "1"), ("PNG", "I;16"),
     ("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK")],
)  # fmt: skip
def test_a_picture_is_written_anew_and_shown(client, economie, form, mode):
    if mode == "CMYK":
        written = io.BytesIO()
        Image.new("RGB", (200, 80)).convert("CMYK").save(written, "JPEG")
        data = written.getvalue()
    else:
        data = picture(form, mode=mode)
    assert send(client, data).status_code == 302
    logo = kept(economie)
    assert bytes(logo.data) != data
    assert logo.digest == hashlib.sha256(logo.data).hexdigest()
    with Image.open(io.BytesIO(logo.data)) as image:
        assert (image.format, image.size) == ("PNG", (200, 80))
    answer = client.get(logo_url(client.get("/").content.decode()))
    assert answer.content == bytes(logo.data)


def test_a_large_picture_is_made_small_and_nothing_beside_pixels_is_kept(client, economie):
    about = PngImagePlugin.PngInfo()
    about.add_text("Author", "secret@economie.test")
    send(client, picture(size=(3000, 1000), pnginfo=about))
    logo = kept(economie)
    assert (logo.width, logo.height) == (640, 213)
    assert b"secret" not in bytes(logo.data)


def test_a_photograph_stands_upright(client, economie):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    send(client, picture("JPEG", size=(200, 80), exif=exif), "logo.jpg", "image/jpeg")
    assert (kept(economie).width, kept(economie).height) == (80, 200)


def test_how_the_logo_is_served(client, economie):
    send(client, picture())
    url = logo_url(client.get("/").content.decode())
    assert url == f"/logo/{economie.id}/{kept(economie).digest}.png"
    from django.test import Client

    answer = Client(headers={"host": "localhost"}).get(url)  # a guest's browser
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_another_logo_has_another_address_and_the_old_one_is_gone(client, economie):
    send(client, picture())
    old = logo_url(client.get("/").content.decode())
    send(client, picture(size=(100, 100)))
    new = logo_url(client.get("/").content.decode())
    assert new != old
    assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)
    with tenant_scope(economie.id):
        assert Logo.objects.count() == 1
    first, second = events(economie, "branding_changed")
    assert second.payload["before"]["logo"] == first.payload["after"]["logo"] != ""


def test_a_logo_is_taken_away(client, economie):
    send(client, picture())
    send(client, remove_logo="on")
    assert kept(economie) is None
    assert "visio-logo" not in client.get("/").content.decode()
    assert len(events(economie, "branding_changed")) == 2


def test_a_logo_belongs_to_one_ministry(client, economie, sante):
    send(client, picture())
    assert client.get(f"/logo/{sante.id}/{kept(economie).digest}.png").status_code == 404
    assert kept(sante) is None


def test_guests_see_it_at_the_meetings_of_this_ministry_alone(client, economie, host, outsider):
    from datetime import timedelta

    from django.test import Client
    from django.utils import timezone

    from meetings.scheduling import Plan, schedule_meeting

    send(client, picture(), shown_name="Bercy")
    now = timezone.now()
    plan = Plan("Ouverte", "", now, now + timedelta(hours=1), "Europe/Paris", guest_access="name")
    slugs = []
    for member in (host, outsider):
        with tenant_scope(member.tenant_id):
            slugs.append(schedule_meeting(plan=plan, by=member).slug)
    guest = Client(headers={"host": "localhost"})
    guest.get(f"/r/{slugs[0]}/")
    session = guest.session
    session["silent_tried"] = True
    session.save()
    for path in (f"/r/{slugs[0]}/", f"/r/{slugs[0]}/adresse/"):
        page = guest.get(path).content.decode()
        assert f"/logo/{economie.id}/" in page, path
    assert "Bercy" in guest.get(f"/r/{slugs[0]}/adresse/").content.decode()
    assert "visio-logo" not in guest.get(f"/r/{slugs[1]}/").content.decode()


def test_the_head_of_a_page_costs_no_statement_more(client, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for _round in range(2):
        client.get("/plan-du-site/")
        with CaptureQueriesContext(connection) as statements:
            client.get("/plan-du-site/")
        counts.append(len(statements))
        send(client, picture(), shown_name="Bercy")
    assert counts[0] == counts[1]


# --- What is no logo ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (SVG, "SVG"),
        (b"\xef\xbb\xbf  \n" + SVG, "SVG"),
        (b'<?xml version="1.0"?>' + SVG, "SVG"),
        (SVG.decode().encode("utf-16"), "SVG"),
        (zlib.compress(SVG), "PNG ou JPEG"),
        (b"\x1f\x8b\x08\x00" + SVG, "SVG"),
        (b"GIF89a" + b"\0" * 100, "PNG ou JPEG"),
        (b"%PDF-1.7 ...", "PNG ou JPEG"),
        (b"MZ" + b"\0" * 500, "PNG ou JPEG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PNG ou JPEG"),
        (b"", "PNG ou JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG ou JPEG"),
        (picture()[:-40], "PNG ou JPEG"),
        (picture()[:60] + b"\xff" * 200, "PNG ou JPEG"),
        (picture("JPEG")[:300], "PNG ou JPEG"),
        (bomb(50_000, 50_000), "trop grande"),
        (bomb(4_000, 4_000), "trop grande"),
        (bomb(2**31 - 1, 1), "trop grande"),
        (bomb(2_000, 1), "trop petite"),
        (bomb(30_000, 200), "trop grande"),
        (bomb(3_000, 2_000), "PNG ou JPEG"),  # of allowed size, but its pixels are not there
        (picture(size=(8, 8)), "trop petite"),
        (b"\xff\xd8" + b"\xff\xda\0\x02" * 200, "PNG ou JPEG"),
        (picture("BMP"), "PNG ou JPEG"),
        (picture("TIFF"), "PNG ou JPEG"),
        (picture("WEBP"), "PNG ou JPEG"),
    ],
)
def test_what_is_no_logo_is_refused_with_words_and_leaves_nothing(client, economie, data, words):
    answer = send(client, data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in re.search(r'id="id_logo_error">(.*?)</div>', page, re.S)[1]
    assert kept(economie) is None
    assert Tenant.objects.get(id=economie.id).logo_digest == ""
    assert events(economie, "branding_changed") == []


@pytest.mark.parametrize("megabytes", [2, 50])
def test_a_huge_file_is_thrown_away_as_it_comes(client, economie, tmp_path, settings, megabytes):
    import tracemalloc

    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    data = picture() + b"\0" * megabytes * 1_000_000
    upload = SimpleUploadedFile("logo.png", data, "image/png")
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    body = encode_multipart(BOUNDARY, {"shown_name": "Bercy", "logo": upload})
    tracemalloc.start()
    answer = client.generic("POST", portal.BRANDING, body, MULTIPART_CONTENT)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 422
    assert "dépasse 1 Mo" in answer.content.decode()
    assert 'value="Bercy"' in answer.content.decode()  # what was typed is kept
    assert list(tmp_path.iterdir()) == []
    assert most < len(body) + 5_000_000  # the test's own copy of what it sends
    assert kept(economie) is None


def test_many_files_at_once_hold_no_more_than_one(client, economie):
    data = picture() + b"\0" * 900_000
    files = {f"other{n}": SimpleUploadedFile("x.png", data, "image/png") for n in range(40)}
    answer = client.post(portal.BRANDING, {"shown_name": ""} | files)
    assert answer.status_code in (302, 422)
    assert kept(economie) is None


def test_the_type_that_a_browser_claims_decides_nothing(client, economie):
    assert send(client, SVG, "logo.png", "image/png").status_code == 422
    assert send(client, picture(), "x.svg", "image/svg+xml").status_code == 302
    assert kept(economie) is not None


def test_reading_is_bounded_in_the_service_too():
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError, match="1 Mo"):
        branding.read_logo(picture() + b"\0" * 1_000_000)
