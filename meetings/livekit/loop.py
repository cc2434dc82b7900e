"""One background event loop per process, for asynchronous clients called from synchronous code.

A new loop, or a new connection, for each call would cost ten times as much.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}


def background_loop() -> asyncio.AbstractEventLoop:
    """This process's loop; a forked child gets its own."""
    loop = _loops.get(os.getpid())
    if loop is None:
        with _lock:
            loop = _loops.get(os.getpid())
            if loop is None:
                loop = asyncio.new_event_loop()
                threading.Thread(target=loop.run_forever, daemon=True, name="loop").start()
                _loops.clear()
                _loops[os.getpid()] = loop
    return loop


def run(coroutine: Coroutine[Any, Any, T], *, timeout: float) -> T:
    """Runs a coroutine on the loop and waits; TimeoutError (and a cancelled call) after timeout."""
    future = asyncio.run_coroutine_threadsafe(
        asyncio.wait_for(coroutine, timeout), background_loop()
    )
    return future.result(timeout + 1)
