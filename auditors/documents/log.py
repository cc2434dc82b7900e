"""A part of the log as a document: events as a table, what is proven of them at its head."""

import json
from datetime import UTC, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import override

from audit.kinds import Kind, Outcome
from audit.proving import BAD, Proof, Verdict
from auditors.documents.contents import About, Row, Volume
from auditors.documents.paper import BLUE, GREY, INK, MARGIN, RED, RULE, Paper, number
from auditors.documents.table import Column, Line, Table
from auditors.proofs import verdict_in_words
from auditors.telling import details_of

TITLE = "Journal des événements"
SIZE = 6.5
LABELS = 96.0
COLUMNS = [
    Column("Entrée", 52), Column("Date (UTC)", 104), Column("Événement", 168),
    Column("Résultat", 52), Column("Auteur", 191), Column("Personne concernée", 191),
]  # fmt: skip


def as_pdf(volume: Volume, about: About, ministries: dict[UUID, str]) -> bytes:
    """The volume as a PDF."""
    title = f"{TITLE} – {about.ministry}"
    if volume.number:
        title += f" – volume {volume.number}"
    paper = Paper(title, at=about.asked_at, is_wide=True)
    with override("fr"), timezone.override(UTC):
        _Log(paper, volume, about, ministries).write()
    return bytes(paper.output())


