"""Checks a log from inside the house: every event against its leaf, its tiles and what was signed.

Says the first entry that is not what it was. Somebody who rewrites everything and signs it anew is
found by an earlier checkpoint alone, which others hold: `since`.
"""

import base64
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from audit import checkpoints, leaves, notes, tree
from audit.entries import Entry, read_entries, tiles_ending
from audit.findings import Fault, Finding
from audit.keys import seeds
from audit.kinds import Kind
from audit.leaves import StoredEvent
from audit.models import Checkpoint
from audit.retention import Places, pruned_places
from audit.store import Hashes, MissingHashes, read_tiles
from audit.tiles import WIDTH, Edge, FullTile, edge_of
from isolation.scope import tenant_scope

CHUNK = 16 * WIDTH  # entries read at a time
MOST = 50  # findings kept: the first ones tell what is wrong
# How late an event may come: who says that it happened before a checkpoint that does not hold it, by
# more than this, tells of a past that the log has already signed without it.
TOLERANCE = timedelta(hours=1)


@dataclass
class Report:
    """What a check found, the first bad entry first."""

    size: int = 0
    findings: list[Finding] = field(default_factory=list)
    # The entries that were looked at: all of them, unless less was asked for or time ran out.
    start: int = 0
    end: int = 0

    @property
    def is_whole(self) -> bool:
        return self.start == 0 and self.end == self.size

    @property
    def first(self) -> Finding | None:
        return next(iter(self.in_order()), None)

    def in_order(self) -> list[Finding]:
        """By entry; one that says « one of these » only where none says which."""
        exact = [each.first for each in self.findings if each.is_exact]
        told = [
            each
            for each in self.findings
            if each.is_exact or not any(each.covers(index) for index in exact)
        ]
        return sorted(told, key=Finding.order)


def check(tenant_id: UUID, *, since: str | bytes | None = None) -> Report:
    """Reads a whole log; `since` is the text of a checkpoint that somebody holds."""
    with tenant_scope(tenant_id):
        return _Check(tenant_id, since).run()


def check_recent(tenant_id: UUID, *, most: int, seconds: float) -> Report:
    """Reads a log whole, or its last entries where it has more than `most`, for so long at most."""
    with tenant_scope(tenant_id):
        return _Check(tenant_id, None).run(most=most, ends=time.monotonic() + seconds)


