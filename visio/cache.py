"""Valkey as a cache whose faults are misses: what is only remembered there may be forgotten."""

import structlog
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.utils.functional import cached_property
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def forgiving(name: str, otherwise):
    """RedisCache's method of this name; a fault of Valkey answers `otherwise`."""

    def method(self, *args, **kwargs):
        try:
            return getattr(RedisCache, name)(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            log.warning("cache_unavailable", what=name, error=type(error).__name__)
            return otherwise

    return method


class KeptClient(RedisCacheClient):
    """Django's makes a client for each command, which costs as much as the command."""

    @cached_property
    def _kept(self):
        return super().get_client(write=True)

    def get_client(self, key=None, *, write=False):
        return self._kept


class ForgivingCache(RedisCache):
    """While Valkey is away nothing is remembered, so attempts are not counted either."""

    def __init__(self, server, params):
        super().__init__(server, params)
        self._class = KeptClient

    add = forgiving("add", True)
    set = forgiving("set", None)
    touch = forgiving("touch", False)
    delete = forgiving("delete", False)
    has_key = forgiving("has_key", False)
    incr = forgiving("incr", 1)
    get_many = forgiving("get_many", {})
    set_many = forgiving("set_many", [])
    delete_many = forgiving("delete_many", None)

    def get(self, key, default=None, version=None):
        return forgiving("get", default)(self, key, default, version)

    def count(self, key: str, seconds: int) -> int:
        """Counts one more under this key, for so many seconds from the first on; in one exchange."""
        try:
            with self._cache.get_client(write=True).pipeline(transaction=False) as together:
                together.set(self.make_and_validate_key(key), 0, ex=seconds, nx=True)
                together.incr(self.make_and_validate_key(key))
                return together.execute()[1]
        except (RedisError, OSError) as error:
            log.warning("cache_unavailable", what="count", error=type(error).__name__)
            return 1