class _Log:
    """Writes the pages."""

    def __init__(self, paper: Paper, volume: Volume, about: About, ministries: dict[UUID, str]):
        self.paper, self.volume, self.about, self.ministries = paper, volume, about, ministries
        self.kinds = {kind.value: str(kind.label) for kind in Kind}
        self.outcomes = {outcome.value: str(outcome.label) for outcome in Outcome}
        self.filter = (
            " ; ".join(f"{label} : {words}" for label, words in about.filtered)
            or "aucun, le journal entier"
        )
        self.proven = volume.proofs.having(Verdict.PROVEN)

    def write(self) -> None:
        self.paper.turn()
        self._first_head()
        self.paper.page_heads.append(self._running_head)
        with Table(self.paper, COLUMNS, size=SIZE, padding=2.5) as table:
            for row in self.volume.rows:
                self._row(table, row)
        self._end()
        name = f"volume {self.volume.number} · " if self.volume.number else ""
        self.paper.number_pages(
            f"{TITLE} · {self.about.ministry} · {name}exporté le {_utc(self.about.asked_at)}",
            self.paper.h - MARGIN + 10,
        )

    # --- Heads ----------------------------------------------------------------------------------
    def _first_head(self) -> None:
        paper, about, volume = self.paper, self.about, self.volume
        paper.state_mark(MARGIN - 8)
        y = MARGIN
        for line in paper.bold.lines(paper.bold.shown(about.ministry), 11, 420):
            paper.put_right(y, line, 11, paper.bold)
            y += 14
        if volume.number:
            paper.put_right(y, f"Volume {volume.number}", 9, ink=GREY)
        paper.place = max(y, MARGIN + 26) + 8
        paper.paragraph(TITLE, 17, paper.bold, BLUE)
        paper.place += 2
        rows = volume.rows
        facts = [
            ("Filtre", self.filter),
            ("Période", f"du {rows[-1].at} au {rows[0].at}" if rows else "aucun événement"),
            ("Événements", self._which()),
            ("Exporté", f"le {_utc(about.asked_at)}, à la demande de {about.by}"),
            ("Motif", about.reason),
            ("Référence", about.reference),
        ]
        for label, value in facts:
            if value:
                paper.put(MARGIN, paper.place + 8.4, label, 8, ink=GREY)
                paper.paragraph(value, 8, x=MARGIN + LABELS)
        self._proof()
        paper.place += 8

    def _which(self) -> str:
        count, before = len(self.volume.rows), self.volume.before
        if not self.volume.number:
            return f"{number(count)}, du plus récent au plus ancien"
        rest = ", les derniers de l’export" if self.volume.is_last else ""
        return (
            f"{number(before + 1)} à {number(before + count)} de l’export, du plus récent au plus"
            f" ancien{rest}"
        )

    def _proof(self) -> None:
        paper, proofs = self.paper, self.volume.proofs
        is_bad = proofs.bad_note or proofs.missing or proofs.having(*BAD)
        paper.put(MARGIN, paper.place + 8.4, "Preuve", 8, ink=GREY)
        paper.paragraph(self._proven(), 8, ink=RED if is_bad else INK, x=MARGIN + LABELS)
        if proofs.checkpoint and not proofs.bad_note:
            paper.put(MARGIN, paper.place + 8.4, "Point de contrôle", 8, ink=GREY)
            for line in proofs.checkpoint.note.rstrip("\n").split("\n"):
                if line:
                    paper.paragraph(line, 6.5, paper.mono, x=MARGIN + LABELS)

    def _proven(self) -> str:
        proofs, count = self.volume.proofs, len(self.volume.rows)
        if proofs.bad_note:
            return f"aucune : le point de contrôle du journal n’est pas valable ({proofs.bad_note})"
        if proofs.checkpoint is None:
            return "aucune : rien n’a encore été signé"
        waiting, bad = proofs.having(Verdict.WAITING), proofs.having(*BAD)
        said = (
            f"{number(self.proven)} événements sur {number(count)} recalculés depuis leur ligne et retrouvés"
            f" dans l’arbre signé de {number(proofs.checkpoint.size)} entrées, le {_utc(proofs.at)}"
        )
        if waiting:
            said += f" ; {number(waiting)} attendent leur place"
        if bad:
            said += (
                f" ; {number(bad)} ne concordent pas avec ce qui a été signé, en rouge à leur ligne"
            )
        if proofs.missing:
            said += f" ; {proofs.missing}"
        return said

    def _running_head(self) -> None:
        paper, about = self.paper, self.about
        volume = f" · volume {self.volume.number}" if self.volume.number else ""
        why = f" · Motif : {about.reason}" if about.reason else ""
        checkpoint = self.volume.proofs.checkpoint
        signed = (
            f"Point de contrôle : {checkpoint.size} entrées, racine"
            f" {checkpoint.note.split(chr(10))[2]}"
            if checkpoint and not self.volume.proofs.bad_note
            else "Aucun point de contrôle valable"
        )
        proven = f"{number(self.proven)} prouvés sur {number(len(self.volume.rows))}"
        y = paper.place - 10
        self._one_line(y, f"RÉPUBLIQUE FRANÇAISE · {about.ministry} · {TITLE}{volume}", proven)
        self._one_line(y + 9.5, f"Filtre : {self.filter} · {about.by}{why}", signed)
        paper.fill(MARGIN, y + 14, paper.right - MARGIN, 0.5, RULE)
        paper.place = y + 20

    def _one_line(self, y: float, left: str, right: str) -> None:
        """Two texts on one line; of the left one what there is room for."""
        paper, face = self.paper, self.paper.text_face
        paper.put_right(y, right, 7, ink=GREY)
        room = paper.right - MARGIN - face.width(right, 7) - 20
        first, *rest = face.lines(face.shown(left), 7, room)
        paper.put(MARGIN, y, f"{first} …" if rest else first, 7, ink=GREY)

    # --- Rows -----------------------------------------------------------------------------------
    def _row(self, table: Table, row: Row) -> None:
        proof = self.volume.proofs.each[row.id]
        fault = verdict_in_words(proof)
        cells = [
            self._place(table, proof),
            table.lines(1, row.at),
            table.lines(2, self.kinds.get(row.kind, row.kind), self.paper.bold),
            table.lines(3, self.outcomes.get(row.outcome, row.outcome)),
            table.lines(4, row.actor),
            table.lines(5, row.subject),
        ]
        below = [*table.below(fault, ink=RED)] if fault else []
        below += table.below(self._ids(row), ink=GREY)
        if row.details != "{}":
            below += table.below(_details(row))
            if row.length > len(row.details):
                below += table.below(
                    f"[… {number(row.length)} caractères en tout : la suite est dans les exports CSV et"
                    " JSON Lines]",
                    ink=GREY,
                )
        table.row(cells, below)

    def _place(self, table: Table, proof: Proof) -> list[Line]:
        """The event's entry of the log; it says where there is none yet."""
        if proof.index is not None:
            return table.lines(0, str(proof.index), self.paper.mono)
        return table.lines(
            0, "en attente" if proof.verdict == Verdict.WAITING else "aucune", ink=RED
        )

    def _ids(self, row: Row) -> str:
        sender = self.ministries.get(row.sender, str(row.sender)) if row.sender else ""
        parts = (
            ("Événement", row.id),
            ("Type", row.kind),
            ("Transmis par", sender),
            ("Réunion", row.meeting_id),
            ("Adresse", row.origin),
            ("Auteur", row.actor_id),
            ("Au nom de", row.on_behalf_of),
            ("Objet", row.subject_id),
            ("Requête", row.request_id),
        )
        return " · ".join(f"{label}\u00a0{value}" for label, value in parts if value)

    def _end(self) -> None:
        """That nothing is missing at the end can be read."""
        paper, volume = self.paper, self.volume
        total = volume.before + len(volume.rows)
        said = (
            f"Fin de l’export : {number(total)} événements."
            if volume.is_last
            else f"La suite est dans le volume {volume.number + 1}."
        )
        paper.room(24)
        paper.place += 8
        paper.paragraph(said, 8, paper.bold)


def _details(row: Row) -> str:
    """What was noted beside the event, in words; as it stands in the log where that is cut short."""
    if row.length > len(row.details):
        return row.details
    said = details_of(json.loads(row.details))
    return " ; ".join(f"{detail.label} : {detail.value}" for detail in said)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d/%m/%Y à %H:%M:%S} UTC"
