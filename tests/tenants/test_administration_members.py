"""The ministry's people: found, put in order, changed one by one and many at once."""

import csv
import re
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from isolation.scope import tenant_scope
from tenants import membership
from tenants.administration import listing
from tenants.models import Member, MemberState, Role, User
from tests.factories import make_member
from tests.tenants import administration as portal
from tests.tenants.administration import act, administer, events, now, second_administrator
from tests.waiting import until, waits_for_a_lock

pytestmark = pytest.mark.django_db
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


def many(tenant, count: int, **fields) -> list[Member]:
    """Members by bulk_create."""
    users = User.objects.bulk_create(
        User(username=f"bulk-{n}", issuer="https://bulk.test", subject=str(n)) for n in range(count)
    )
    with tenant_scope(tenant.id):
        return Member.objects.bulk_create(
            Member(
                user=user,
                given_name=f"Prénom{n % 97}",
                usual_name=f"Agent{n:05}",
                email=f"agent{n}@economie.test",
                last_sign_in_at=JANUARY + timedelta(minutes=n) if n % 3 else None,
                **fields,
            )
            for n, user in enumerate(users)
        )


def names(client, query: str = "") -> list[str]:
    """Who stands on the page, in order."""
    page = client.get(f"{portal.MEMBERS}{query}").content.decode()
    return re.findall(r'<label for="member-\d+">([^<]+)</label>', page)


@pytest.fixture
def client(administrator):
    return administer(administrator)


# --- Finding people ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "words",
    [
        "helene",
        "HÉLÈNE",
        "hote helene",
        "hélène hôte",
        "helene.hote@economie",
        "he\u0301le\u0300ne",
    ],
)
def test_people_are_found_whatever_the_accents(client, host, colleague, words):
    assert names(client, f"?q={words}") == ["Hélène Hôte"]


@pytest.mark.parametrize("words", ["%", "_", "\\", "' OR 1=1 --", "hélène%00", "\x00", "a" * 5000])
def test_signs_of_the_database_are_words_like_others(client, host, words):
    from urllib.parse import quote

    answer = client.get(f"{portal.MEMBERS}?q={quote(words)}")
    assert answer.status_code == 200


def test_a_percent_sign_finds_who_has_one(client, economie, host):
    make_member(economie, "Cent%", "Pour")
    assert names(client, "?q=%25") == ["Cent% Pour"]


def test_people_stand_in_the_order_of_names_whatever_their_accents(client, economie):
    for name in ("Éluard", "Zola", "Eco", "Étienne", "Dumas"):
        make_member(economie, "A", name)
    assert names(client) == ["Adèle Admin", "A Dumas", "A Eco", "A Éluard", "A Étienne", "A Zola"]
    assert names(client, "?sort=-name") == names(client)[::-1]


@pytest.mark.parametrize(
    "query",
    ["sort=name;drop table", "sort=--name", "sort=user__password", "sort=-", "role=x'", "state=1",
     "seen=-30", "seen=30 days", "after=x", "before=';", "after=00000000-0000-0000-0000-000000000000",
     "sort=name&sort=seen", "state=all&role=administrator&seen=9999999999999"],
)  # fmt: skip
def test_what_is_unknown_in_an_address_counts_as_not_given(client, administrator, query):
    answer = client.get(f"{portal.MEMBERS}?{query}")
    assert answer.status_code == 200
    assert "Adèle Admin" in answer.content.decode()


def test_filters(client, economie, administrator, host, colleague, auditor):
    with tenant_scope(economie.id):
        Member.objects.filter(id=host.id).update(last_sign_in_at=JANUARY)
        Member.objects.filter(id=auditor.id).update(state=MemberState.LEFT)
    assert names(client, "?role=organiser") == ["Hélène Hôte"]
    assert names(client, "?role=none") == ["Camille Collègue"]
    assert names(client, "?state=left") == ["Aude Auditrice"]
    assert len(names(client, "?state=all")) == 4
    assert names(client, "?seen=90") == ["Hélène Hôte"]
    assert set(names(client, "?seen=never")) == {"Adèle Admin", "Camille Collègue"}
    assert names(client, "?seen=never&role=organiser") == []


