"""How the pages and the mails tell zones and times."""

from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from visio.templatetags import visio_time

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "french", "english"),
    [
        ("Europe/Paris", "heure de Paris", "Paris time"),
        ("Indian/Reunion", "heure de La Réunion", "Réunion time"),
        ("America/New_York", "heure de New York", "New York time"),
    ],
)
def test_zones_have_the_names_that_people_give_them(zone, french, english):
    with translation.override("fr"):
        assert visio_time.zone_name(zone) == french
    with translation.override("en"):
        assert visio_time.zone_name(zone) == english


def test_a_zone_to_choose_says_where_it_is():
    with translation.override("fr"):
        assert visio_time.zone_choice("Europe/Paris") == "Heure de Paris (Europe / Paris)"
        assert visio_time.zone_choice("Asia/Tokyo") == "Asia / Tokyo"


def test_another_zone_is_told_only_where_its_clocks_differ():
    with timezone.override(ZoneInfo("Europe/Paris")):
        assert not visio_time.elsewhere(NOON, "Europe/Brussels")
        assert visio_time.elsewhere(NOON, "Indian/Mayotte")
        assert not visio_time.elsewhere(NOON, "")


def test_a_meetings_own_clocks():
    meeting = SimpleNamespace(time_zone="Indian/Reunion", starts_at=NOON, ends_at=NOON)
    assert visio_time.clocks_there(meeting) == {"starts": "16:00", "ends": "16:00"}
