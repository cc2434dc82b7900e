"""A witness over HTTP that holds its clients to c2sp.org/tlog-witness, as far as a log needs it."""

import base64
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from audit import notes, tree
from audit.notes import BadNote, Signer, Verifier

HASH = re.compile(r"[A-Za-z0-9+/]{43}=")
OLD = re.compile(r"old (0|[1-9][0-9]*)")


class FakeWitness:
    """Knows logs by their verifier keys, and remembers of each the latest checkpoint it cosigned."""

    def __init__(self, name: str = "temoin.test/w1", seed: bytes = bytes([9]) * 32) -> None:
        self.signer = Signer(name, seed)
        self.time = 1_800_000_000
        self.known: dict[str, list[Verifier]] = {}
        self.seen: dict[str, notes.Checkpoint] = {}
        self.asked: list[str] = []  # each body
        # Answers that are given instead of its own, each once: (status, type, body).
        self.instead: list[tuple[int, str, str]] = []
        self.also = ""  # put before its own line
        self.loses_answers = False
        self._lock = threading.Lock()

    @property
    def key(self) -> str:
        return str(self.signer.witness)

    def knows(self, verifier: Verifier) -> None:
        self.known.setdefault(verifier.name, []).append(verifier)

    def answer(self, body: str) -> tuple[int, str, str]:
        with self._lock:
            self.asked.append(body)
            return self.instead.pop(0) if self.instead else self._answer(body)

    def _answer(self, body: str) -> tuple[int, str, str]:
        head, parted, note = body.partition("\n\n")
        old, *lines = head.split("\n")
        match = OLD.fullmatch(old)
        if not parted or not match or len(lines) > 63 or not all(map(HASH.fullmatch, lines)):
            return 400, "text/plain", "malformed\n"
        old_size, proof = int(match[1]), [base64.b64decode(line) for line in lines]
        try:
            parsed = notes.parse(note)
            new = notes.parse_checkpoint(parsed.text)
        except BadNote as error:
            return 400, "text/plain", f"{error}\n"
        if new.origin not in self.known:
            return 404, "text/plain", "unknown log\n"
        try:
            notes.open_checkpoint(note, self.known[new.origin])
        except BadNote as error:
            return 403, "text/plain", f"{error}\n"
        if old_size > new.size:
            return 400, "text/plain", "old is larger\n"
        seen = self.seen.get(new.origin, notes.Checkpoint(new.origin, 0, tree.EMPTY_ROOT))
        if old_size != seen.size:
            return 409, "text/x.tlog.size", f"{seen.size}\n"
        sound = (
            not proof
            if old_size == 0
            else tree.verify_consistency(
                old_size=old_size, size=new.size, proof=proof, old_root=seen.root, root=new.root
            )
        )
        if not sound:
            return 422, "text/plain", "not consistent\n"
        self.seen[new.origin] = new
        self.time += 1
        line = self.signer.cosign(parsed.text, time=self.time)
        if self.loses_answers:
            return 503, "text/plain", ""
        return 200, "text/plain", self.also + line

    @contextmanager
    def serving(self):
        """Its address, while it answers there."""
        witness = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                found = self.path.endswith("/add-checkpoint")
                status, kind, text = witness.answer(body) if found else (404, "text/plain", "")
                answer = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/temoin"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