@pytest.mark.parametrize("sort", ["name", "-name", "seen", "-seen"])
def test_pages_follow_one_another_both_ways_and_miss_nobody(client, economie, administrator, sort):
    many(economie, 2 * listing.PAGE + 7)
    with tenant_scope(economie.id):
        asked = listing.Filter(sort=sort)
        everybody = [one.id for one in listing.page_of(asked, now=JANUARY, size=1000).people]
        forward, after, pages = [], "", []
        while True:
            page = listing.page_of(asked, after=after, now=JANUARY)
            pages.append(page)
            forward += [one.id for one in page.people]
            if page.after is None:
                break
            after = str(page.after)
        assert forward == everybody
        assert len(everybody) == 2 * listing.PAGE + 8
        back = listing.page_of(asked, before=str(pages[-1].before), now=JANUARY)
        assert [one.id for one in back.people] == [one.id for one in pages[1].people]
        back = listing.page_of(asked, before=str(back.before), now=JANUARY)
        assert [one.id for one in back.people] == [one.id for one in pages[0].people]
        assert (back.before, back.after) == (None, pages[0].people[-1].id)


def test_another_ministrys_person_is_no_place_in_the_list(client, administrator, outsider):
    for way in ("after", "before"):
        assert names(client, f"?{way}={outsider.id}") == ["Adèle Admin"]
    assert names(client, "?q=omar") == []


def test_the_page_costs_the_same_whatever_the_number_of_people(client, economie):
    client.get(portal.MEMBERS)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as statements:
            client.get(portal.MEMBERS)
        counts.append(len(statements))
        if len(counts) == 1:
            many(economie, 400)
    # The session's person, their membership and ministry, the scopes; then the count and the page.
    assert counts[0] == counts[1] <= 13
    page = client.get(portal.MEMBERS).content.decode()
    after = re.search(r"after=([0-9a-f-]{36})", page)
    with CaptureQueriesContext(connection) as statements:
        client.get(f"{portal.MEMBERS}?q=agent&sort=seen&after={after[1]}")
    assert len(statements) <= 14


def test_names_are_text(client, economie):
    make_member(economie, "<script>alert(1)</script>", "Pirate")
    page = client.get(portal.MEMBERS).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


# --- Acts --------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", Role.values)
def test_a_role_is_given_and_taken_and_both_are_in_the_log(
    client, economie, administrator, colleague, role
):
    second_administrator(economie)
    assert act(client, f"give-{role}", colleague).status_code == 302
    assert now(colleague).roles == [role]
    act(client, f"take-{role}", colleague)
    assert now(colleague).roles == []
    given, taken = events(economie, "roles_changed")
    assert given.payload == {"before": {"roles": []}, "after": {"roles": [role]}}
    assert taken.payload == {"before": {"roles": [role]}, "after": {"roles": []}}
    assert {given.actor_id, taken.actor_id} == {str(administrator.id)}
    assert given.subject_id == str(colleague.id)
    assert given.request_id != taken.request_id


def test_many_at_once_each_in_the_log_and_only_those_that_change(client, economie, host, colleague):
    act(client, "give-organiser", host, colleague)
    assert now(colleague).roles == ["organiser"]
    [event] = events(economie, "roles_changed")
    assert event.subject_id == str(colleague.id)


def test_a_membership_is_closed_and_opened_again(client, economie, host, colleague):
    act(client, "deactivate", host, colleague)
    assert (now(host).state, now(colleague).state) == ("left", "left")
    act(client, "reactivate", host)
    assert (now(host).state, now(colleague).state) == ("active", "left")
    assert now(host).roles == ["organiser"]
    left = events(economie, "member_left")
    assert {one.subject_id for one in left} == {str(host.id), str(colleague.id)}
    assert len(left) == 2
    [returned] = events(economie, "member_returned")
    assert returned.payload == {"before": {"state": "left"}, "after": {"state": "active"}}


def test_who_was_closed_is_out_at_the_next_request_and_back_after_the_return(client, host):
    hosts = administer(host)
    assert hosts.get("/").status_code == 200
    act(client, "deactivate", host)
    assert hosts.get("/").url == "/compte-ferme/"
    act(client, "reactivate", host)
    assert administer(host).get("/").status_code == 200


