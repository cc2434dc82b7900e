"""Finds the certificate that a PDF carries, without a reader of PDF.

Visio attaches it neither compressed nor encoded. In JSON a line's end stands in no text, so the
certificate begins with a line that says its format and ends with the first line that is a brace
alone. A file in which that stands twice is refused: two readers could find different ones.
"""

from audit.verify.refusal import Refused

MAGIC = b"%PDF-"
BEGINNING = b'{\n "format": "visio-attendance-certificate/1",\n'
END = b"\n}\n"


def is_pdf(data: bytes) -> bool:
    """As readers of PDF tell it."""
    return data.startswith(MAGIC)


def attached(data: bytes) -> bytes:
    """The certificate, byte for byte; Refused where there is none, or more than one."""
    start = data.find(BEGINNING)
    if start < 0:
        raise Refused(
            "ce PDF ne porte pas d’attestation de présence, ou l’a perdue en étant réenregistré"
        )
    if data.find(BEGINNING, start + 1) >= 0:
        raise Refused("ce PDF porte plus d’une attestation")
    end = data.find(END, start)
    if end < 0:
        raise Refused("l’attestation que porte ce PDF est tronquée")
    return data[start : end + len(END)]
