"""TLS by real handshakes with real servers, and the links to services."""

import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.anssi_check.asking import ask, refused
from visio.anssi_check import installation, transport
from visio.anssi_check.answers import Result
from visio.anssi_check.installation import is_loopback

pytestmark = pytest.mark.django_db


def test_an_address_that_leads_elsewhere_is_not_believed(settings, monkeypatch):
    settings.PUBLIC_URL = "https://visio.test"
    answer = SimpleNamespace(status_code=200, text="ok")
    monkeypatch.setattr(installation.requests, "get", lambda url, **_options: answer)
    assert ask("public_address").result is Result.PASSED
    answer.text = "<h1>Portail</h1>"
    refused("public_address", "application elle-même")


@pytest.mark.parametrize(
    "key", ["https", "tls_old", "tls_ciphers", "tls_certificate", "tls_redirect", "hsts"]
)
def test_http_on_a_network_fails(settings, key):
    settings.PUBLIC_URL = "http://visio.test"
    refused(key, "https")


def test_loopback_is_this_machine():
    for host in ("localhost", "127.0.0.1", "127.8.0.1", "::1", "", "/run/postgresql"):
        assert is_loopback(host)
    for host in ("visio.gouv.fr", "10.0.0.1", "localhost.gouv.fr", "127.0.0.1.example.test"):
        assert not is_loopback(host)


@contextmanager
def tls_server(tmp_path, context_of=lambda context: None, *, days=365):
    """A server with a certificate of its own; answers its address and the certificate's file."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context_of(context)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                plain, _peer = listener.accept()
            except OSError:
                return
            try:
                context.wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{listener.getsockname()[1]}", file
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)


def old_and_new(context):
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")


def without_forward_secrecy(context):
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:AES128-GCM-SHA256:@SECLEVEL=0")


def without_authentication_of_what_is_said(context):
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-SHA256")


def test_old_tls_is_really_tried(settings, tmp_path):
    with tls_server(tmp_path, old_and_new) as (url, _file):
        settings.PUBLIC_URL = url
        refused("tls_old", "TLSv1")
    with tls_server(tmp_path) as (url, _file):
        settings.PUBLIC_URL = url
        assert ask("tls_old").result is Result.PASSED


def test_a_server_that_does_not_answer_is_not_careful(settings):
    settings.PUBLIC_URL = "https://localhost:9"
    refused("tls_old", "N’a pas pu être vérifié")


def test_the_agreed_cipher_is_looked_at(settings, tmp_path):
    with tls_server(tmp_path, without_authentication_of_what_is_said) as (url, _file):
        settings.PUBLIC_URL = url
        refused("tls_ciphers", "ECDHE-RSA-AES128-SHA256")
    with tls_server(tmp_path, without_forward_secrecy) as (url, _file):
        settings.PUBLIC_URL = url
        refused("tls_ciphers", "AES128-GCM-SHA256 est accepté")
    with tls_server(tmp_path) as (url, _file):
        settings.PUBLIC_URL = url
        assert ask("tls_ciphers").detail.startswith("TLSv1.3")


def test_the_certificate_is_verified(settings, tmp_path, monkeypatch):
    with tls_server(tmp_path) as (url, file):
        settings.PUBLIC_URL = url
        refused("tls_certificate", "self-signed")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert ask("tls_certificate").result is Result.PASSED
    with tls_server(tmp_path, days=3) as (url, file):
        settings.PUBLIC_URL = url
        refused("tls_certificate", "Valable jusqu’au")


def test_the_redirect_is_asked_for(settings, monkeypatch):
    settings.PUBLIC_URL = "https://visio.test"
    answer = SimpleNamespace(status_code=200, headers={})
    monkeypatch.setattr(transport.requests, "get", lambda url, **_options: answer)
    refused("tls_redirect", "200")
    answer.status_code, answer.headers = 308, {"Location": "https://visio.test/"}
    assert ask("tls_redirect").result is Result.PASSED


def test_sockets_go_through_tls_as_well(settings):
    settings.PUBLIC_URL = "https://visio.test"
    settings.SOCKETS_URL = "ws://visio.test"
    refused("https", "VISIO_WS_URL")


def test_distant_services_are_encrypted(settings):
    settings.REDIS_URL = "redis://:S3CRET@valkey.visio.test/0"
    assert refused("tls_services").detail == "REDIS_URL"
    settings.REDIS_URL = "rediss://:S3CRET@valkey.visio.test/0"
    assert ask("tls_services").result is Result.PASSED
    settings.EMAIL_HOST, settings.OIDC_ISSUER = "mail.visio.test", "http://proconnect.test/api/v2"
    refused("tls_services", "EMAIL_URL", "OIDC_ISSUER")


@pytest.mark.parametrize(
    ("seconds", "subdomains"), [(0, True), (31_535_999, True), (31_536_000, False)]
)
def test_hsts_is_long_and_wide(settings, seconds, subdomains):
    settings.PUBLIC_URL = "https://localhost"
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = seconds, subdomains
    refused("hsts")
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True
    assert ask("hsts").result is Result.PASSED
