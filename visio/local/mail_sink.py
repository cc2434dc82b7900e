"""An SMTP server that keeps every message as a file, for the development page that shows them."""

import signal
import sys
import time
from pathlib import Path

from aiosmtpd.controller import Controller


class Sink:
    """Writes each message whole, then gives it its name: a reader never sees half of one."""

    def __init__(self, folder: Path):
        self.folder = folder

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        name = f"{time.time_ns()}"
        unfinished = self.folder / f"{name}.unfinished"
        recipients = ", ".join(envelope.rcpt_tos)
        unfinished.write_bytes(f"X-Recipients: {recipients}\r\n".encode() + envelope.content)
        unfinished.rename(self.folder / f"{name}.eml")
        return "250 kept"


if __name__ == "__main__":
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    controller = Controller(Sink(folder), hostname="127.0.0.1", port=port)
    controller.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    controller.stop()
