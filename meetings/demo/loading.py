"""Brings demonstration data into the tables: by COPY as their owner, whole or not at all."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction

from audit.kinds import Kind
from meetings.demo.numbers import Dice, Row, moment, shares
from meetings.demo.people import DAY, Ministry, Person, member_rows, people_of, user_rows
from meetings.demo.stories import PAST, Rows, Storyteller

SHORT_NAMES = "demonstration-%"
BATCH = 5_000  # meetings whose rows are in memory at a time, while those before are written
# What is written, in the order of each row; what is not named is NULL or PostgreSQL's to compute.
COLUMNS = {
    "tenants_tenant": "id name short_name mapping_order is_active created_at shown_name logo_digest",
    "tenants_tenantmapping": "tenant_id kind value",
    "tenants_policy": "id tenant_id who_may_organise link_admits_members invite_other_ministries "
    "invite_external_people longest_meeting_minutes most_invitees guest_access guests_always_wait "
    "guests_may_share chat_allowed keep_chat most_participants",
    "tenants_user": "id password username issuer subject email is_guest is_active created_at",
    "tenants_member": "id tenant_id user_id given_name usual_name email siret idp_id roles state "
    "language time_zone microphone_at_entry camera_at_entry reminder_minutes created_at "
    "last_sign_in_at",
    "meetings_meeting": "id tenant_id slug title description starts_at ends_at time_zone host_id "
    "state sequence created_at started_at ended_at guest_access direct_entry is_locked "
    "allows_microphone allows_camera allows_share allows_chat",
    "meetings_joinlink": "slug tenant_id meeting_id",
    "meetings_invitation": "id tenant_id meeting_id email name to_tenant_id created_at",
    "meetings_agendaentry": "id tenant_id meeting_id email slug title organisation host_name "
    "starts_at ends_at time_zone sequence is_cancelled is_live delivered_at",
    "meetings_participant": "id tenant_id meeting_id user_id guest_key from_tenant_id name "
    "organisation email proof role state decided_by admitted_at forbidden",
    "meetings_presence": "id tenant_id participant_id connection joined_at left_at",
    "audit_event": "id tenant_id kind at actor_id actor_name on_behalf_of subject_id subject_name "
    "meeting_id outcome request_id delivered_from payload",
}


class NotHere(Exception):
    """This is no place for demonstration data; the text says why, to an operator."""


class OthersAreHere(Exception):
    """Demonstration data of another size stands there already; `ministries` of them."""

    def __init__(self, ministries: int):
        super().__init__(ministries)
        self.ministries = ministries


def load(
    *, tenants: int, members: int, meetings: int, seed: int, now: datetime, say: Callable
) -> bool:
    """Writes everything in one transaction; False when it stands there already.

    `say(what, count)` is told how far it is. Raises NotHere and OthersAreHere.
    """
    refuse_here()
    with transaction.atomic(using="owner"):
        # Two that load at once: the second waits, and then finds what the first has written.
        _ask("SELECT pg_advisory_xact_lock(hashtext('visio demo_data'))")
        [[there]] = _ask(
            "SELECT count(*) FROM tenants_tenant WHERE short_name LIKE %s", SHORT_NAMES
        )
        if there:
            if there != tenants:
                raise OthersAreHere(there)
            return False
        sizes = zip(shares(members, tenants), shares(meetings, tenants), strict=True)
        second = int(now.timestamp()) // 3600 * 3600
        since = second - (PAST + 30) * DAY
        ids = Dice(f"{seed}:tenants")
        ministries = [
            Ministry(number, ids.id_at(since), *size) for number, size in enumerate(sizes, 1)
        ]
        people = [
            people_of(ministry, Dice(f"{seed}:{ministry.number}:people"), since=since)
            for ministry in ministries
        ]
        with _indexed_afterwards():
            _write_all(_tables_of(ministries, people, seed=seed, since=since, now=second))
            say("members", members)
            done = 0
            for batch in _one_ahead(_stories(ministries, people, seed=seed, now=second)):
                _write_all(batch)
                done += len(batch["meetings_meeting"])
                say("meetings", done)
            say("indexes", "")
    for table in COLUMNS:  # plans for what is there now; autovacuum comes minutes later
        _ask(f"ANALYZE {table}")
    return True


def refuse_here() -> None:
    """An installation that serves people is never touched: its settings say `production` unless
    told otherwise, and even where they are told, one ministry with a real domain is enough.

    Raises NotHere. `.test` is nobody's (RFC 6761).
    """
    if not settings.DEVELOPMENT:
        raise NotHere("Les données de démonstration n’ont pas leur place ici.")
    real = _ask(
        "SELECT name FROM tenants_tenant WHERE NOT EXISTS (SELECT FROM tenants_tenantmapping "
        "WHERE tenant_id = tenants_tenant.id AND kind = 'domain' AND value LIKE '%%.test') "
        "OR EXISTS (SELECT FROM tenants_tenantmapping "
        "WHERE tenant_id = tenants_tenant.id AND kind = 'domain' AND value NOT LIKE '%%.test') "
        "ORDER BY name LIMIT 1"
    )
    if real:
        raise NotHere(
            f"Cette base sert un vrai ministère, sans domaine en « .test » : {real[0][0]}."
        )


def _tables_of(
    ministries: list[Ministry], people: list[list[Person]], *, seed: int, since: int, now: int
) -> dict[str, Iterable[Row]]:
    """The ministries and their people, with the events of their making."""
    made, dice = moment(since), Dice(f"{seed}:members")
    everybody = [person for members in people for person in members]
    yes, order = "t", "{idp_id,siret,domain}"
    return {
        "tenants_tenant": (
            (m.id, m.name, m.short_name, order, yes, made, "", "") for m in ministries
        ),
        "tenants_tenantmapping": ((m.id, "domain", m.domain) for m in ministries),
        "tenants_policy": (
            (
                dice.id_at(since), m.id, "members", yes, yes, yes, "720", "500", "name", yes, yes,
                yes, "f", "300",
            )
            for m in ministries
        ),
        "tenants_user": user_rows(everybody, since=since),
        "tenants_member": member_rows(everybody, dice, since=since, now=now),
        "audit_event": (
            (
                dice.id_at(since), p.ministry.id, Kind.MEMBER_CREATED.value, made,
                str(UUID(p.id)), p.name, "", str(UUID(p.id)), p.name, None, "success", "", None, "{}",
            )
            for p in everybody
        ),
    }  # fmt: skip


def _stories(ministries, people, *, seed: int, now: int) -> Iterator[Rows]:
    """The rows of so many meetings at a time, one ministry after the other."""
    rows: Rows = defaultdict(list)
    for ministry in ministries:
        storyteller = Storyteller(ministry, people, seed=seed, now=now)
        for number in range(ministry.meetings):
            storyteller.tell(number, rows)
            if len(rows["meetings_meeting"]) == BATCH:
                yield rows
                rows = defaultdict(list)
    if rows:
        yield rows


def _one_ahead(batches: Iterator[Rows]) -> Iterator[Rows]:
    """The next batch is made while the caller writes this one: PostgreSQL is another process."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming: Future = maker.submit(next, batches, None)
        while batch := coming.result():
            coming = maker.submit(next, batches, None)
            yield batch


