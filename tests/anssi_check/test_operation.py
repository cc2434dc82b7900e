"""Secrets, versions, names, storage, and who answers for the installation."""

from types import SimpleNamespace

import pytest

from tests.anssi_check.asking import ask, refused
from visio.anssi_check.answers import Result

pytestmark = pytest.mark.django_db


def test_wildcards_in_the_names(settings):
    settings.ALLOWED_HOSTS = ["*"]
    refused("hosts", "*")
    settings.ALLOWED_HOSTS = [".gouv.fr"]
    refused("hosts", ".gouv.fr")


@pytest.mark.parametrize("value", ["", "devkey", "a" * 64, "django-insecure-" + "x1y2z3" * 10])
def test_secrets_that_are_none(settings, value):
    settings.SECRET_KEY = value or "short"
    settings.LIVEKIT_API_SECRET = value
    found = refused("secrets", "SECRET_KEY", "LIVEKIT_API_SECRET")
    assert not value or value not in found.detail + found.mend


def test_one_secret_for_two_things(settings):
    settings.LIVEKIT_API_SECRET = settings.OIDC_RP_CLIENT_SECRET
    refused("secrets", "LIVEKIT_API_SECRET", "OIDC_CLIENT_SECRET")


def test_distant_valkey_without_a_password(settings):
    settings.REDIS_URL = "rediss://valkey.visio.test/0"
    refused("secrets", "REDIS_URL")


def test_packages_that_nobody_audited(settings, tmp_path):
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "runtime.txt").write_text("django==1.0 \\\n    --hash=sha256:x\n")
    settings.BASE_DIR = tmp_path
    refused("versions", "django")
    (tmp_path / "locks" / "runtime.txt").unlink()
    assert ask("versions").result is Result.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "endpoint_url"),
        ({"endpoint_url": "https://s3.eu-west-3.amazonaws.com"}, "endpoint_url"),
        ({"endpoint_url": "http://oos.visio.test"}, "endpoint_url"),
        (
            {
                "endpoint_url": "https://oos.visio.test",
                "object_parameters": {"ObjectLockMode": "COMPLIANCE"},
            },
            "object_parameters",
        ),
        ({"endpoint_url": "https://oos.visio.test"}, "client_config"),
    ],
)
def test_storage_out_of_bounds(settings, options, told):
    storages = {"default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}}
    settings.STORAGES = settings.STORAGES | storages
    refused("storage", told)


def test_storage_at_a_qualified_host(settings):
    options = {
        "endpoint_url": "https://oos.cloudgouv-eu-west-1.outscale.com",
        "client_config": SimpleNamespace(request_checksum_calculation="when_required"),
    }
    storages = {"default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}}
    settings.STORAGES = settings.STORAGES | storages
    assert ask("storage").result is Result.PASSED


def test_nobody_answers_for_a_public_installation(settings):
    settings.PUBLIC_URL = "https://visio.test"
    refused("legal_notice", "VISIO_LEGAL_PUBLISHER")
    settings.LEGAL = dict.fromkeys(settings.LEGAL, "Direction du numérique")
    assert ask("legal_notice").result is Result.PASSED
