"""The people of demonstration ministries. Every name is put together by chance."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from meetings.demo.names import GIVEN, USUAL
from meetings.demo.numbers import Dice, Row, moment
from tenants.models import Role

ISSUER = "https://demonstration.visio.test"
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Ministry:
    """A numbered ministry, and how much of everything it has."""

    number: int
    id: str
    people: int
    meetings: int

    @property
    def name(self) -> str:
        return f"Ministère de démonstration n° {self.number}"

    @property
    def short_name(self) -> str:
        return f"demonstration-{self.number}"

    @property
    def domain(self) -> str:
        return f"demonstration-{self.number}.visio.test"


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a ministry; `place` is their place in it, from 0 on."""

    ministry: Ministry
    place: int
    id: str
    user_id: str
    given_name: str
    usual_name: str
    email: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.usual_name}"

    @property
    def has_left(self) -> bool:
        return self.place % 50 == 49


@lru_cache(maxsize=1024)
def plain(name: str) -> str:
    """A name as it stands in an address."""
    letters = unicodedata.normalize("NFD", name.lower()).encode("ascii", "ignore").decode()
    return letters.replace(" ", "-")


def people_of(ministry: Ministry, dice: Dice, *, since: int) -> list[Person]:
    """Everybody of one ministry: names first in every combination, then with a number."""
    combinations = len(GIVEN) * len(USUAL)
    first = dice.randrange(combinations)
    found = []
    for place in range(ministry.people):
        which = (first + place * 7_919) % combinations  # a prime: each combination once
        given, usual = GIVEN[which % len(GIVEN)], USUAL[which // len(GIVEN)]
        again = place // combinations + 1
        number = str(again) if again > 1 else ""
        address = f"{plain(given)}.{plain(usual)}{number}@{ministry.domain}"
        ids = dice.id_at(since), dice.id_at(since)
        found.append(Person(ministry, place, *ids, given, usual, address))
    return found


def user_rows(people: list[Person], *, since: int) -> Iterator[Row]:
    """tenants_user, as ProConnect would have made them known; nobody can sign in with a password."""
    made = moment(since)
    for person in people:
        subject = f"demonstration-{person.user_id}"
        yield person.user_id, "!", f"d-{person.user_id}", ISSUER, subject, "", "f", "t", made


def member_rows(people: list[Person], dice: Dice, *, since: int, now: int) -> Iterator[Row]:
    """tenants_member. One in four has never signed in; one in fifty has left."""
    made = moment(since)
    for person in people:
        signed_in = None if dice.random() < 0.25 else moment(dice.randrange(now - 60 * DAY, now))
        state = "left" if person.has_left else "active"
        yield (
            person.id, person.ministry.id, person.user_id, person.given_name, person.usual_name,
            person.email, "", "", _roles(person), state, "", "Europe/Paris",
            "last", "last", "0", made, signed_in,
        )  # fmt: skip


def _roles(person: Person) -> str:
    """The first administers, the second audits, and one in ten organises."""
    if person.place < 2:
        return f"{{{(Role.ADMINISTRATOR, Role.AUDITOR)[person.place].value}}}"
    return f"{{{Role.ORGANISER.value}}}" if person.place % 10 == 2 else "{}"
