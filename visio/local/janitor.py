"""Outlives the supervisor, whatever ends it, and stops what it had started.

Reads `+PID SIGNAL` and `-PID` lines from its standard input. When that ends, the supervisor is gone:
each process group still on the list gets its signal, and after a grace SIGKILL.
"""

import os
import signal
import sys
import time

GRACE = 5.0


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def send(group: int, number: int) -> None:
    if alive(group):
        os.killpg(group, number)


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: dict[int, int] = {}
    for line in sys.stdin:
        if line.startswith("+"):
            started, stop_signal = line[1:].split()
            groups[int(started)] = int(stop_signal)
        else:
            groups.pop(int(line[1:]), None)
    for group, number in groups.items():
        send(group, number)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(alive(group) for group in groups):
        time.sleep(0.1)
    for group in groups:
        send(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
