"""The floor: a bare WSGI view that makes the same statements in the same transactions, and signs one
token; without a framework, a session, a check or a template.

The statements were recorded from the application (recording.py). What differs from request to request
is put into their text, so that not even parameters are bound.
"""

import json
import os
import secrets
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from psycopg import ClientCursor
from psycopg_pool import ConnectionPool

FOLDER = Path(os.environ["FLOOR_FOLDER"])
SECRET = secrets.token_hex(32)
SIGNS = "bcdfghjkmnpqrstvwxyz234679"
JSON = [("Content-Type", "application/json")]
# As the application's: each connection is asked whether it lives before it is lent.
pool = ConnectionPool(
    os.environ["FLOOR_DATABASE"],
    min_size=1,
    max_size=8,
    kwargs={"autocommit": True, "cursor_factory": ClientCursor},
    check=ConnectionPool.check_connection,
    open=True,
)


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/healthz":
        start_response("200 OK", JSON)
        return [b"ok"]
    values = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    answer = SCENARIOS[path.strip("/")].answer(values)
    start_response("200 OK", JSON)
    return [answer]


class Scenario:
    """One kind of request."""

    def __init__(self, file: Path):
        self.steps = json.loads(file.read_text())

    def answer(self, values: dict[str, str]) -> bytes:
        """`values`: what this caller and this meeting put into the statements."""
        now = datetime.now(UTC)
        made: dict[str, str] = {}
        found: list = []
        with pool.connection() as connection:
            for step in self.steps:
                if "claims" in step:
                    continue
                sql = "".join([
                    part if isinstance(part, str) else fill(part, values, made, now)
                    for part in step["parts"]
                ])  # fmt: skip
                cursor = connection.execute(sql)
                if cursor.description:
                    found = cursor.fetchall()
        claims = next((step["claims"] for step in self.steps if "claims" in step), None)
        if claims is not None:
            second = int(now.timestamp())
            token = jwt.encode(claims | {"nbf": second - 5, "exp": second + 120}, SECRET, "HS256")
            return json.dumps({"state": "joined", "token": token}).encode()
        return json.dumps(found, default=str).encode()


def fill(hole: list, values: dict[str, str], made: dict[str, str], now: datetime) -> str:
    """What stands in a hole of this request."""
    if len(hole) == 1:
        return values[hole[0]]
    kind, which, seconds = hole
    if kind == "moment":
        return (now + timedelta(seconds=seconds)).isoformat(" ")
    if which not in made:
        made[which] = slug() if kind == "slug" else uuid7().hex
    text = made[which]
    return str(uuid.UUID(text)) if kind == "uuid" else text


def uuid7() -> uuid.UUID:
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def slug() -> str:
    return "-".join("".join(secrets.choice(SIGNS) for _ in range(4)) for _ in range(4))


SCENARIOS = {file.stem: Scenario(file) for file in FOLDER.glob("*.json")}
