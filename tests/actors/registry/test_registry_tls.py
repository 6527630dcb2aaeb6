"""The registry over TLS: the server is who its certificate says, and the client too where that is asked for."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from actors.embedded.registry.server import EmbeddedRegistry
from actors.registry import RegistryDoor, SchemaIds, TroubleError
from schemas.connections import RegistrySettings, Tls

SCHEMA = '{"type": "record", "name": "R", "fields": []}'


class Authority:
    """A certificate authority of the test's own, with its files."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.file = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(str(self.file))
        client = self.ca.issue_cert("client.example")
        self.client_file, self.key_file = folder / "client.pem", folder / "client.key"
        client.cert_chain_pems[0].write_to_path(str(self.client_file))
        client.private_key_pem.write_to_path(str(self.key_file))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


def guarded(authority: Authority, name: str, *, ask_client: bool = False) -> EmbeddedRegistry:
    """A registry behind TLS that calls itself `name`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.ca.issue_cert(name).configure_cert(context)
    if ask_client:
        authority.ca.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    registry = EmbeddedRegistry()
    server = registry._server
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    registry.url = registry.url.replace("http:", "https:")
    return registry


@pytest.fixture
def registry(authority: Authority) -> Iterator[EmbeddedRegistry]:
    with ExitStack() as stack:
        started = guarded(authority, "127.0.0.1")
        stack.callback(started.close)
        yield started


def test_a_known_authority_is_trusted(registry: EmbeddedRegistry, authority: Authority) -> None:
    door = RegistryDoor(RegistrySettings(registry.url, tls=Tls(ca_file=authority.file)))
    assert door.register("t-value", SCHEMA) == 1
    assert door.schema(1) == (SCHEMA, "AVRO")
    door.close()


@pytest.mark.parametrize("tls", [None, Tls()])
def test_an_unknown_authority_is_not(registry: EmbeddedRegistry, tls: Tls | None) -> None:
    door = RegistryDoor(RegistrySettings(registry.url, tls=tls))
    with pytest.raises(TroubleError, match=r"https://127\.0\.0\.1:\d+: TLS: .*unable to get local issuer"):
        door.register("t-value", SCHEMA)
    door.close()


def test_another_name_on_the_certificate_is_not(authority: Authority) -> None:
    other = guarded(authority, "registry.example")
    door = RegistryDoor(RegistrySettings(other.url, tls=Tls(ca_file=authority.file)))
    with pytest.raises(TroubleError, match=r"TLS: .*mismatch"):
        door.register("t-value", SCHEMA)
    door.close()
    other.close()


def test_a_client_shows_its_certificate(authority: Authority) -> None:
    picky = guarded(authority, "127.0.0.1", ask_client=True)
    bare = RegistryDoor(RegistrySettings(picky.url, tls=Tls(ca_file=authority.file)))
    with pytest.raises(TroubleError):
        bare.register("t-value", SCHEMA)
    shown = RegistryDoor(
        RegistrySettings(picky.url, tls=Tls(authority.file, authority.client_file, authority.key_file))
    )
    assert shown.register("t-value", SCHEMA) == 1
    for one in (bare, shown):
        one.close()
    picky.close()


def test_a_file_that_is_not_there_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SchemaIds(RegistrySettings("https://127.0.0.1:9", tls=Tls(ca_file=tmp_path / "none.pem")))
    assert not [one for one in threading.enumerate() if one.name == "schema-ids"]
