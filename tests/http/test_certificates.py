"""What is said where a server's certificate is not to be trusted."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.harness import sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def certificate(path: Path, address: str, *, days: int) -> Path:
    """Write a certificate that signs itself, and its key, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    end = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(end - timedelta(days=10))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False)  # noqa: FBT003
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form, no_password = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, form, no_password))
    return path


@contextmanager
def serving(file: Path | None) -> Iterator[str]:
    """A server with this certificate, or without TLS."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        if file is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(file)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()


def said(base_url: str) -> str:
    config = {"base_url": base_url, "api": "marketplace", "access_token": "hush-hush-1"}
    error: str = sync(config, "buyers").stream("buyers")["error"]
    start = "buyers: GET /buyers, page 1, failed: the connection to 127.0.0.1"
    assert error.startswith(start)
    return error.partition(" is not secure: ")[2]


def test_a_certificate_of_ones_own_organisation(tmp_path: Path) -> None:
    with serving(certificate(tmp_path / "pem", "127.0.0.1", days=5)) as url:
        assert said(url) == (
            "self-signed certificate; where the certificate is your own organisation's, name the "
            "file of its CA in the environment variable REQUESTS_CA_BUNDLE."
        )


@pytest.mark.parametrize(
    ("address", "days", "sentence"),
    [
        (
            "127.0.0.1",
            -5,
            "certificate has expired; only the server's operator can mend that.",
        ),
        (
            "127.0.0.2",
            5,
            (
                "IP address mismatch, certificate is not valid for '127.0.0.1'; check the host in "
                "`base_url`."
            ),
        ),
    ],
)
def test_a_certificate_that_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, days: int, sentence: str
) -> None:
    file = certificate(tmp_path / "pem", address, days=days)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    with serving(file) as url:
        assert said(url) == sentence


def test_a_server_without_tls() -> None:
    with serving(None) as url:
        assert said(url) == ("the server speaks no TLS there that the tap knows; check `base_url`.")
