"""Settings: what follows from them, everything wrong told at once, and secrets that never show."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from schemas.connections import Tls
from schemas.problems import InvalidInput, Problem
from schemas.settings import NAMES, SECRETS, Settings

HIVE = {"MQTT_HOST": "x.s1.eu.hivemq.cloud", "HIVE_USERNAME": "board", "HIVE_PASSWORD": "pw-mqtt"}
CONFLUENT = {
    "KAFKA_BROKER_SETTINGS": "pkc-1.eu.confluent.cloud:9092",
    "KAFKA_CLUSTER_KEY": "KEY1",
    "KAFKA_CLUSTER_SECRET": "pw-kafka",
}
REGISTRY = {"KAFKA_SCHEMA_ENDPOINT": "https://psrc.confluent.cloud", "SCHEMA_USERNAME": "U", "SCHEMA_PASSWORD": "pw-sr"}


def problems(environ: dict[str, str], env_file: Path | None = None) -> dict[str, Problem]:
    with pytest.raises(InvalidInput) as caught:
        Settings.load(environ, env_file)
    return {problem.path: problem for problem in caught.value.problems}


def mqtt(**change: str) -> Any:
    return Settings.load({**HIVE, **change}).mqtt()


def kafka(**change: str) -> Any:
    return Settings.load({**CONFLUENT, **change}).kafka()


def test_nothing_is_configured_by_default() -> None:
    for settings in (Settings(), Settings.load({}), Settings.load({"PATH": "/bin", "MQTT_HOST": ""})):
        assert (settings.mqtt(), settings.kafka(), settings.registry()) == (None, None, None)
        assert settings.mqtt_topic == settings.kafka_topic == "data-simulator"


def test_a_topic_by_itself_is_for_the_embedded_brokers() -> None:
    settings = Settings.load({"MQTT_TOPIC": "plant/", "TOPIC_NAME": "readings"})
    assert (settings.mqtt(), settings.kafka()) == (None, None)
    assert (settings.get("MQTT_TOPIC"), settings.kafka_topic) == ("plant/", "readings")


def test_a_cloud_broker_is_reached_by_tls() -> None:
    found = mqtt(MQTT_KEEP_ALIVE_INTERVAL="30", MQTT_TOPIC="plant")
    assert (found.host, found.port, found.keep_alive_s, found.topic) == (HIVE["MQTT_HOST"], 8883, 30, "plant")
    assert (found.username.reveal(), found.password.reveal(), found.tls) == ("board", "pw-mqtt", Tls())


@pytest.mark.parametrize(
    ("change", "port", "secure"),
    [
        ({"MQTT_HOST": "localhost"}, 1883, False),
        ({"MQTT_HOST": "127.0.0.1"}, 1883, False),
        ({"MQTT_HOST": "::1"}, 1883, False),
        ({"MQTT_HOST": "localhost", "MQTT_PORT": "8883"}, 8883, True),
        ({"MQTT_HOST": "broker", "HIVE_USERNAME": "", "HIVE_PASSWORD": ""}, 1883, False),
        ({"MQTT_HOST": "localhost", "DATA_SIMULATOR_MQTT_TLS": "true"}, 8883, True),
        ({"DATA_SIMULATOR_MQTT_TLS": "false"}, 1883, False),
        ({"MQTT_PORT": "2883"}, 2883, True),
    ],
)
def test_encryption_follows_from_what_is_set(change: dict[str, str], port: int, secure: bool) -> None:
    found = mqtt(**change)
    assert (found.port, found.tls is not None) == (port, secure)


def test_a_client_certificate_means_encryption(tmp_path: Path) -> None:
    for name in ("cert", "key"):
        (tmp_path / name).write_text("pem")
    files = {f"DATA_SIMULATOR_MQTT_{name.upper()}_FILE": str(tmp_path / name) for name in ("cert", "key")}
    found = Settings.load({"MQTT_HOST": "localhost", **files}).mqtt()
    assert found is not None
    assert found.tls == Tls(None, tmp_path / "cert", tmp_path / "key")


def test_a_cloud_cluster_is_reached_by_sasl() -> None:
    assert kafka(TOPIC_NAME="readings").librdkafka() == {
        "bootstrap.servers": "pkc-1.eu.confluent.cloud:9092",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "KEY1",
        "sasl.password": "pw-kafka",
    }
    assert kafka(TOPIC_NAME="readings").topic == "readings"


@pytest.mark.parametrize(
    ("environ", "protocol", "mechanism"),
    [
        ({"KAFKA_BROKER_SETTINGS": "a:1,b:2"}, "PLAINTEXT", None),
        ({"KAFKA_BROKER_SETTINGS": "SSL://a:1,SSL://b:2"}, "SSL", None),
        ({**CONFLUENT, "KAFKA_BROKER_SETTINGS": "SASL_SSL://a:1"}, "SASL_SSL", "PLAIN"),
        ({**CONFLUENT, "DATA_SIMULATOR_KAFKA_SECURITY_PROTOCOL": "sasl_plaintext"}, "SASL_PLAINTEXT", "PLAIN"),
        ({**CONFLUENT, "DATA_SIMULATOR_KAFKA_SASL_MECHANISM": "SCRAM-SHA-256"}, "SASL_SSL", "SCRAM-SHA-256"),
    ],
)
def test_the_protocol_follows_from_what_is_set(environ: dict[str, str], protocol: str, mechanism: str | None) -> None:
    found = Settings.load(environ).kafka()
    assert found is not None
    assert (found.security_protocol, found.sasl_mechanism) == (protocol, mechanism)
    assert "://" not in found.servers


def test_kafkas_own_properties_are_taken_apart() -> None:
    text = "bootstrap.servers=a:1,b:2; security.protocol=SASL_SSL;sasl.mechanisms=PLAIN;"
    text += "sasl.username=K;sasl.password=pw=1;"
    settings = Settings.load({"KAFKA_BROKER_SETTINGS": text})
    found = settings.kafka()
    assert found is not None
    apart = {"KAFKA_BROKER_SETTINGS": "a:1,b:2", "KAFKA_CLUSTER_KEY": "K", "KAFKA_CLUSTER_SECRET": "pw=1"}
    assert found.librdkafka() == kafka(**apart).librdkafka()
    assert settings.shown()["KAFKA_BROKER_SETTINGS"] == "a:1,b:2"
    assert "pw=1" in settings.secrets()


def test_a_registry_in_the_cloud() -> None:
    found = Settings.load({**REGISTRY, "KAFKA_SCHEMA_ENDPOINT": "https://psrc.confluent.cloud/"}).registry()
    assert found is not None
    assert (found.url, found.tls) == ("https://psrc.confluent.cloud", Tls())
    assert found.authorization() == "Basic VTpwdy1zcg=="
    plain = Settings.load({"KAFKA_SCHEMA_ENDPOINT": "http://127.0.0.1:8081/apis/ccompat/v7"}).registry()
    assert plain is not None
    assert (plain.authorization(), plain.tls) == (None, None)


def test_everything_wrong_is_told_at_once() -> None:
    found = problems(
        {
            "MQTT_PORT": "70000",
            "MQTT_KEEP_ALIVE_INTERVAL": "often",
            "MQTT_TOPIC": "a/#",
            "HIVE_PASSWORD": "p",
            "KAFKA_CLUSTER_KEY": "k",
            "TOPIC_NAME": "with space",
            "SCHEMA_USERNAME": "u",
            "DATA_SIMULATOR_MQTT_TSL": "true",
        }
    )
    assert set(found) == {
        *("MQTT_PORT", "MQTT_KEEP_ALIVE_INTERVAL", "MQTT_TOPIC", "HIVE_USERNAME", "MQTT_HOST"),
        *("KAFKA_CLUSTER_SECRET", "KAFKA_BROKER_SETTINGS", "TOPIC_NAME"),
        *("SCHEMA_PASSWORD", "KAFKA_SCHEMA_ENDPOINT", "DATA_SIMULATOR_MQTT_TSL"),
    }
    assert "DATA_SIMULATOR_MQTT_TLS" in found["DATA_SIMULATOR_MQTT_TSL"].hint


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"MQTT_HOST": "mqtts://broker"}, "MQTT_HOST"),
        ({"MQTT_HOST": "broker:1883"}, "MQTT_HOST"),
        ({"MQTT_HOST": "a b"}, "MQTT_HOST"),
        ({"MQTT_HOST": "a\nb"}, "MQTT_HOST"),
        ({"MQTT_HOST": "a", "DATA_SIMULATOR_MQTT_TLS": "maybe"}, "DATA_SIMULATOR_MQTT_TLS"),
        ({"MQTT_HOST": "a", "DATA_SIMULATOR_MQTT_CA_FILE": "/no/such"}, "DATA_SIMULATOR_MQTT_CA_FILE"),
        ({"MQTT_HOST": "a", "MQTT_HOST_FILE": "/b"}, "MQTT_HOST"),
        ({"KAFKA_BROKER_SETTINGS": "a:99999"}, "KAFKA_BROKER_SETTINGS"),
        ({"KAFKA_BROKER_SETTINGS": "SSL://a:1,b:2"}, "KAFKA_BROKER_SETTINGS"),
        ({"KAFKA_BROKER_SETTINGS": "security.protocol=SSL"}, "KAFKA_BROKER_SETTINGS"),
        ({"KAFKA_BROKER_SETTINGS": "bootstrap.servers=a:1;acks=0"}, "KAFKA_BROKER_SETTINGS"),
        ({**CONFLUENT, "DATA_SIMULATOR_KAFKA_SECURITY_PROTOCOL": "SSL"}, "DATA_SIMULATOR_KAFKA_SECURITY_PROTOCOL"),
        ({**CONFLUENT, "DATA_SIMULATOR_KAFKA_SASL_MECHANISM": "MAGIC"}, "DATA_SIMULATOR_KAFKA_SASL_MECHANISM"),
        ({"KAFKA_BROKER_SETTINGS": "SASL_SSL://a:1"}, "KAFKA_CLUSTER_KEY"),
        ({"KAFKA_SCHEMA_ENDPOINT": "registry:8081"}, "KAFKA_SCHEMA_ENDPOINT"),
        ({"KAFKA_SCHEMA_ENDPOINT": "file:///etc/passwd"}, "KAFKA_SCHEMA_ENDPOINT"),
        ({"KAFKA_SCHEMA_ENDPOINT": "http://user:pw-planted@host"}, "KAFKA_SCHEMA_ENDPOINT"),
        ({"KAFKA_SCHEMA_ENDPOINT": "http://host?token=pw-planted"}, "KAFKA_SCHEMA_ENDPOINT"),
        ({"KAFKA_BROKER_SETTINGS": "bootstrap.servers=a:1;pw-planted"}, "KAFKA_BROKER_SETTINGS"),
    ],
)
def test_a_contradiction_is_named(environ: dict[str, str], path: str) -> None:
    found = problems(environ)
    assert set(found) == {path}
    assert "planted" not in str(found[path])


def test_certificates_need_encryption(tmp_path: Path) -> None:
    (tmp_path / "ca").write_text("pem")
    ca = {f"DATA_SIMULATOR_{where}_CA_FILE": str(tmp_path / "ca") for where in ("MQTT", "KAFKA", "REGISTRY")}
    clear = {
        **ca,
        "MQTT_HOST": "a",
        "DATA_SIMULATOR_MQTT_TLS": "no",
        "KAFKA_BROKER_SETTINGS": "PLAINTEXT://a:1",
        "KAFKA_SCHEMA_ENDPOINT": "http://a",
    }
    assert set(problems(clear)) == {
        *("DATA_SIMULATOR_MQTT_TLS", "DATA_SIMULATOR_KAFKA_SECURITY_PROTOCOL", "KAFKA_SCHEMA_ENDPOINT"),
    }


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_setting_may_be_a_mounted_file(name: str, tmp_path: Path) -> None:
    good = {
        **HIVE,
        **CONFLUENT,
        **REGISTRY,
    }
    good |= {"MQTT_PORT": "8883", "MQTT_KEEP_ALIVE_INTERVAL": "9", "MQTT_TOPIC": "t", "TOPIC_NAME": "t"}
    pem = tmp_path / "pem"
    pem.write_text("pem")
    good |= {other: str(pem) for other in NAMES if other.endswith("_FILE")}
    good |= {"DATA_SIMULATOR_MQTT_TLS": "true", "DATA_SIMULATOR_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}
    good |= {"DATA_SIMULATOR_KAFKA_SASL_MECHANISM": "PLAIN", "DATA_SIMULATOR_STATE_DIR": "/s"}
    good |= {"DATA_SIMULATOR_HOST": "127.0.0.2", "DATA_SIMULATOR_PORT": "81", "DATA_SIMULATOR_SCENARIO": "minimal"}
    good |= {"DATA_SIMULATOR_STREAMS": "7", "DATA_SIMULATOR_DOWNTIME": "skip", "DATA_SIMULATOR_ADMIN_KEY": "k" * 32}
    good |= {"DATA_SIMULATOR_MAKE_KEY": "true", "DATA_SIMULATOR_TARGETS": "broker, broker:9092"}
    good |= {"DATA_SIMULATOR_EGRESS_RATE": "500"}
    good |= {"DATA_SIMULATOR_FILES": "/srv/out, /srv/certs"}
    good |= {f"DATA_SIMULATOR_MONITOR_{what}": what for what in ("USERNAME", "PASSWORD")}
    good |= {"DATA_SIMULATOR_MONITOR_URL": "http://10.0.0.7:8085"}
    good |= {"DATA_SIMULATOR_SERVER": "http://10.0.0.7:8080", "DATA_SIMULATOR_KEY": "dsk_key"}
    assert set(good) == NAMES
    value = good.pop(name)
    mounted = tmp_path / "mounted"
    mounted.write_text(f"{value}\n")
    assert Settings.load({**good, f"{name}_FILE": str(mounted)}) == Settings.load({**good, name: value})


def test_an_unreadable_file_is_named_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfepw-planted")
    (tmp_path / "large").write_text("pw-planted" * 10_000)
    for file, found in (("missing", "No such file"), ("binary", "no text"), ("large", "65536"), ("", "directory")):
        problem = problems({**HIVE, "HIVE_PASSWORD": "", "HIVE_PASSWORD_FILE": str(tmp_path / file)})
        assert found in problem["HIVE_PASSWORD_FILE"].found
        assert "planted" not in str(problem)


def test_an_env_file_is_read_and_the_process_wins(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# brokers\n\nexport MQTT_HOST = broker  # ours\nMQTT_TOPIC='plant  1' # x\nUNKNOWN=1\r\n"
        'HIVE_USERNAME=u\nHIVE_PASSWORD="a\\"b#c\\\\d"  # quoted\nMQTT_PORT=1\nTOPIC_NAME=\n'
    )
    settings = Settings.load({"MQTT_PORT": "2", "MQTT_TOPIC": ""}, file)
    found = settings.mqtt()
    assert found is not None
    assert (found.host, found.port, found.topic) == ("broker", 2, "plant  1")
    assert found.password is not None
    assert found.password.reveal() == 'a"b#c\\d'


def test_a_file_of_the_process_wins_over_a_value_of_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MQTT_HOST=low\n")
    (tmp_path / "host").write_text("high\n")
    assert Settings.load({"MQTT_HOST_FILE": str(tmp_path / "host")}, tmp_path / ".env").get("MQTT_HOST") == "high"


def test_a_bad_line_of_an_env_file_is_told_without_its_content(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("MQTT_HOST=a\nHIVE_PASSWORD='pw-planted\n")
    (problem,) = problems({}, file).values()
    assert (problem.line, "planted" in str(problem)) == (2, False)
    (missing,) = problems({}, tmp_path / "missing").values()
    assert (missing.path, missing.found) == (str(tmp_path / "missing"), "No such file or directory")


def test_a_scenario_may_say_all_but_secrets() -> None:
    settings = Settings.load(HIVE)
    changed = settings.overridden({"MQTT_HOST": "localhost", "MQTT_PORT": None, "DATA_SIMULATOR_MQTT_TLS": True})
    found = changed.mqtt()
    assert found is not None
    assert (found.host, found.port, found.tls) == ("localhost", 8883, Tls())
    assert found.password is not None
    for name in SECRETS:
        with pytest.raises(InvalidInput) as caught:
            settings.overridden({name: "pw-planted"})
        assert "planted" not in str(caught.value)
    with pytest.raises(InvalidInput):
        settings.overridden({"MQTT_PORT": 0})


def test_a_password_in_the_clear_is_warned_of() -> None:
    clear = {
        **HIVE,
        **CONFLUENT,
        **REGISTRY,
        "DATA_SIMULATOR_MQTT_TLS": "false",
        "DATA_SIMULATOR_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "KAFKA_SCHEMA_ENDPOINT": "http://registry",
    }
    assert len(Settings.load(clear).warnings()) == 3
    at_home = {
        "MQTT_HOST": "localhost",
        "KAFKA_BROKER_SETTINGS": "[::1]:1",
        "KAFKA_SCHEMA_ENDPOINT": "http://127.0.0.1",
    }
    assert Settings.load({**clear, **at_home}).warnings() == ()
    assert Settings.load({**HIVE, **CONFLUENT, **REGISTRY}).warnings() == ()


def test_planted_secrets_show_nowhere() -> None:
    planted = {name: f"planted-{name.lower()}" for name in SECRETS}
    settings = Settings.load({**HIVE, **CONFLUENT, **REGISTRY, **planted})
    parts = (settings, settings.mqtt(), settings.kafka(), settings.registry())
    shown = [f"{part} {part!r}" for part in parts]
    shown += [repr(asdict(part)) for part in parts[1:] if part is not None]
    shown += [str(settings.shown()), str(settings.warnings()), str(settings.values)]
    with pytest.raises(InvalidInput) as caught:
        Settings.load({**planted, "KAFKA_BROKER_SETTINGS": "bootstrap.servers=a:1;sasl.password=planted-other"})
    shown += [str(caught.value), repr(caught.value), repr(caught.value.problems)]
    assert not [text for text in shown if "planted" in text]
