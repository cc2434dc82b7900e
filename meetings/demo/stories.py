"""What became of a ministry's meetings: planned, invited to, delivered, held, attended, logged."""

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from audit.kinds import Kind
from meetings.demo.numbers import Dice, Row, moment
from meetings.demo.people import Ministry, Person
from meetings.models import MeetingState

PARIS = ZoneInfo("Europe/Paris")
PAST, FUTURE = 365, 90  # days
QUARTER = 900  # seconds
SUBJECTS = [
    "Atelier", "Bilan", "Comité de pilotage", "Comité de suivi", "Échange", "Entretien",
    "Groupe de travail", "Point hebdomadaire", "Préparation", "Présentation", "Restitution",
    "Réunion d’équipe", "Réunion de lancement", "Séminaire",
]  # fmt: skip
MATTERS = [
    "accessibilité", "achats", "archives", "budget", "calendrier", "communication", "déménagement",
    "documentation", "données", "formation", "immobilier", "indicateurs", "organisation",
    "qualité de service", "recrutement", "rénovation énergétique", "sécurité", "simplification",
    "télétravail", "transition numérique",
]  # fmt: skip
OUTSIDE = "exterieur.visio.test"

Rows = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Held:
    """One meeting while its rows are written; moments in seconds since 1970."""

    id: str
    slug: str
    title: str
    host: Person
    state: MeetingState
    created: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody from outside who was let in under a name."""

    name: str
    email: str


Invitee = Person | Guest


class Storyteller:
    """Tells the meetings of one ministry; `everybody` are the people of all, to invite across."""

    def __init__(self, ministry: Ministry, everybody: list[list[Person]], *, seed: int, now: int):
        self.ministry, self.everybody, self.now = ministry, everybody, now
        self.people = everybody[ministry.number - 1]
        self.dice = Dice(f"{seed}:{ministry.number}:meetings")
        today = datetime.fromtimestamp(now, PARIS).date()
        days = (today + timedelta(days=n) for n in range(-PAST, FUTURE + 1))
        self.days = [
            int(datetime.combine(day, time(8), PARIS).timestamp())
            for day in days
            if day.weekday() < 5
        ]

    def tell(self, number: int, rows: Rows) -> None:
        """Adds the rows of the ministry's nth meeting."""
        self.rows = rows
        meeting = self._plan(number)
        self._write(meeting)
        invitees = self._invitees(meeting)
        self._log(
            Kind.MEETING_CREATED, meeting.created, meeting, meeting.host.id, meeting.host.name,
            starts_at=moment(meeting.starts), ends_at=moment(meeting.ends), invitees=len(invitees),
            guest_access="name", direct_entry="ministry",
        )  # fmt: skip
        for invitee in invitees:
            self._invite(meeting, invitee)
        if meeting.state == MeetingState.CANCELLED:
            at = self._ended(meeting)
            self._log(Kind.MEETING_CANCELLED, at, meeting, meeting.host.id, meeting.host.name)
        if meeting.state == MeetingState.ENDED:
            self._hold(meeting, invitees)

    # --- What was planned --------------------------------------------------------------------
    def _plan(self, number: int) -> Held:
        dice, now = self.dice, self.now
        starts = dice.choice(self.days) + dice.randrange(44) * QUARTER
        ends = starts + dice.choice((2, 2, 3, 4, 4, 6, 8)) * QUARTER
        if number == 0:  # the first of each ministry can be joined at this moment
            starts, ends = now - QUARTER, now + 8 * QUARTER
        created = min(starts - dice.randrange(1, 20 * 24) * 3600, now - 60)
        state = MeetingState.SCHEDULED
        if number and dice.random() < 0.05:
            state = MeetingState.CANCELLED
        elif ends < now:
            state = MeetingState.ENDED
        host = self._person(self.people)
        title = f"{dice.choice(SUBJECTS)} : {dice.choice(MATTERS)}"
        return Held(dice.id_at(created), dice.slug(), title, host, state, created, starts, ends)

    def _person(self, people: list[Person]) -> Person:
        person = people[self.dice.randrange(len(people))]
        return people[person.place - 1] if person.has_left else person

    def _ended(self, meeting: Held) -> int:
        """A cancelled one ends half-way to its beginning, and never later than now."""
        if meeting.state == MeetingState.CANCELLED:
            return min((meeting.created + meeting.starts) // 2, self.now)
        return meeting.ends

    def _write(self, meeting: Held) -> None:
        over = meeting.state in (MeetingState.ENDED, MeetingState.CANCELLED)
        self.rows["meetings_meeting"].append((
            meeting.id, self.ministry.id, meeting.slug, meeting.title, "",
            moment(meeting.starts), moment(meeting.ends), "Europe/Paris", meeting.host.id,
            meeting.state.value, "1" if meeting.state == MeetingState.CANCELLED else "0",
            moment(meeting.created),
            moment(meeting.starts) if meeting.state == MeetingState.ENDED else None,
            moment(self._ended(meeting)) if over else None,
            "name", "ministry", "f", "t", "t", "t", "t",
        ))  # fmt: skip
        self.rows["meetings_joinlink"].append((meeting.slug, self.ministry.id, meeting.id))

    # --- Who is invited ----------------------------------------------------------------------
    def _invitees(self, meeting: Held) -> list[Invitee]:
        """Colleagues; in one of five somebody of another ministry, in one of ten from outside."""
        dice = self.dice
        found: dict[str, Invitee] = {}
        for _ in range(dice.choice((1, 1, 1, 1, 2, 2, 4))):
            colleague = self._person(self.people)
            found[colleague.email] = colleague
        if len(self.everybody) > 1 and dice.random() < 0.2:
            other = dice.randrange(len(self.everybody) - 1)
            other += other >= self.ministry.number - 1
            person = self._person(self.everybody[other])
            found[person.email] = person
        if dice.random() < 0.1:
            who = self._person(self.people)
            guest = Guest(f"{who.given_name} {who.usual_name[0]}.", f"{who.id[-12:]}@{OUTSIDE}")
            found[guest.email] = guest
        found.pop(meeting.host.email, None)
        return list(found.values())

    def _invite(self, meeting: Held, invitee: Invitee) -> None:
        dice, at = self.dice, meeting.created
        invitation, made = dice.id_at(at), moment(at)
        to = invitee.ministry if isinstance(invitee, Person) else None
        self.rows["meetings_invitation"].append(
            (
                invitation,
                self.ministry.id,
                meeting.id,
                invitee.email,
                "",
                to.id if to else None,
                made,
            )
        )
        if to is None or to is self.ministry:
            return
        entry = dice.id_at(at)
        cancelled = meeting.state == MeetingState.CANCELLED
        self.rows["meetings_agendaentry"].append((
            entry, to.id, meeting.id, invitee.email, meeting.slug, meeting.title,
            self.ministry.name, meeting.host.name, moment(meeting.starts), moment(meeting.ends),
            "Europe/Paris", "1" if cancelled else "0", "t" if cancelled else "f", "f", made,
        ))  # fmt: skip
        self._log(
            Kind.INVITATION_DELIVERED, at, meeting,
            subject_id=entry, subject_name=invitee.email, tenant=to,
        )  # fmt: skip

    # --- Who was there -----------------------------------------------------------------------
    def _hold(self, meeting: Held, invitees: list[Invitee]) -> None:
        host = meeting.host
        self._log(Kind.MEETING_STARTED, meeting.starts, meeting, host.id, host.name)
        self._attend(meeting, host, "host")
        for invitee in invitees:
            if self.dice.random() < 0.7:
                role = "participant" if isinstance(invitee, Person) else "guest"
                self._attend(meeting, invitee, role)
        self._log(Kind.MEETING_ENDED, meeting.ends, meeting, host.id, host.name)

    def _attend(self, meeting: Held, who: Invitee, role: str) -> None:
        dice, own = self.dice, self.ministry
        came = meeting.starts + (dice.randrange(300) if role != "host" else 0)
        went = meeting.ends - dice.randrange(120)
        participant = dice.id_at(came)
        agent = who if isinstance(who, Person) else None
        foreign = agent.ministry if agent and agent.ministry is not own else None
        guest_key = None if agent else dice.id_at(came)
        self.rows["meetings_participant"].append((
            participant, own.id, meeting.id, agent.user_id if agent else None, guest_key,
            agent.ministry.id if agent else None, who.name, agent.ministry.name if agent else "", "",
            "agent" if agent else "name", role, "admitted", "", moment(came), "{}",
        ))  # fmt: skip
        self.rows["meetings_presence"].append((
            dice.id_at(came), own.id, participant, f"PA_{dice.getrandbits(60):015x}",
            moment(came + 2), moment(went),
        ))  # fmt: skip
        known_as = agent.id if agent else guest_key
        for kind, at, actor in (
            (Kind.JOIN_GRANTED, came, known_as),
            (Kind.PARTICIPANT_JOINED, came + 2, participant),
            (Kind.PARTICIPANT_LEFT, went, participant),
        ):
            noticed: dict[str, Any] = {} if kind == Kind.JOIN_GRANTED else {"noticed": "webhook"}
            self._log(
                kind, at, meeting, actor, who.name, participant, who.name, deliver_to=foreign,
                **noticed,
            )  # fmt: skip

    def _log(
        self,
        kind: Kind,
        at: int,
        meeting: Held,
        actor_id: str | None = "",
        actor_name: str = "",
        subject_id: str = "",
        subject_name: str = "",
        *,
        tenant: Ministry | None = None,
        deliver_to: Ministry | None = None,
        **payload: Any,
    ) -> None:
        """One event, and its copy in the log of the ministry whose agent it concerns."""
        event, home = self.dice.id_at(at), (tenant or self.ministry).id
        told = (
            kind.value, moment(at), _spelt(actor_id), actor_name, "", _spelt(subject_id),
            subject_name, meeting.id, "success", "",
        )  # fmt: skip
        text = json.dumps(payload, ensure_ascii=False) if payload else "{}"
        self.rows["audit_event"].append((event, home, *told, None, text))
        if deliver_to is not None:
            copy = uuid5(UUID(event), str(UUID(deliver_to.id))).hex
            self.rows["audit_event"].append((copy, deliver_to.id, *told, home, text))


def _spelt(known: str | None) -> str:
    """An id as the log spells it."""
    return f"{known[:8]}-{known[8:12]}-{known[12:16]}-{known[16:20]}-{known[20:]}" if known else ""