def test_an_act_can_be_taken_back_at_once(client, economie, host, colleague):
    act(client, "deactivate", host, colleague)
    page = client.get(f"{portal.MEMBERS}?q=x").content.decode()
    form = re.search(r'class="visio-undo">(.*?)</form>', page, re.S)[1]
    fields = dict(re.findall(r'name="(act)" value="([^"]+)"', form))
    ids = re.findall(r'name="member" value="([^"]+)"', form)
    assert set(ids) == {str(host.id), str(colleague.id)}
    client.post(portal.CHANGE, fields | {"member": ids})
    assert (now(host).state, now(colleague).state) == ("active", "active")
    assert "visio-undo" in client.get(portal.MEMBERS).content.decode()
    assert "visio-undo" not in client.get(portal.MEMBERS).content.decode()  # offered once


def test_nobody_ticked_changes_nobody(client, economie, host):
    answer = client.post(portal.CHANGE, {"act": "deactivate", "q": "x"}, follow=True)
    assert answer.redirect_chain == [(f"{portal.MEMBERS}?q=x", 302)]
    assert "Cochez au moins une personne" in answer.content.decode()
    assert events(economie, "member_left") == []


def test_another_ministrys_people_do_not_exist(client, economie, justice, outsider, host):
    assert act(client, "deactivate", outsider).status_code == 404
    assert act(client, "deactivate", host, outsider).status_code == 404
    assert (now(outsider).state, now(host).state) == ("active", "active")
    assert events(justice, "member_left") == events(economie, "member_left") == []


def test_everybody_found_is_asked_for_once_and_reaches_no_other(client, economie, host, colleague):
    body = {"act": "give-organiser", "everybody": "1", "q": "camille"}
    page = client.post(portal.CHANGE, body)
    assert page.status_code == 200
    assert "Une personne est concernée" in page.content.decode()
    assert now(colleague).roles == []
    client.post(portal.CHANGE, body | {"confirmed": "1"})
    assert now(colleague).roles == ["organiser"]
    assert len(events(economie, "roles_changed")) == 1


def test_ones_own_rights_are_taken_only_after_a_word(client, economie, administrator):
    second_administrator(economie)
    page = act(client, "take-administrator", administrator).content.decode()
    assert "Vous en faites partie" in page
    assert now(administrator).roles == ["administrator"]
    answer = act(client, "take-administrator", administrator, confirmed="1")
    assert (answer.status_code, answer.url) == (302, "/")
    assert now(administrator).roles == []
    assert client.get(portal.MEMBERS).status_code == 403


# --- The last administrator --------------------------------------------------------------------
@pytest.mark.parametrize("what", ["take-administrator", "deactivate"])
def test_the_last_administrator_stays_one(client, economie, administrator, colleague, what):
    answer = act(client, what, administrator, colleague, confirmed="1")
    assert answer.status_code == 302
    assert "n’aurait plus d’administrateur" in client.get(portal.MEMBERS).content.decode()
    assert now(administrator).roles == ["administrator"]
    assert (now(administrator).state, now(colleague).state) == ("active", "active")
    assert events(economie, "roles_changed", "member_left") == []


@pytest.mark.parametrize("what", ["take-administrator", "deactivate"])
def test_nor_can_all_of_them_go_at_once(client, economie, administrator, what):
    other = second_administrator(economie)
    act(client, what, administrator, other, confirmed="1")
    client.post(portal.CHANGE, {"act": what, "everybody": "1", "confirmed": "1"})
    assert {now(one).state for one in (administrator, other)} == {"active"}
    assert {tuple(now(one).roles) for one in (administrator, other)} == {("administrator",)}


def test_one_who_has_left_does_not_count(client, economie, administrator):
    other = second_administrator(economie)
    act(client, "deactivate", other)
    act(client, "deactivate", administrator, confirmed="1")
    assert now(administrator).state == "active"


def test_another_ministrys_administrator_does_not_count(client, administrator, justice):
    second_administrator(justice)
    act(client, "deactivate", administrator, confirmed="1")
    assert now(administrator).state == "active"


