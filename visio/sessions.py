"""Sessions in the database, with Valkey in front: losing Valkey signs nobody out."""

import structlog
from django.contrib.sessions.backends import cached_db

log = structlog.get_logger(__name__)

# How long Valkey may remember a session that was ended while it was away.
LONGEST_MEMORY = 300  # seconds


class ForgivingCache:
    """A cache whose faults are misses."""

    def __init__(self, cache):
        self._cache = cache

    def get(self, key, default=None):
        return self._try("get", default, key, default)

    def set(self, key, value, timeout):
        return self._try("set", None, key, value, min(timeout, LONGEST_MEMORY))

    def delete(self, key):
        return self._try("delete", False, key)

    def _try(self, what, otherwise, *arguments):
        try:
            return getattr(self._cache, what)(*arguments)
        except Exception as error:
            log.warning("session_cache_unavailable", what=what, error=type(error).__name__)
            return otherwise

    def __contains__(self, key):
        return self.get(key) is not None


class SessionStore(cached_db.SessionStore):
    """Django's own forgives a cache that cannot be read, but not one that cannot be written."""

    cache_key_prefix = "session."

    def __init__(self, session_key=None):
        super().__init__(session_key)
        self._cache = ForgivingCache(self._cache)
