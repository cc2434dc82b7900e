"""Sessions in the database, with Valkey in front: losing Valkey signs nobody out."""

from django.contrib.sessions.backends import cached_db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.utils.crypto import get_random_string

# How long Valkey may remember a session that was ended while it was away.
LONGEST_MEMORY = 300  # seconds


class SessionStore(cached_db.SessionStore):
    """Django's own, remembered for a short time only."""

    cache_key_prefix = "session."

    def __init__(self, session_key=None):
        super().__init__(session_key)
        self._cache = ShortMemory(self._cache)

    def _get_new_session_key(self) -> str:
        """Without asking whether it is taken: writing it says so, and another one is drawn."""
        return get_random_string(32, VALID_KEY_CHARS)


class ShortMemory:
    """The part of a cache that sessions use."""

    def __init__(self, cache):
        self.get, self.delete = cache.get, cache.delete
        self._set = cache.set

    def set(self, key, value, timeout):
        self._set(key, value, min(timeout, LONGEST_MEMORY))

    def __contains__(self, key):
        return self.get(key) is not None
