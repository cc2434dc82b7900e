"""A syslog receiver over TLS, as RFC 5425 wants it, that can be killed, slowed and started again."""

import datetime
import socket
import ssl
import struct
import threading
import time
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """Signs certificates, in files."""

    def __init__(self, folder: Path, name: str = "Autorité de test") -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._certificate(self._name, self._key.public_key(), authority=True)
        self.file = folder / "ca.pem"
        self.file.write_bytes(certificate)

    def issue(self, host: str) -> tuple[Path, Path]:
        """A certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate, private = self.folder / f"{host}.pem", self.folder / f"{host}.key"
        certificate.write_bytes(self._certificate(name, key.public_key(), host=host))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, private

    def _certificate(self, name, public_key, *, authority=False, host="") -> bytes:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if host:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
            )
        signed = builder.sign(self._key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)


class FakeReceiver:
    """Keeps what it has received once the connection ended well; what it is killed with is lost."""

    def __init__(self, authority: Authority, *, host: str = "localhost", asks_for=None) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*authority.issue(host))
        if asks_for:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(asks_for.file)
        self.port = 0
        self.received: list[bytes] = []  # frames without their counts, in the order of arrival
        self.connections = 0
        self.slow = 0.0  # seconds between two reads of 4 KB
        self.dies_after: int | None = None  # bytes, once
        self.ends_silently = False  # closes without its word that it has read everything
        self._listening: socket.socket | None = None

    def start(self) -> None:
        """On the same port as before."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 15)
        listening.bind(("127.0.0.1", self.port))
        listening.listen()
        self.port = listening.getsockname()[1]
        self._listening = listening
        self._thread = threading.Thread(target=self._serve, args=(listening,))
        self._thread.start()

    def stop(self) -> None:
        listening, self._listening = self._listening, None
        if listening:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()
            self._thread.join()

    def _serve(self, listening: socket.socket) -> None:
        while self._listening is listening:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            with plain, suppress(OSError, EOFError):
                self._talk(plain)

    def _talk(self, plain: socket.socket) -> None:
        self.connections += 1
        plain.settimeout(30)
        connection = self.context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False)
        with connection:
            content = b""
            while block := connection.recv(4096 if self.slow else 1 << 16):
                content += block
                if self.slow:
                    time.sleep(self.slow)
                if self.dies_after is not None and len(content) > self.dies_after:
                    self.dies_after = None
                    # As when the process is killed: what the kernel has not given is lost.
                    hard = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
                    return
            if self.ends_silently:
                return
            self.received += frames(content)
            connection.unwrap()


def frames(content: bytes) -> list[bytes]:
    """Counted octets, as RFC 5425 has them; ValueError where they are not."""
    found = []
    while content:
        count, space, content = content.partition(b" ")
        if not space or not count.isdigit() or count.startswith(b"0") or len(content) < int(count):
            raise ValueError(count)
        found.append(content[: int(count)])
        content = content[int(count) :]
    return found
