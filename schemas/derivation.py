"""What follows from the settings: ports, encryption, mechanisms. Whatever is contradictory becomes a problem.

A problem shows what was found only where that cannot be a secret.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from schemas.connections import KafkaSettings, MqttSettings, RegistrySettings, Tls, is_loopback
from schemas.setting_values import Findings, Values, choice, flag, is_host, needs, number, pair, plain, tls_files
from schemas.target import ALLOWED, Target, read_target

DEFAULT_TOPIC: Final = "data-simulator"
DEFAULT_KEEP_ALIVE_S: Final = 60

_KAFKA_TOPIC: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,249}", re.ASCII)
_PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_PROTOCOL: Final = "DATA_SIMULATOR_KAFKA_SECURITY_PROTOCOL"
_MECHANISM: Final = "DATA_SIMULATOR_KAFKA_SASL_MECHANISM"
_SERVERS: Final = "KAFKA_BROKER_SETTINGS"
_PROPERTIES: Final[Mapping[str, str]] = {
    "bootstrap.servers": _SERVERS,
    "security.protocol": _PROTOCOL,
    "sasl.mechanism": _MECHANISM,
    "sasl.mechanisms": _MECHANISM,
    "sasl.username": "KAFKA_CLUSTER_KEY",
    "sasl.password": "KAFKA_CLUSTER_SECRET",
    "ssl.ca.location": "DATA_SIMULATOR_KAFKA_CA_FILE",
    "ssl.certificate.location": "DATA_SIMULATOR_KAFKA_CERT_FILE",
    "ssl.key.location": "DATA_SIMULATOR_KAFKA_KEY_FILE",
}


def spread_out(found: Mapping[str, str], findings: Findings) -> dict[str, str]:
    """The settings with `KAFKA_BROKER_SETTINGS` taken apart, which may be a list of Kafka's own properties."""
    given = dict(found)
    whole = given.get(_SERVERS, "")
    if "=" not in whole:
        return given
    del given[_SERVERS]
    for place, entry in enumerate((part for part in re.split(r"[;\n]", whole) if part.strip()), start=1):
        key, equals, value = (part.strip() for part in entry.partition("="))
        name = _PROPERTIES.get(key)
        if not equals or name is None:
            # what is not understood may be a password
            findings.add(_SERVERS, f"entry {place}, which is no known property", ", ".join(_PROPERTIES))
        elif given.get(name, value) != value:
            findings.add(_SERVERS, f"{key}, and another value in {name}", "one of the two")
        elif value:
            given[name] = value
    if _SERVERS not in given:
        findings.add(_SERVERS, "no bootstrap.servers", "host:port, or bootstrap.servers=host:port;...")
    return given


def mqtt(values: Values, findings: Findings) -> MqttSettings | None:
    """The MQTT broker, when a host is given."""
    known = len(findings)
    topic = _mqtt_topic(plain(values, "MQTT_TOPIC") or DEFAULT_TOPIC, findings)
    keep_alive = number(values, "MQTT_KEEP_ALIVE_INTERVAL", (0, 65_535), findings)
    port = number(values, "MQTT_PORT", (1, 65_535), findings)
    username, password = pair(values, "HIVE_USERNAME", "HIVE_PASSWORD", findings)
    tls = tls_files(values, "MQTT", findings)
    host = plain(values, "MQTT_HOST")
    if not host:
        needs(values, ("MQTT_PORT", "HIVE_USERNAME", "HIVE_PASSWORD"), "MQTT_HOST", findings)
        return None
    if not is_host(host):
        findings.add("MQTT_HOST", repr(host[:80]), "a host's name or address", "Without mqtts:// and without a port.")
    wanted = flag(values, "DATA_SIMULATOR_MQTT_TLS", findings)
    if wanted is False and tls is not None:
        findings.add("DATA_SIMULATOR_MQTT_TLS", "false, with certificates given", "true, or no certificates")
    let_in = password is not None and not is_loopback(host)
    secure = wanted if wanted is not None else port == 8883 or let_in or tls is not None
    if len(findings) > known:
        return None
    return MqttSettings(
        host=host.strip("[]"),
        port=port or (8883 if secure else 1883),
        keep_alive_s=DEFAULT_KEEP_ALIVE_S if keep_alive is None else keep_alive,
        topic=topic,
        username=username,
        password=password,
        tls=(tls or Tls()) if secure else None,
    )


def kafka(values: Values, findings: Findings) -> KafkaSettings | None:
    """The Kafka cluster, when servers are given."""
    known = len(findings)
    topic = plain(values, "TOPIC_NAME") or DEFAULT_TOPIC
    if not _KAFKA_TOPIC.fullmatch(topic):
        findings.add("TOPIC_NAME", repr(topic[:80]), "at most 249 letters, digits, '.', '_' and '-'")
    username, password = pair(values, "KAFKA_CLUSTER_KEY", "KAFKA_CLUSTER_SECRET", findings)
    tls = tls_files(values, "KAFKA", findings)
    if not plain(values, _SERVERS):
        needs(values, ("KAFKA_CLUSTER_KEY", "KAFKA_CLUSTER_SECRET", _PROTOCOL, _MECHANISM), _SERVERS, findings)
        return None
    prefix, servers = _servers(plain(values, _SERVERS), findings)
    protocol = _protocol(values, prefix, username is not None, tls is not None, findings)
    mechanism = _mechanism(values, protocol, findings)
    if tls is not None and not protocol.endswith("SSL"):
        findings.add(_PROTOCOL, f"{protocol}, with certificates given", "SSL or SASL_SSL, or no certificates")
    if len(findings) > known:
        return None
    secure = (tls or Tls()) if protocol.endswith("SSL") else None
    return KafkaSettings(servers, topic, protocol, mechanism, username, password, secure)


