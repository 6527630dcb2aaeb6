"""Settings by environment: where brokers and registries are, and how to be let in.

Every name may be given by the process or in an `.env` file, the process wins; `NAME_FILE` names a file that holds the
value, as containers mount secrets. An empty value is none. Everything that is missing or contradictory is told at once.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from schemas.connections import KafkaSettings, MqttSettings, RegistrySettings, basic
from schemas.derivation import DEFAULT_TOPIC, in_the_clear, kafka, monitor, mqtt, registry, spread_out
from schemas.env_file import read_env_file, read_text
from schemas.problems import InvalidInput, Problem, suggest
from schemas.secrets import HIDDEN, Secret
from schemas.server_settings import ServerSettings, server
from schemas.setting_values import Findings, Values
from schemas.target import Target

SECRETS: Final = frozenset(
    {
        *("HIVE_USERNAME", "HIVE_PASSWORD"),
        *("KAFKA_CLUSTER_KEY", "KAFKA_CLUSTER_SECRET"),
        *("SCHEMA_USERNAME", "SCHEMA_PASSWORD"),
        "DATA_SIMULATOR_ADMIN_KEY",
        *("DATA_SIMULATOR_MONITOR_USERNAME", "DATA_SIMULATOR_MONITOR_PASSWORD"),
        "DATA_SIMULATOR_KEY",
    }
)
"""What nobody is shown and no scenario may say."""

_NAMED_USERS: Final = frozenset({"HIVE_USERNAME", "SCHEMA_USERNAME", "DATA_SIMULATOR_MONITOR_USERNAME"})
"""Secrets that may be everyday words, which logs can do without hunting for."""

OWN: Final = "DATA_SIMULATOR_"

NAMES: Final = frozenset(
    {
        *SECRETS,
        *("MQTT_HOST", "MQTT_PORT", "MQTT_KEEP_ALIVE_INTERVAL", "MQTT_TOPIC"),
        *("KAFKA_BROKER_SETTINGS", "KAFKA_SCHEMA_ENDPOINT", "TOPIC_NAME"),
        "DATA_SIMULATOR_MQTT_TLS",
        "DATA_SIMULATOR_KAFKA_SECURITY_PROTOCOL",
        "DATA_SIMULATOR_KAFKA_SASL_MECHANISM",
        *(f"{OWN}{where}_{what}_FILE" for where in ("MQTT", "KAFKA", "REGISTRY") for what in ("CA", "CERT", "KEY")),
        "DATA_SIMULATOR_STATE_DIR",
        *(f"{OWN}{what}" for what in ("HOST", "PORT", "SCENARIO", "STREAMS", "DOWNTIME", "MAKE_KEY")),
        *(f"{OWN}{what}" for what in ("TARGETS", "FILES", "EGRESS_RATE")),
        "DATA_SIMULATOR_MONITOR_URL",
        "DATA_SIMULATOR_SERVER",
    }
)
"""Every setting there is."""

COMMAND_LINE: Final = frozenset({"DATA_SIMULATOR_KERNELS", "DATA_SIMULATOR_LOG", "DATA_SIMULATOR_LOG_LEVEL"})
"""Names that the options of the command line have for themselves; here they are only known not to be mistakes."""

_SOURCE: Final = "settings"


def child_environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process for a child of it, with other settings."""
    return {**os.environ, **changes}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run. `Settings()` has none: everything outside is embedded then."""

    values: Values = field(default_factory=lambda: MappingProxyType({}))
    """By name; what is secret is a `Secret`."""

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> Self:
        """Read them, as a rule from this process. Raises `InvalidInput` with every problem found."""
        findings = Findings()
        low = read_env_file(env_file, findings) if env_file is not None else {}
        high = os.environ if environ is None else environ
        found = {**_level(low, findings), **_level(high, findings)}
        return cls._checked(found, findings)

    def overridden(self, changes: Mapping[str, str | int | bool | None]) -> Self:
        """The same with what a scenario says instead; `None` leaves a setting alone. Raises `InvalidInput`."""
        findings = Findings()
        found = {name: _text(value) for name, value in self.values.items()}
        for name, change in changes.items():
            if change is None:
                continue
            if name in SECRETS or name not in NAMES:
                findings.append(Problem(name, "a value in a scenario", "secrets by environment only"))
            else:
                found[name] = str(change).lower() if isinstance(change, bool) else str(change)
        return self._checked(found, findings)

    @classmethod
    def _checked(cls, found: Mapping[str, str], findings: Findings) -> Self:
        given = {name: value for name, value in spread_out(found, findings).items() if _is_line(name, value, findings)}
        values = {name: Secret(value) if name in SECRETS else value for name, value in given.items()}
        settings = cls(MappingProxyType(values))
        for derive in (mqtt, kafka, registry, server, monitor):
            derive(settings.values, findings)
        if findings:
            raise InvalidInput(_SOURCE, findings)
        return settings

    def get(self, name: str) -> str | None:
        """One setting that is not secret; `None` when it is not given. `KeyError` for a name that there is not."""
        if name not in NAMES or name in SECRETS:
            raise KeyError(name)
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def mqtt(self) -> MqttSettings | None:
        """The MQTT broker; `None` when no host is given."""
        return mqtt(self.values, Findings())

    def kafka(self) -> KafkaSettings | None:
        """The Kafka cluster; `None` when no servers are given."""
        return kafka(self.values, Findings())

    def registry(self) -> RegistrySettings | None:
        """The schema registry; `None` when no endpoint is given."""
        return registry(self.values, Findings())

    def server(self) -> ServerSettings:
        """How the server is to be run."""
        return server(self.values, Findings())

    def client_key(self) -> Secret | None:
        """The API key of the command line as a client."""
        key = self.values.get("DATA_SIMULATOR_KEY")
        return key if isinstance(key, Secret) else None

    def monitor_target(self) -> Target | None:
        """The hardware monitor; `None` when no URL is given."""
        return monitor(self.values, Findings())

    def monitor_login(self) -> tuple[str, str] | None:
        """User and password of the hardware monitor, where there are both."""
        names = ("DATA_SIMULATOR_MONITOR_USERNAME", "DATA_SIMULATOR_MONITOR_PASSWORD")
        user, password = (_text(self.values.get(name, "")) for name in names)
        return (user, password) if user and password else None

    @property
    def mqtt_topic(self) -> str:
        """The first part of MQTT topics, wherever the broker is."""
        return self.get("MQTT_TOPIC") or DEFAULT_TOPIC

    @property
    def kafka_topic(self) -> str:
        """The Kafka topic, wherever the cluster is."""
        return self.get("TOPIC_NAME") or DEFAULT_TOPIC

    def secrets(self) -> tuple[str, ...]:
        """Every text that logs must not show, the longest first: passwords, keys, and both as they are sent."""
        found = set()
        for name in SECRETS - _NAMED_USERS:
            found.add(_text(self.values.get(name, "")))
        for user, password in (
            ("HIVE_USERNAME", "HIVE_PASSWORD"),
            ("SCHEMA_USERNAME", "SCHEMA_PASSWORD"),
            ("DATA_SIMULATOR_MONITOR_USERNAME", "DATA_SIMULATOR_MONITOR_PASSWORD"),
        ):
            if user in self.values and password in self.values:
                found.add(basic(_text(self.values[user]), _text(self.values[password])))
        return tuple(sorted(found - {""}, key=lambda text: (-len(text), text)))

    def warnings(self) -> tuple[str, ...]:
        """What works and should not stay: passwords that go over a network in the clear."""
        clear = "sends its password in the clear; use TLS"
        return tuple(f"{name} {clear}" for name in in_the_clear(self.mqtt(), self.kafka(), self.registry()))

    def shown(self) -> dict[str, str]:
        """What is set, for people; secrets as `***`."""
        return {name: HIDDEN if isinstance(value, Secret) else value for name, value in sorted(self.values.items())}


def command_line(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the environment says in place of options of the command line, for who starts without one."""
    found = os.environ if environ is None else environ
    return {name: found[name] for name in sorted(COMMAND_LINE) if found.get(name)}


def _level(environ: Mapping[str, str], findings: Findings) -> dict[str, str]:
    """The settings of one source: the process, or an `.env` file."""
    found: dict[str, str] = {}
    known = NAMES | COMMAND_LINE
    for name in sorted(environ):
        if environ[name] and name.startswith(OWN) and name not in known and name.removesuffix("_FILE") not in NAMES:
            findings.append(Problem(name, "a name that there is not", "settings of this product", suggest(name, NAMES)))
    for name in sorted(NAMES):
        value, file = environ.get(name), environ.get(f"{name}_FILE")
        if value and file:
            findings.append(Problem(name, f"a value, and a file in {name}_FILE", "one of the two"))
        elif value:
            found[name] = value
        elif file:
            text = read_text(Path(file), f"{name}_FILE", findings)
            found |= {name: text.rstrip("\r\n")} if text and text.strip() else {}
    return found


def _is_line(name: str, value: str, findings: Findings) -> bool:
    if value.isprintable():
        return True
    findings.append(Problem(name, "control characters", "one line of text"))
    return False


def _text(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value