def _write_all(tables: Mapping[str, Iterable[Row]]) -> None:
    for table, rows in tables.items():
        columns = ", ".join(COLUMNS[table].split())
        with (
            connections["owner"].cursor() as cursor,
            cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
        ):
            for block in _blocks(rows):
                copy.write(block)


def _blocks(rows: Iterable[Row]) -> Iterator[str]:
    """Rows in COPY's text format. Nothing in them needs escaping but a tab, a newline or a
    backslash, and invented words have none: PostgreSQL would refuse the row."""
    lines: list[str] = []
    for row in rows:
        lines.append("\t".join(["\\N" if value is None else value for value in row]))
        if len(lines) == 2_000:
            yield "\n".join(lines) + "\n"
            lines.clear()
    if lines:
        yield "\n".join(lines) + "\n"


@contextmanager
def _indexed_afterwards() -> Iterator[None]:
    """Indexes that guard nothing are made anew at the end: sorted once, they cost a third of what
    row after row costs. In the caller's transaction: nobody ever sees the tables without them."""
    indexes = _ask(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid::regclass::text = ANY (%s) AND NOT indisunique",
        list(COLUMNS),
    )
    for name, _definition in indexes:
        _ask(f"DROP INDEX {name}")
    yield
    _ask("SET LOCAL maintenance_work_mem = '512MB'")
    # References are checked here, where it can be said that they are, and not by the commit.
    _ask("SET CONSTRAINTS ALL IMMEDIATE")
    for _name, definition in indexes:
        _ask(definition)


def _ask(question: str, *values: Any) -> list[tuple]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchall() if cursor.description else []