@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize("act_of", ["roles", "state", "both"])
def test_two_who_put_each_other_out_at_the_same_moment(economie, administrator, act_of):
    other = second_administrator(economie)
    start = threading.Barrier(2)
    refused, acted = [], []

    def put_out(by, whom, demote):
        start.wait()
        try:
            with tenant_scope(economie.id):
                people = Member.objects.filter(id=whom.id)
                if demote:
                    membership.change_roles(
                        people=people, remove=[Role.ADMINISTRATOR], by=by, now=JANUARY
                    )
                else:
                    membership.deactivate(people=people, by=by, now=JANUARY)
                acted.append(by)
                if acted[0] == by:  # stays open until the other stands before its lock
                    until(lambda: waits_for_a_lock(1))
        except membership.LastAdministrator:
            refused.append(by)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=put_out, args=(administrator, other, act_of != "state")),
        threading.Thread(target=put_out, args=(other, administrator, act_of == "roles")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    left = [
        one
        for one in (now(administrator), now(other))
        if one.state == "active" and one.roles == ["administrator"]
    ]
    assert len(left) == 1


def test_signing_in_takes_back_nothing_that_an_administrator_does_meanwhile(economie, colleague):
    """The sign-in writes what it changes, and no state that it read before."""
    from tenants import services
    from tenants.proconnect.backend import Claims

    claims = Claims("Camille", "Collègue", colleague.email)
    original = services._keep_promise

    def meanwhile(member, *, now):
        Member.objects.filter(id=member.id).update(state="left", roles=["auditor"])
        return original(member, now=now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "_keep_promise", meanwhile)
        services.sign_in_member(
            user=colleague.user, claims=claims, tenant=economie, has_second_factor=True, now=JANUARY
        )
    assert (now(colleague).state, now(colleague).roles) == ("left", ["auditor"])


# --- The file ----------------------------------------------------------------------------------
def test_the_file_holds_everybody_of_the_list_and_no_formula(client, economie, host, colleague):
    make_member(economie, "=cmd|' /C calc'!A0", "+Formule")
    answer = client.get(f"{portal.EXPORT}?state=all")
    assert answer.streaming
    text = answer.getvalue().decode("utf-8")
    assert text.startswith("\ufeff")
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0][:3] == ["Nom", "Prénom", "Adresse"]
    assert len(rows) == 5
    assert ["'+Formule", "'=cmd|' /C calc'!A0"] in [row[:2] for row in rows]
    assert not any(cell[:1] in "=+-@" for row in rows[1:] for cell in row if cell)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="agents-')


def test_that_the_file_left_stands_in_the_log(client, economie, administrator, host):
    client.get(f"{portal.EXPORT}?role=organiser&q=helene").getvalue()
    [event] = events(economie, "members_exported")
    assert event.actor_id == str(administrator.id)
    assert event.payload == {
        "people": 1, "state": "active", "role": "organiser", "seen": "", "searched": True,
    }  # fmt: skip


def test_the_file_holds_nobody_of_another_ministry(client, outsider):
    text = client.get(f"{portal.EXPORT}?state=all").getvalue().decode()
    assert "outsider" not in text.lower()


# --- Ten thousand ------------------------------------------------------------------------------
def test_ten_thousand_people_in_few_statements(client, economie, administrator):
    """A page, the export and an act on all cost what they cost with ten people."""
    people = many(economie, 10_000)
    for query in ("", "?q=agent099", "?sort=-seen", "?seen=never&sort=seen",
                  f"?after={people[9_000].id}"):  # fmt: skip
        with CaptureQueriesContext(connection) as statements:
            assert client.get(portal.MEMBERS + query).status_code == 200
        assert len(statements) <= 12, query
    text = client.get(portal.EXPORT).getvalue().decode()
    assert text.count("\r\n") == 10_002
    body = {"act": "give-organiser", "everybody": "1", "confirmed": "1", "role": "none"}
    with CaptureQueriesContext(connection) as statements:
        client.post(portal.CHANGE, body)
    assert len(statements) < 30
    assert len(events(economie, "roles_changed")) == 10_000
    with tenant_scope(economie.id):
        assert Member.objects.filter(roles=["organiser"]).count() == 10_000
