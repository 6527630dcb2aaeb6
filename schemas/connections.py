"""How to reach what is outside: an MQTT broker, a Kafka cluster, a schema registry. All ready to use, nothing to guess.

Who has them does not need to hide anything: names and passwords are secrets, which show as `***`.
"""

from base64 import b64encode
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from schemas.secrets import Secret


@dataclass(frozen=True, slots=True)
class Tls:
    """An encrypted connection; without files, the authorities of the system are trusted."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    """The client's own certificate; together with its key."""
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """An MQTT broker."""

    host: str
    port: int
    keep_alive_s: int
    topic: str
    """The first part of every topic."""
    username: Secret | None = None
    password: Secret | None = None
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """A Kafka cluster."""

    servers: str
    """`host:port`, separated by commas."""
    topic: str
    security_protocol: str
    """`PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`."""
    sasl_mechanism: str | None = None
    """`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`."""
    username: Secret | None = None
    password: Secret | None = None
    tls: Tls | None = None

    def librdkafka(self) -> dict[str, str]:
        """The same as properties of librdkafka. Reveals the secrets: hand it to the client, show it to nobody."""
        tls = self.tls or Tls()
        given = {
            "bootstrap.servers": self.servers,
            "security.protocol": self.security_protocol,
            "sasl.mechanism": self.sasl_mechanism,
            "sasl.username": self.username and self.username.reveal(),
            "sasl.password": self.password and self.password.reveal(),
            "ssl.ca.location": tls.ca_file and str(tls.ca_file),
            "ssl.certificate.location": tls.cert_file and str(tls.cert_file),
            "ssl.key.location": tls.key_file and str(tls.key_file),
        }
        return {name: str(value) for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """A schema registry with Confluent's API."""

    url: str
    """Without a user, without a slash at the end."""
    username: Secret | None = None
    password: Secret | None = None
    tls: Tls | None = None

    def authorization(self) -> str | None:
        """The value of the header of that name. Reveals the secrets."""
        if self.username is None or self.password is None:
            return None
        return f"Basic {basic(self.username.reveal(), self.password.reveal())}"


def basic(username: str, password: str) -> str:
    """A user and a password as basic authentication sends them."""
    return b64encode(f"{username}:{password}".encode()).decode()


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name; nothing is looked up."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