class _Check:
    def __init__(self, tenant_id: UUID, since: str | bytes | None):
        self.tenant_id = tenant_id
        self.report = Report()
        self.since = self._held(since) if since is not None else None
        self.frontier = tree.Frontier()
        self.edge = Edge(0, [[]])
        # The batch that is being walked through began with the first and ended with the second.
        self.before: Checkpoint | None = None
        self.began: datetime | None = None  # the log's first checkpoint
        self.last = ("", "")  # when the last entry was placed, and its event
        self.given_up: set[bytes] = set()  # keys that the log itself says to be no more its own
        self.pruned = Places(())  # what the log says of that
        self.roots_tell = True  # no more once one of them is wrong: all later ones are

    def run(self, *, most: int | None = None, ends: float | None = None) -> Report:
        self._ends()
        report = self.report
        if most is not None and report.size > most:
            self._begin_at((report.size - most) // CHUNK * CHUNK)
        report.end = report.start
        while report.end < report.size and (ends is None or time.monotonic() < ends):
            start, report.end = report.end, min(report.end + CHUNK, report.size)
            self._walk(start, report.end)
        if report.end == report.size:
            self._last_signature()
        if report.is_whole:
            self._what_is_nowhere()
        return report

    def _begin_at(self, start: int) -> None:
        """Leaves out what comes before: its hashes are believed, and the signed roots tell."""
        try:
            self.frontier = tree.Frontier.of(start, Hashes(start))
            tiles = read_tiles(edge_of(start), start)
        except MissingHashes as missing:
            detail = f"L’arbre n’est pas entier : {missing}."
            self._found(Fault.DELETED, missing.first, detail, last=missing.last)
            return  # all is read, and says which
        self.edge = Edge(start, [tiles[place].rows[0] for place in edge_of(start)])
        self.began = Checkpoint.objects.order_by("size").values_list("at", flat=True).first()
        self.before = Checkpoint.objects.filter(size__lte=start).order_by("-size").first()
        self.report.start = start

    def _found(self, fault: Fault, first: int | None, detail: str, *, last: int | None = None):
        if len(self.report.findings) < MOST:
            self.report.findings.append(Finding(fault, detail, first, last))

    # --- What somebody holds ----------------------------------------------------------------
    def _held(self, note: str | bytes) -> notes.Checkpoint | None:
        """The checkpoint that somebody holds, signed by a key of ours, from then or from now."""
        try:
            origin = notes.parse_checkpoint(notes.parse(note).text).origin
            if not origin.endswith(f"{checkpoints.PATH}{self.tenant_id}"):
                raise notes.BadNote(f"{origin} est un autre journal")
            keys = checkpoints.verifiers_of(self.tenant_id, origin=origin)
            keys += [key.verifier for key in _own_signers(origin)]
            return notes.open_checkpoint(note, keys)
        except notes.BadNote as bad:
            self._found(Fault.SIGNATURE, None, f"Le point de contrôle présenté : {bad}.")
            return None

    def _ends(self) -> None:
        """How far the tree goes, by its leaves and by what was signed, in one look."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT max(size) FROM audit_checkpoint WHERE tenant_id = %(t)s),"
                " (SELECT max(index) + 1 FROM audit_leaf WHERE tenant_id = %(t)s),"
                " (SELECT min(index) FROM audit_leaf WHERE tenant_id = %(t)s),"
                " (SELECT min(index << 8 * (level + 1)) FROM audit_tile WHERE tenant_id = %(t)s"
                "  AND (index + 1) << 8 * (level + 1) > coalesce((SELECT max(size)"
                "  FROM audit_checkpoint WHERE tenant_id = %(t)s), 0))",
                {"t": self.tenant_id},
            )
            size, end, beginning, tile = cursor.fetchone()
        size, end = size or 0, end or 0
        self.report.size = size
        if self.since and self.since.size > size:
            self._found(
                Fault.RESTORED,
                size,
                f"Le journal n’a que {size} entrées ; {self.since.size} avaient été signées.",
                last=self.since.size - 1,
            )
        if end > size:
            self._found(Fault.INSERTED, size, "Aucun point de contrôle ne la couvre.", last=end - 1)
        elif end < size:
            self._found(Fault.DELETED, end, "Elle manque dans l’arbre.", last=size - 1)
        if beginning is not None and beginning < 0:
            self._found(Fault.INSERTED, beginning, "Sa place n’existe pas.")
        if tile is not None:
            self._found(Fault.INSERTED, max(tile, 0), "Une tuile dépasse ce qui a été signé.")

    # --- Entry by entry ---------------------------------------------------------------------
    def _walk(self, start: int, end: int) -> None:
        signed = list(Checkpoint.objects.filter(size__gt=start, size__lte=end).order_by("size"))
        entries = {entry.index: entry for entry in read_entries(start, end)}
        tiles = tiles_ending(start, end)
        full = {index: hashes for (level, index), (hashes, _) in tiles.items() if level == 0}
        for index in range(start, end):
            hashes = full.get(index // WIDTH)
            in_tile = hashes[index % WIDTH] if hashes and len(hashes) == WIDTH else None
            believed = self._entry(index, entries.get(index), in_tile, hashes or [])
            if believed is None:
                self.roots_tell = False  # nothing stands for it any more
                believed = bytes(tree.HASH_SIZE)
            self.frontier.append(believed)
            self.edge.append(believed)
            while signed and signed[0].size == index + 1:
                self._signed(signed.pop(0), entries.get(index))
            if self.since and self.since.size == index + 1:
                self._agrees(self.since)
        for tile in self.edge.full:
            self._tile(tile, tiles.get(tile.place))
        self.edge.full.clear()

    def _entry(
        self, index: int, entry: Entry | None, in_tile: bytes | None, hashes: list[bytes]
    ) -> bytes | None:
        """Compares one entry; answers the hash to go on with, so that one fault is told once."""
        if entry is None:
            self._found(Fault.DELETED, index, "Elle manque dans l’arbre.")
            return in_tile
        sound = self._event(entry)
        if entry.leaf is not None and tree.leaf_hash(entry.leaf) != entry.leaf_hash:
            self._found(Fault.EDITED, index, "Son empreinte n’est pas celle de sa feuille.")
            sound = False
        if in_tile is None or in_tile == entry.leaf_hash:
            return entry.leaf_hash
        if entry.leaf_hash in hashes:
            detail = f"Elle avait la place {index - index % WIDTH + hashes.index(entry.leaf_hash)}."
            self._found(Fault.REORDERED, index, detail)
            return in_tile
        self._found(Fault.EDITED, index, "Sa feuille et la tuile de l’arbre se contredisent.")
        return entry.leaf_hash if sound else in_tile

    def _event(self, entry: Entry) -> bool:
        """Whether the event is what its leaf says of it, and stands where it belongs."""
        event = entry.event
        if entry.leaf is None:
            if event is not None:
                self._found(Fault.EDITED, entry.index, "Sa feuille a été ôtée, pas l’événement.")
            elif not self._was_pruned(entry.index):
                detail = "Elle a été ôtée sans qu’une purge inscrite au journal le dise."
                self._found(Fault.DELETED, entry.index, detail)
            return event is None
        try:
            told = leaves.read(entry.leaf)
            placed, personal = str(told["sequenced_at"]), str(told["personal"])
        except (ValueError, KeyError, TypeError):
            self._found(Fault.EDITED, entry.index, "Sa feuille est illisible.")
            return False
        self._order(entry, placed)
        if event is None:
            self._found(Fault.DELETED, entry.index, f"L’événement {entry.event_id} manque.")
            return False
        if not leaves.is_erased(event):
            personal = leaves.commitment(event.salt, leaves.personal(event))
        elif leaves.personal(event) != leaves.ERASED:
            self._found(Fault.EDITED, entry.index, "Des données ont remplacé les données effacées.")
            return False
        derived = leaves.leaf_holding(event, sequenced_at=placed, committed=personal)
        if derived != entry.leaf:
            now = leaves.read(derived)
            differ = sorted(name for name in now | told if now.get(name) != told.get(name))
            self._found(Fault.EDITED, entry.index, f"Ne concordent plus : {', '.join(differ)}.")
            return False
        self._date(entry.index, event)
        self._keys(event)
        return True

    def _was_pruned(self, index: int) -> bool:
        """Whether the log says so; asked anew, because the keeper may be at work meanwhile."""
        if index not in self.pruned and len(self.report.findings) < MOST:
            self.pruned = pruned_places()
        return index in self.pruned

    def _keys(self, event: StoredEvent) -> None:
        """Which keys sign from here on; a stolen one that was given up signs nothing later."""
        if event.kind != Kind.SIGNING_KEY_CHANGED or not event.subject_id:
            return
        key = base64.b64decode(event.subject_id)
        if event.payload.get("change") == checkpoints.REMOVED:
            self.given_up.add(key)
        else:
            self.given_up.discard(key)

    def _order(self, entry: Entry, placed: str) -> None:
        """Time never goes back; within a batch, events stand in the order of their ids."""
        before, event_id = self.last
        within = not self.before or self.before.size != entry.index
        if placed < before or (placed == before and within and str(entry.event_id) < event_id):
            self._found(Fault.REORDERED, entry.index, "Elle devrait être avant la précédente.")
        self.last = placed, str(entry.event_id)

    def _date(self, index: int, event: StoredEvent) -> None:
        """An event from before a checkpoint that does not hold it.

        What a log took up when it began, and what others delivered, came late with reason.
        """
        if event.delivered_from or self.before is None or self.began is None:
            return
        signed = self.before.at - TOLERANCE
        if event.at < signed and self.began < signed:
            self._found(
                Fault.BACK_DATED,
                index,
                f"Elle dit s’être produite le {leaves.moment(event.at)} ; le journal signé le"
                f" {leaves.moment(self.before.at)} ne la contenait pas.",
            )

    # --- What was signed --------------------------------------------------------------------
    def _signed(self, checkpoint: Checkpoint, entry: Entry | None) -> None:
        """The root at this size, and the signature."""
        size = checkpoint.size
        begins = self.before.size if self.before else 0
        try:
            note = checkpoints.opened(checkpoint.note, self.tenant_id, without=self.given_up)
            if (note.size, note.root) != (size, bytes(checkpoint.root)):
                raise notes.BadNote("ce qui est signé n’est pas ce qui est enregistré")
        except notes.BadNote as bad:
            self._found(Fault.SIGNATURE, size - 1, f"Point de contrôle {size} : {bad}.")
        if self.roots_tell and self.frontier.root() != bytes(checkpoint.root):
            self.roots_tell = False
            detail = f"La racine signée au point de contrôle {size} est une autre."
            self._found(Fault.EDITED, begins, detail, last=size - 1)
        if entry and entry.leaf and self.last[0] != leaves.moment(checkpoint.at):
            self._found(Fault.EDITED, size - 1, f"L’heure du point de contrôle {size} est fausse.")
        self.began = self.began or checkpoint.at
        self.before = checkpoint

    def _agrees(self, held: notes.Checkpoint) -> None:
        """The log of today begins with the log of which somebody holds a checkpoint."""
        if self.roots_tell and self.frontier.root() != held.root:
            self._found(
                Fault.REWRITTEN,
                0,
                f"Les {held.size} premières entrées ne sont pas celles du point de contrôle présenté.",
                last=held.size - 1,
            )

    def _tile(self, tile: FullTile, stored: tuple[list[bytes], bytes] | None) -> None:
        level, index = tile.place
        first = index << 8 * (level + 1)
        last = first + (WIDTH << 8 * level) - 1
        if stored is None:
            self._found(Fault.DELETED, first, f"Une tuile manque (niveau {level}).", last=last)
        elif stored[1] != tile.root or (level > 0 and b"".join(stored[0]) != tile.hashes):
            self._found(Fault.EDITED, first, f"Une tuile est fausse (niveau {level}).", last=last)

    def _last_signature(self) -> None:
        """Whoever holds this installation's keys knows that one of them signed last."""
        if not settings.AUDIT_SIGNING_KEYS or self.before is None:
            return
        note = notes.parse(self.before.note)
        own = [key.verifier for key in _own_signers(notes.parse_checkpoint(note.text).origin)]
        try:
            known = note.signed_by(own)
        except notes.BadNote:
            return  # was said above
        if not known:
            self._found(
                Fault.SIGNATURE,
                self.report.size - 1,
                "Aucune des clés de cette installation n’a signé le dernier point de contrôle"
                " (si elles viennent de changer : manage.py audit_sequence).",
            )

    def _what_is_nowhere(self) -> None:
        """Events that nothing places, and places that are kept for nothing."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT event.id FROM audit_event event WHERE event.tenant_id = %(t)s"
                " AND NOT EXISTS (SELECT FROM audit_leaf leaf WHERE leaf.tenant_id = %(t)s"
                "  AND leaf.event_id = event.id)"
                " AND NOT EXISTS (SELECT FROM audit_pending pending WHERE pending.tenant_id = %(t)s"
                "  AND pending.event_id = event.id) ORDER BY event.id LIMIT %(most)s",
                {"t": self.tenant_id, "most": MOST},
            )
            for (event_id,) in cursor:
                detail = f"L’événement {event_id} n’a pas de place dans l’arbre et n’en attend pas."
                self._found(Fault.INSERTED, None, detail)
            cursor.execute(
                "SELECT pending.event_id FROM audit_pending pending"
                " WHERE pending.tenant_id = %(t)s AND NOT EXISTS ("
                "  SELECT FROM audit_event event WHERE event.id = pending.event_id)"
                " ORDER BY pending.event_id LIMIT %(most)s",
                {"t": self.tenant_id, "most": MOST},
            )
            for (event_id,) in cursor:
                detail = f"L’événement {event_id} a disparu avant d’avoir sa place."
                self._found(Fault.DELETED, None, detail)


def _own_signers(origin: str) -> list[notes.Signer]:
    """The private keys that this process knows, if any."""
    return [notes.Signer(origin, seed) for seed in seeds()] if settings.AUDIT_SIGNING_KEYS else []