def registry(values: Values, findings: Findings) -> RegistrySettings | None:
    """The schema registry, when an endpoint is given."""
    known = len(findings)
    username, password = pair(values, "SCHEMA_USERNAME", "SCHEMA_PASSWORD", findings)
    tls = tls_files(values, "REGISTRY", findings)
    url = plain(values, "KAFKA_SCHEMA_ENDPOINT").rstrip("/")
    if not url:
        needs(values, ("SCHEMA_USERNAME", "SCHEMA_PASSWORD"), "KAFKA_SCHEMA_ENDPOINT", findings)
        return None
    _check_url(url, findings)
    if tls is not None and not url.lower().startswith("https:"):
        findings.add("KAFKA_SCHEMA_ENDPOINT", "http, with certificates given", "https, or no certificates")
    if len(findings) > known:
        return None
    secure = (tls or Tls()) if url.lower().startswith("https:") else None
    return RegistrySettings(url, username, password, secure)


def in_the_clear(
    mqtt: MqttSettings | None, kafka: KafkaSettings | None, registry: RegistrySettings | None
) -> tuple[str, ...]:
    """Who sends a password over a network that everybody may listen to."""
    found = []
    if mqtt is not None and mqtt.password is not None and mqtt.tls is None and not is_loopback(mqtt.host):
        found.append("MQTT")
    hosts = [entry.rpartition(":")[0] for entry in kafka.servers.split(",")] if kafka is not None else []
    if kafka is not None and kafka.security_protocol == "SASL_PLAINTEXT" and not all(map(is_loopback, hosts)):
        found.append("Kafka")
    if registry is not None and registry.password is not None and registry.tls is None:
        found += ["the schema registry"] if not is_loopback(urlsplit(registry.url).hostname or "") else []
    return tuple(found)


def _mqtt_topic(topic: str, findings: Findings) -> str:
    if len(topic.encode(errors="replace")) > 1024 or set(topic) & set("+#{}") or topic.startswith("$"):
        allowed = "at most 1024 bytes without + # { }, not beginning with $"
        findings.add("MQTT_TOPIC", repr(topic[:80]), allowed)
    return topic.rstrip("/")


def _servers(text: str, findings: Findings) -> tuple[str, str]:
    """The protocol in front of servers, where one is, and the servers by themselves."""
    protocols, servers = set(), []
    for entry in (part.strip() for part in text.split(",") if part.strip()):
        protocol, _, server = entry.rpartition("://")
        host, colon, port = server.rpartition(":") if not server.endswith("]") else (server, "", "")
        host, port = (host, port) if colon else (server, "9092")
        protocols.add(protocol.upper())
        good = port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65_536
        if not is_host(host) or not good or protocol.upper() not in ("", *_PROTOCOLS):
            findings.add(_SERVERS, "an entry that is no server", "host:port, separated by commas")
        servers.append(f"{host}:{port}")
    if len(protocols) > 1:
        findings.add(_SERVERS, "servers with different protocols", "one protocol for all")
    return (protocols.pop() if len(protocols) == 1 else ""), ",".join(servers)


def _protocol(values: Values, prefix: str, let_in: bool, files: bool, findings: Findings) -> str:
    """The security protocol: what is set, or what follows."""
    chosen = choice(values, _PROTOCOL, _PROTOCOLS, findings)
    if chosen and prefix and chosen != prefix:
        findings.add(_PROTOCOL, f"{chosen}, and {prefix} in {_SERVERS}", "one of the two")
    protocol = chosen or prefix or ("SASL_SSL" if let_in else "SSL" if files else "PLAINTEXT")
    if let_in and not protocol.startswith("SASL"):
        findings.add(_PROTOCOL, f"{protocol}, with KAFKA_CLUSTER_KEY given", "SASL_SSL or SASL_PLAINTEXT, or no key")
    if not let_in and protocol.startswith("SASL"):
        findings.add("KAFKA_CLUSTER_KEY", "nothing", f"a key and its secret, as the protocol is {protocol}")
    return protocol


def _mechanism(values: Values, protocol: str, findings: Findings) -> str | None:
    chosen = choice(values, _MECHANISM, _MECHANISMS, findings)
    if protocol.startswith("SASL"):
        return chosen or "PLAIN"
    if chosen:
        findings.add(_MECHANISM, f"{chosen}, with the protocol {protocol}", "a protocol with SASL, or no mechanism")
    return None


def _check_url(url: str, findings: Findings) -> None:
    name, allowed = "KAFKA_SCHEMA_ENDPOINT", "http:// or https:// with a host, and no user, query or fragment"
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        good = False
    # The address may hold a password, so it is not shown.
    if not good or "?" in url or "#" in url:
        findings.add(name, "an address that cannot be used", allowed)
    elif "@" in url:
        findings.add(name, "an address with a user in it", allowed, "Use SCHEMA_USERNAME and SCHEMA_PASSWORD.")


def monitor(values: Values, findings: Findings) -> Target | None:
    """The hardware monitor of this machine or another, when a URL is given."""
    name, names = "DATA_SIMULATOR_MONITOR_URL", ("DATA_SIMULATOR_MONITOR_USERNAME", "DATA_SIMULATOR_MONITOR_PASSWORD")
    pair(values, *names, findings)
    url = plain(values, name)
    if not url:
        return None
    try:
        return read_target(url)
    except ValueError:
        # it may hold a password
        findings.add(name, "a text that is no such URL", ALLOWED)
        return None
