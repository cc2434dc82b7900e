"""A ministry's shown name and its logo: taken from strangers' files, written anew, kept as one row.

Nothing of an uploaded file is ever served: it is decoded within limits, and what is kept is a PNG
that we wrote. docs/decisions/2026-11-25-administration.md says why SVG is refused.
"""

import hashlib
import struct
import unicodedata
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from audit.kinds import Kind
from audit.log import Actor, record
from isolation.scope import tenant_scope
from tenants.models import Logo, Tenant

LONGEST_FILE = 1_000_000  # bytes
# Checked in the head of the file, before a single pixel is decoded.
LARGEST_SIDE = 4_096
MOST_PIXELS = 8_000_000
SMALLEST_SIDE = 16
# A progressive JPEG is drawn some ten times over; one of thousands of scans would take minutes.
MOST_SCANS = 50
# Twice what the widest header shows, for dense screens.
KEPT_WITHIN = (640, 256)
LONGEST_NAME = 100
UNREADABLE = (
    OSError,
    SyntaxError,  # how Pillow says that a chunk is broken
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Picture:
    """A logo as we wrote it: a PNG, and the SHA-256 of its bytes."""

    data: bytes
    digest: str
    width: int
    height: int


def read_logo(data: bytes) -> Picture:
    """The picture in an uploaded file, written anew; ValidationError with what to do instead."""
    if len(data) > LONGEST_FILE:
        raise ValidationError(too_large())
    if _is_markup(data):
        raise ValidationError(
            _(
                "Un fichier SVG peut contenir un programme : il n’est pas accepté. Exportez le logo "
                "en PNG, de préférence sur fond transparent."
            )
        )
    try:
        if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MOST_SCANS:
            raise ValueError("too many scans")
        with Image.open(BytesIO(data), formats=["PNG", "JPEG"]) as image:
            _check_size(image.width, image.height)
            return _write(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(_too_many_pixels()) from error
    except UNREADABLE as error:
        raise ValidationError(
            _("Ce fichier n’est pas une image PNG ou JPEG lisible. Rien n’a été gardé.")
        ) from error


def too_large() -> str:
    """What is said of a file whose end we did not even read."""
    return _("Ce fichier dépasse 1 Mo. Réduisez l’image, puis recommencez.")


def clean_name(name: str) -> str:
    """One line of visible text; ValidationError when it is too long."""
    composed = unicodedata.normalize("NFC", name)
    # Control and format characters could turn or hide what stands around them.
    visible = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in composed)
    cleaned = " ".join(visible.split())
    if len(cleaned) > LONGEST_NAME:
        raise ValidationError(_("Le nom a 100 caractères au plus."))
    return cleaned


def change_branding(
    *,
    tenant: Tenant,
    by: Actor,
    shown_name: str,
    logo: Picture | None = None,
    remove_logo: bool = False,
) -> bool:
    """Changes the name and logo that a ministry's pages show; False when nothing is different.

    An empty name shows the official one again. Raises ValidationError.
    """
    name = clean_name(shown_name)
    with tenant_scope(tenant.id), transaction.atomic():
        held = Tenant.objects.select_for_update(no_key=True).get(id=tenant.id)
        digest = held.logo_digest
        if logo is not None:
            digest = logo.digest
            kept = {"data": logo.data, "digest": digest, "width": logo.width, "height": logo.height}
            Logo.objects.update_or_create(defaults=kept)
        elif remove_logo:
            digest = ""
            Logo.objects.all().delete()
        before = _told(held)
        held.shown_name = "" if name == held.name else name
        held.logo_digest = digest
        after = _told(held)
        if after == before:
            return False
        held.save(update_fields=["shown_name", "logo_digest"])
        record(Kind.BRANDING_CHANGED, actor=by, subject_id=tenant.id, before=before, after=after)
    return True


def _told(tenant: Tenant) -> dict[str, Any]:
    return {"name": tenant.display_name, "logo": tenant.logo_digest}


def _is_markup(data: bytes) -> bool:
    """SVG, in whatever encoding and behind whatever byte order mark, plain or compressed."""
    head = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    return head.startswith((b"<", b"\x1f\x8b"))


def _check_size(width: int, height: int) -> None:
    if min(width, height) < SMALLEST_SIDE:
        raise ValidationError(_("Cette image est trop petite : il faut au moins 16 pixels."))
    if max(width, height) > LARGEST_SIDE or width * height > MOST_PIXELS:
        raise ValidationError(_too_many_pixels())


def _too_many_pixels() -> str:
    return _(
        "Cette image est trop grande : 4 096 pixels de côté et 8 millions de pixels au plus. Un logo "
        "de 640 pixels de large suffit."
    )


def _write(image: Image.Image) -> Picture:
    """The first picture, upright, without anything that the file said beside its pixels."""
    image.load()
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    upright = ImageOps.exif_transpose(image).convert("RGBA" if has_alpha else "RGB")
    upright.thumbnail(KEPT_WITHIN, Image.Resampling.LANCZOS)
    # A new image: none of the old one's texts, profile or other pictures come along.
    clean = Image.new(upright.mode, upright.size)
    clean.paste(upright)
    written = BytesIO()
    clean.save(written, "PNG", optimize=True)
    data = written.getvalue()
    return Picture(data, hashlib.sha256(data).hexdigest(), *clean.size)
