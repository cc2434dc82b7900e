"""Valkey as a cache whose faults are misses: what is only remembered there may be forgotten."""

import structlog
from django.core.cache.backends.redis import RedisCache
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


class ForgivingCache(RedisCache):
    """While Valkey is away nothing is remembered, so attempts are not counted either."""

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
