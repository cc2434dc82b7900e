"""The certificate of attendance as a document: made from the JSON certificate alone, which it carries.

Whoever verifies it verifies what is attached (audit/verify/certificate.py); the pages are for people.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from audit.verify import certificate as certificate_format
from auditors.documents.paper import BLUE, GREY, MARGIN, PALE, RED, RULE, Paper, number
from auditors.documents.table import Column, Line, Table
from meetings.attendance import Interval
from meetings.attendance_report import doubt_in_words, sources_in_words
from meetings.models import MeetingRole, Proof
from meetings.templatetags.durations import duration
from tenants.zones import zone_of

TITLE = "Attestation de présence"
ATTACHED = "attestation.json"
LABELS = 104.0


def as_pdf(certificate: bytes) -> bytes:
    """The JSON certificate as a PDF/A-3 in which it is attached. The same bytes each time."""
    told = json.loads(certificate)
    issued_at = datetime.fromisoformat(told["statement"]["issued_at"])
    zone = zone_of(told["statement"]["meeting"]["time_zone"])
    paper = Paper(f"{TITLE} – {told['statement']['tenant']['name']}", at=issued_at)
    with override("fr"), timezone.override(zone):
        _Certificate(paper, told).write()
    # Neither compressed nor encoded: who verifies needs no reader of PDF to find it.
    paper.embed_file(
        bytes=certificate,
        basename=ATTACHED,
        desc="L’attestation et ses preuves, à vérifier",
        mime_type="application/json",
        modification_date=issued_at,
        associated_file_relationship="Source",
        compress=False,
    )
    return bytes(paper.output())


class _Certificate:
    """Writes the pages."""

    def __init__(self, paper: Paper, told: dict[str, Any]) -> None:
        self.paper, self.told = paper, told
        self.statement = told["statement"]
        self.meeting = self.statement["meeting"]
        self.first = _time(self.meeting["started_at"] or self.meeting["planned_from"])
        self.sealed = json.loads(told["certified"]["personal"] or "{}")
        _origin, size, self.root = told["checkpoint"].split("\n")[:3]
        self.size = int(size)

    def write(self) -> None:
        self.paper.turn()
        self._masthead()
        self.paper.page_heads.append(self._running_head)
        self._facts()
        self._people()
        self._proof()
        self._verification()
        self.paper.number_pages(
            f"{TITLE} · réunion {self.meeting['id']} · entrée"
            f" {number(self.told['certified']['index'])} du journal",
            self.paper.h - MARGIN + 8,
        )

    def _masthead(self) -> None:
        paper = self.paper
        paper.state_mark(MARGIN)
        name = paper.bold.shown(self.statement["tenant"]["name"])
        y = MARGIN + 8
        for line in paper.bold.lines(name, 11, 300):
            paper.put_right(y, line, 11, paper.bold)
            y += 14
        paper.put_right(y, "Visio · Journal des événements", 8.5, ink=GREY)
        paper.place = max(y, MARGIN + 34) + 22
        paper.paragraph(TITLE, 20, paper.bold, BLUE)
        paper.paragraph(self.meeting["title"], 13)
        paper.place += 6

    def _running_head(self) -> None:
        paper = self.paper
        title = paper.text_face.lines(paper.text_face.shown(self.meeting["title"]), 8, 330)[0]
        paper.put(MARGIN, paper.place, f"{TITLE} · {title}", 8, ink=GREY)
        paper.put_right(paper.place, f"Entrée {number(self._index)} du journal", 8, ink=GREY)
        paper.fill(MARGIN, paper.place + 6, paper.right - MARGIN, 0.5, RULE)
        paper.place += 16

    @property
    def _index(self) -> int:
        return self.told["certified"]["index"]

    # --- What is certified ----------------------------------------------------------------------
    def _facts(self) -> None:
        meeting, attendance = self.meeting, self.statement["attendance"]
        people = len(attendance["people"])
        held = self._span(meeting["started_at"], meeting["ended_at"])
        facts = [
            ("Organisateur", meeting["host"]),
            ("Réunion tenue", held or "aucune heure de tenue n’est connue"),
            ("Prévue", self._span(meeting["planned_from"], meeting["planned_to"])),
            ("Présents", "personne" if not people else f"{number(people)} personne{'s'[:people - 1]}"),
            ("Heures", f"celles de {meeting['time_zone']}, {_offset(self.first)}"),
            ("Identifiant", meeting["id"]),
            ("Établie le", f"{_day(_time(self.statement['issued_at']))} à"
             f" {self._moment(self.statement['issued_at'])}"),
            ("À la demande de", self.sealed.get("actor_name", "")),
            ("Motif", self.sealed.get("payload", {}).get("reason", "")),
            ("Référence", self.sealed.get("payload", {}).get("reference", "")),
        ]  # fmt: skip
        for label, value in facts:
            if value:
                self._fact(label, str(value))
        self.paper.place += 6
        self._standing(attendance["certain"])

    def _fact(self, label: str, value: str) -> None:
        paper = self.paper
        paper.room(14)
        paper.put(MARGIN, paper.place + 9.45, label, 9, ink=GREY)
        paper.paragraph(value, 9, x=MARGIN + LABELS)
        paper.place += 1.5

    def _standing(self, is_certain: bool) -> None:
        self.paper.paragraph(
            "Les présences sont établies en rapprochant trois sources, dont chacune garde ce qu’elle a"
            " dit : les notifications signées du serveur de visioconférence, les relevés qui lui sont"
            " demandés, les signaux du navigateur de chaque personne. Les durées comptent jusqu’au"
            " dernier moment certain. "
            + (
                "Aucune heure n’est incertaine."
                if is_certain
                else "Ce qui est incertain est écrit en rouge à sa ligne."
            )
        )

    def _people(self) -> None:
        paper = self.paper
        people = self.statement["attendance"]["people"]
        paper.heading("Qui était présent")
        if not people:
            paper.paragraph("Personne n’a participé à cette réunion.")
            return
        columns = [
            Column("Personne", 178), Column("Arrivée", 66), Column("Départ", 66),
            Column("Durée totale", 66), Column("Sources et incertitudes", 0),
        ]  # fmt: skip
        taken = sum(column.width for column in columns)
        columns[-1] = Column(columns[-1].title, paper.right - MARGIN - taken)
        with Table(paper, columns, size=8.5) as table:
            for person in people:
                self._person(table, person)

    def _person(self, table: Table, person: dict[str, Any]) -> None:
        is_guest = person["proof"] != Proof.AGENT
        organisation = "" if is_guest else person["organisation"]
        about = f"{MeetingRole(person['role']).label} · {Proof(person['proof']).label}"
        name = table.lines(0, person["name"], self.paper.bold)
        name += [*table.lines(0, organisation, ink=GREY)] if organisation else []
        name += table.lines(0, about, ink=GREY)
        arrivals: list[Line] = []
        departures: list[Line] = []
        said = table.lines(4, sources_in_words(set(person["sources"])) or "aucune source", ink=GREY)
        for place, stay in enumerate(person["stays"], start=1):
            arrivals += table.lines(1, self._clock(stay["from"]))
            departures += table.lines(2, self._clock(stay["to"]) if stay["to"] else "non constaté")
            if doubt := _doubt(stay):
                ordinal = "1ʳᵉ" if place == 1 else f"{place}ᵉ"
                which = f"{ordinal} présence : " if len(person["stays"]) > 1 else ""
                said += table.lines(4, which + doubt, ink=RED)
        total = table.lines(3, duration(timedelta(seconds=person["seconds"])))
        table.row([name, arrivals, departures, total, said])

    # --- What proves it -------------------------------------------------------------------------
    def _proof(self) -> None:
        paper, told = self.paper, self.told
        paper.heading("Ce qui la prouve")
        entries = len(told["entries"])
        joined = {
            0: "Aucun événement de la réunion n’y est joint.",
            1: "Un événement de la réunion y est joint, avec sa preuve.",
        }.get(
            entries,
            f"{number(entries)} événements de la réunion y sont joints, chacun avec sa preuve.",
        )
        paper.paragraph(
            f"L’empreinte de cette attestation est l’entrée {number(self._index)} (la première est 0) du"
            f" journal du ministère, à {number(self.size)} entrées. Le journal est un arbre d’empreintes :"
            " changer, retirer ou déplacer une seule entrée en change la racine, et la racine est"
            f" signée. {joined}"
        )
        if told["unproven"]:
            paper.paragraph(
                f"{number(len(told['unproven']))} événement(s) de la réunion ne concordent pas avec ce"
                " qui a été signé, ou n’ont pas encore de place ; ils ne sont pas prouvés.",
                ink=RED,
            )
        paper.place += 4
        for label, value in (
            ("Entrée et taille", f"entrée {self._index} d’un arbre de {self.size}"),
            ("Racine (SHA-256)", self.root),
            ("Empreinte attestée", certificate_format.digest_of(self.statement)),
        ):
            self._code(label, [value])
        self._code("Point de contrôle", told["checkpoint"].rstrip("\n").split("\n"))
        self._code("Clés de vérification", told["keys"])
        self._code(
            "Chemin de preuve", told["certified"]["proof"] or ["aucune empreinte : seule entrée"]
        )

    def _code(self, label: str, lines: list[str]) -> None:
        """What machines read, on a ground of its own."""
        paper, size = self.paper, 7.0
        leading = size * 1.5
        width = paper.right - MARGIN - LABELS - 12
        parts = [
            part for line in lines for part in paper.mono.lines(paper.mono.shown(line), size, width)
        ]
        for place, part in enumerate(parts):
            paper.room(leading + (4 if not place else 0))
            if not place:
                paper.place += 3
                paper.put(MARGIN, paper.place + leading - 3, label, 8.5, ink=GREY)
            paper.fill(MARGIN + LABELS, paper.place, width + 12, leading, PALE)
            paper.put(MARGIN + LABELS + 6, paper.place + leading - 3, part, size, paper.mono)
            paper.place += leading

    def _verification(self) -> None:
        paper = self.paper
        paper.heading("Comment la vérifier", with_next=150)
        paper.paragraph(
            f"Ce document porte en pièce jointe le fichier {ATTACHED}, qui contient l’attestation et"
            " ses preuves. C’est lui qui fait foi : les pages le disent pour qu’on les lise, et une page"
            " peut être modifiée. Sur un autre poste, sans Visio ni réseau, la commande"
        )
        self._code("", ["python -m audit.verify.certificate ATTESTATION.pdf --keys CLES.txt"])
        paper.place += 3
        paper.paragraph(
            "vérifie la pièce jointe avec vos propres clés et dit ce qui est attesté : comparez-le à ces"
            " pages. Le format est public (docs/log-format.md) : chacun peut écrire un autre vérificateur."
            " N’est pas prouvé qu’aucun événement de la réunion ne manque, ni que l’heure d’un événement"
            " est exacte au-delà de ce qu’en bornent les points de contrôle gardés hors de Visio."
        )

    # --- Times ----------------------------------------------------------------------------------
    def _span(self, start: str | None, end: str | None) -> str:
        """« mercredi 2 septembre 2026, de 14:00:00 à 14:55:00 (12:00:00 – 12:55:00 UTC) »."""
        if not start:
            return ""
        told = f"{_day(_time(start))}, de {self._moment(start, of_day=start)}"
        return told + (f" à {self._moment(end, of_day=start)}" if end else "")

    def _moment(self, text: str, *, of_day: str = "") -> str:
        """The hour in the meeting's zone and in UTC; the day where it is another one."""
        at = _time(text)
        universal = datetime.fromisoformat(text)
        day = f"le {at:%d/%m/%Y} " if of_day and at.date() != _time(of_day).date() else ""
        other_day = f" le {universal:%d/%m}" if universal.date() != at.date() else ""
        return f"{day}{at:%H:%M:%S} ({universal:%H:%M:%S} UTC{other_day})"

    def _clock(self, text: str) -> str:
        """An hour of the table; day and offset where they are not those of the meeting's start."""
        at = _time(text)
        day = f"{at:%d/%m} " if at.date() != self.first.date() else ""
        offset = f" {_offset(at)}" if at.utcoffset() != self.first.utcoffset() else ""
        return f"{day}{at:%H:%M:%S}{offset}"


def _time(text: str) -> datetime:
    """By the clocks of the meeting's zone."""
    return timezone.localtime(datetime.fromisoformat(text))


def _day(at: datetime) -> str:
    return date_format(at, "l j F Y")


def _offset(at: datetime) -> str:
    offset = f"{at:%z}"
    return f"UTC{offset[:3]}:{offset[3:]}"


def _doubt(stay: dict[str, Any]) -> str:
    starts_at, ends_at, ends_before = (
        datetime.fromisoformat(stay[name]) if stay[name] else None
        for name in ("from", "to", "to_at_the_latest")
    )
    assert starts_at is not None
    return doubt_in_words(Interval(starts_at, ends_at, ends_before, stay["doubt"]))
