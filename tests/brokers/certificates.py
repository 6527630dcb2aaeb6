"""Certificates for the brokers of the tests: an authority of their own, a server, a client, an expired one."""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trustme


@dataclass(frozen=True)
class Certificates:
    """PEM files; keys are not encrypted."""

    ca: Path
    server_cert: Path
    server_key: Path
    client_cert: Path
    client_key: Path
    expired_cert: Path
    expired_key: Path
    other_ca: Path
    """An authority that signed none of them."""

    def keystore(self, folder: Path, *, expired: bool = False) -> Path:
        """Key in PKCS#8 followed by the chain, in one file, as Kafka wants it."""
        certificate, key = (self.expired_cert, self.expired_key) if expired else (self.server_cert, self.server_key)
        store = folder / ("expired.pem" if expired else "server.pem")
        store.write_bytes(_pkcs8(key.read_bytes()) + certificate.read_bytes())
        return store


def make_certificates(folder: Path) -> Certificates:
    """Issue all of them into a folder."""
    import trustme

    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    trustme.CA().cert_pem.write_to_path(str(folder / "other-ca.pem"))
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    names = ("localhost", "127.0.0.1")
    _write(authority.issue_cert(*names), folder, "server")
    _write(authority.issue_cert("client@example.org", common_name="client"), folder, "client")
    _write(authority.issue_cert(*names, not_before=past, not_after=past.replace(year=2021)), folder, "expired")
    pairs = {
        f"{who}_{what}": folder / f"{who}-{what}.pem"
        for who in ("server", "client", "expired")
        for what in ("cert", "key")
    }
    return Certificates(ca=folder / "ca.pem", other_ca=folder / "other-ca.pem", **pairs)


def _write(issued: "trustme.LeafCert", folder: Path, name: str) -> None:
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    (folder / f"{name}-cert.pem").write_bytes(chain)
    issued.private_key_pem.write_to_path(str(folder / f"{name}-key.pem"))


def _pkcs8(key: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization

    loaded = serialization.load_pem_private_key(key, password=None)
    return loaded.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
