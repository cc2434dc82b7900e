"""The ministry's rules: each a sentence, changed by itself, with its last change, and felt at once."""

import re
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from isolation.models import TenantOwned, Work
from isolation.scope import tenant_scope
from meetings.models import Meeting, MeetingState
from tenants import services
from tenants.administration import rules
from tenants.models import Policy, Tenant
from tests.tenants import administration as portal
from tests.tenants.administration import administer, events

pytestmark = pytest.mark.django_db
OWN_FIELDS = {f.name for f in Policy._meta.fields} - {f.name for f in TenantOwned._meta.fields}
# A valid value of each rule that is not its default.
OTHER = {
    "who_may_organise": "organisers",
    "link_admits_members": "false",
    "invite_other_ministries": "false",
    "invite_external_people": "false",
    "longest_meeting_minutes": "60",
    "most_invitees": "20",
    "guest_access": "code",
    "guests_always_wait": "false",
    "guests_may_share": "false",
    "chat_allowed": "false",
    "keep_chat": "true",
    "most_participants": "25",
    "log_months": "24",
    "log_addresses": "network",
    "administrators_may_audit": "true",
}


@pytest.fixture
def client(administrator):
    return administer(administrator)


def policy(tenant) -> Policy:
    with tenant_scope(tenant.id):
        return Policy.objects.get()


def change(client, rule: str, value: str):
    return client.post(portal.POLICIES, {"rule": rule, "value": value})


def article(client, rule: str, query="") -> str:
    page = client.get(portal.POLICIES + query).content.decode()
    found = re.search(rf'<article class="visio-rule" id="{rule}".*?</article>', page, re.S)[0]
    return " ".join(found.split())


def test_every_rule_of_the_policy_is_on_the_page():
    """A new field of Policy without a sentence fails here."""
    assert set(rules.RULES) == OWN_FIELDS == set(OTHER)
    for rule in rules.RULES.values():
        values = rule.values or dict.fromkeys(rule.bounds)
        assert len({rule.say(value) for value in values}) == len(values)
        if rule.field.choices:
            assert set(rule.values) == {value for value, _label in rule.field.choices}


@pytest.mark.parametrize("rule", sorted(OWN_FIELDS))
def test_each_is_changed_by_itself_and_stands_in_the_log(client, economie, administrator, rule):
    assert "C’est la valeur par défaut." in article(client, rule)
    assert "Jamais changé." in article(client, rule)
    answer = change(client, rule, OTHER[rule])
    assert (answer.status_code, answer.url) == (302, f"{portal.POLICIES}?saved={rule}#{rule}")
    [event] = events(economie, "policy_changed")
    assert event.actor_id == str(administrator.id)
    default = Policy._meta.get_field(rule).default
    assert event.payload == {
        "before": {rule: default},
        "after": {rule: getattr(policy(economie), rule)},
    }
    told = article(client, rule, f"?saved={rule}")
    assert "Par défaut :" in told
    assert "Dernier changement par Adèle Admin" in told
    assert "Enregistré." in told


def test_nothing_different_is_no_change(client, economie):
    change(client, "chat_allowed", "true")
    assert events(economie, "policy_changed") == []


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("most_invitees", "0"), ("most_invitees", "-1"), ("most_invitees", "9" * 40),
        ("most_invitees", "1e3"), ("most_invitees", ""), ("most_participants", "1"),
        ("log_months", "5"), ("log_months", "37"), ("longest_meeting_minutes", "1"), ("longest_meeting_minutes", "525600"),
        ("guest_access", "anybody"), ("who_may_organise", "members\0"), ("chat_allowed", "maybe"),
    ],
)  # fmt: skip
def test_a_value_that_a_rule_cannot_have_is_refused_beside_it(client, economie, rule, value):
    answer = change(client, rule, value)
    assert answer.status_code == 422
    assert f'id="{rule}-error"' in answer.content.decode()
    assert events(economie, "policy_changed") == []


@pytest.mark.parametrize("rule", ["tenant_id", "id", "coffee", "", "pk", "objects"])
def test_what_is_no_rule_does_not_exist(client, rule):
    assert change(client, rule, "1").status_code == 404


def test_a_rule_says_who_changed_it_last_also_when_it_was_an_operator(client, economie):
    change(client, "chat_allowed", "false")
    services.change_policy(tenant=economie, chat_allowed=True)
    assert "Dernier changement par l’exploitant" in article(client, "chat_allowed")
    assert "Jamais changé." in article(client, "keep_chat")


def test_another_ministrys_changes_are_not_told(client, sante):
    services.change_policy(tenant=sante, chat_allowed=False)
    assert "Jamais changé." in article(client, "chat_allowed")
    assert "C’est la valeur par défaut." in article(client, "chat_allowed")


def test_the_page_costs_the_same_whatever_was_changed(client, economie):
    client.get(portal.POLICIES)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as statements:
            client.get(portal.POLICIES)
        counts.append(len(statements))
        for value in (False, True) * 20:
            services.change_policy(tenant=economie, chat_allowed=value, keep_chat=not value)
    assert counts[0] == counts[1] <= 13


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_two_rules_changed_at_the_same_moment_are_both_kept(economie):
    with tenant_scope(economie.id):
        Policy.objects.create()
    start = threading.Barrier(2)

    def set_rule(**changes):
        start.wait()
        try:
            services.change_policy(tenant=Tenant.objects.get(id=economie.id), **changes)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=set_rule, kwargs={"chat_allowed": False}),
        threading.Thread(target=set_rule, kwargs={"most_invitees": 20}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (policy(economie).chat_allowed, policy(economie).most_invitees) == (False, 20)


@pytest.mark.parametrize(
    ("rule", "is_felt"),
    [("chat_allowed", True), ("guests_may_share", True), ("most_invitees", False)],
)
def test_open_rooms_are_brought_to_a_rule_that_binds_who_is_in_them(
    client, economie, host, rule, is_felt
):
    from datetime import timedelta

    from django.utils import timezone

    from meetings.scheduling import Plan, schedule_meeting

    now = timezone.now()
    with tenant_scope(economie.id):
        plan = Plan("En cours", "", now, now + timedelta(hours=1), "Europe/Paris")
        live, closed = (schedule_meeting(plan=plan, by=host) for _n in range(2))
        Meeting.objects.filter(id=live.id).update(
            state=MeetingState.LIVE, started_at=now, room_opened_at=now
        )
    change(client, rule, OTHER[rule])
    with tenant_scope(economie.id):
        put = Work.objects.filter(kind="meetings.apply_room").values_list("payload", flat=True)
        assert list(put) == ([{"meeting_id": str(live.id)}] if is_felt else [])
        assert closed.id != live.id
