"""Sessions: what Visio does otherwise than Django."""

import pytest

from visio import sessions
from visio.sessions import SessionStore


@pytest.mark.django_db
def test_a_key_that_is_taken_is_drawn_again(monkeypatch):
    taken = SessionStore()
    taken["name"] = "Inès"
    taken.create()
    draws = iter([taken.session_key, "a" * 32])
    monkeypatch.setattr(sessions, "get_random_string", lambda *_: next(draws))
    other = SessionStore()
    other.create()
    assert other.session_key == "a" * 32
    assert SessionStore(taken.session_key)["name"] == "Inès"
