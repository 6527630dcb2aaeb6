"""What is deployed fits together: Dockerfile, compose.yaml, manifests of Kubernetes, the example of an `.env`."""

import re
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from actors.vocabulary import Words
from api.resources import all_routes
from schemas.scenario import load_scenario
from schemas.server_settings import server
from schemas.setting_values import Findings
from schemas.settings import COMMAND_LINE, NAMES, Settings
from tests.container.containers import ROOT

DEPLOY = ROOT / "deploy"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
KUBERNETES = DEPLOY / "kubernetes"
KEY = "0123456789abcdef0123456789abcdef"


def properties(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def manifest(name: str) -> Any:
    return yaml.safe_load((KUBERNETES / name).read_text(encoding="utf-8"))


def as_settings(variables: dict[str, str], tmp_path: Path) -> Settings:
    """The settings that these variables make, with each mounted secret as a file of the test's."""
    secret = tmp_path / "secret"
    secret.write_text(KEY)
    return Settings.load({name: str(secret) if name.endswith("_FILE") else text for name, text in variables.items()})


# --- Dockerfile ---


def test_the_dockerfile_is_clean() -> None:
    lint = [str(Path(sys.executable).with_name("hadolint")), "--failure-threshold", "style", str(ROOT / "Dockerfile")]
    done = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_base_is_an_argument_with_an_exact_version_and_no_invented_digest() -> None:
    (base,) = re.findall(r"^ARG BASE=(\S+)$", DOCKERFILE, re.M)
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+\.\d+-slim-[a-z]+", base)
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.M) == ["${BASE}", "${BASE}"]
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    assert f"ARG VERSION={setup['metadata']['version']}\n" in DOCKERFILE


def test_no_secret_goes_into_the_image() -> None:
    assert not re.search(r"(?:_KEY|SECRET|PASSWORD|TOKEN)=(?!true)", DOCKERFILE)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[1] == "*"
    assert not [line for line in ignored if line.startswith("!.env")]


def test_what_the_image_sets_are_settings() -> None:
    found = re.findall(r"^\s+(DATA_SIMULATOR_\w+)=(\S+)", DOCKERFILE, re.M)
    assert dict(found) == {
        "DATA_SIMULATOR_HOST": "0.0.0.0",
        "DATA_SIMULATOR_PORT": "80",
        "DATA_SIMULATOR_MAKE_KEY": "true",
        "DATA_SIMULATOR_STATE_DIR": "/data/state",
    }
    assert Settings.load(dict(found)).server().port == 80


# --- .env.example ---


def env_lines() -> Iterator[tuple[str, str, bool]]:
    """Name, value, and whether it is in force."""
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        found = re.fullmatch(r"(#?)([A-Z][A-Z0-9_]+)=(\S*)", line)
        if found:
            yield found[2], found[3], not found[1]
        else:
            assert not line or line.startswith("# "), f"neither comment nor setting: {line}"


def test_every_line_of_the_example_is_a_setting_that_is_taken(tmp_path: Path) -> None:
    known = NAMES | COMMAND_LINE
    assert len(list(env_lines())) > 15
    for name, _, _ in env_lines():
        assert name in known or name.removesuffix("_FILE") in known, name
    as_settings({name: text for name, text, _ in env_lines()}, tmp_path)
    assert Settings.load({name: text for name, text, in_force in env_lines() if in_force}).mqtt() is None


# --- compose ---


def test_every_image_is_built_here_or_has_an_exact_version() -> None:
    for name, service in SERVICES.items():
        assert "build" in service or re.search(r":v?\d+\.\d+\.\d+$", service["image"]), name
    assert (DEPLOY / SERVICES["data-simulator"]["build"]["context"] / "Dockerfile").resolve() == ROOT / "Dockerfile"


def test_services_volumes_secrets_and_files_that_are_meant_are_there() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    for name, service in SERVICES.items():
        waits = service.get("depends_on", {})
        for other in waits:
            assert other in SERVICES, f"{name} waits for {other}"
            if isinstance(waits, dict) and waits[other]["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for the health of {other}"
        for secret in service.get("secrets", []):
            assert secret in COMPOSE["secrets"]
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).exists(), f"{name}: {source}"
            else:
                assert source in COMPOSE["volumes"], f"{name}: {source}"
    for secret in COMPOSE["secrets"].values():
        assert f"deploy/{secret['file'].removeprefix('./')}" in ignored, "a secret must not be committed"


def test_every_service_says_whether_it_is_well() -> None:
    assert "HEALTHCHECK" in DOCKERFILE
    assert [name for name, service in SERVICES.items() if "healthcheck" not in service] == ["data-simulator"]


def test_ports_are_published_to_this_machine_only() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(published) >= 3
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_simulator_is_restricted_and_finds_its_brokers(tmp_path: Path) -> None:
    service = SERVICES["data-simulator"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert {"pids_limit", "mem_limit", "tmpfs", "stop_grace_period"} <= set(service)
    settings = as_settings(service["environment"], tmp_path)
    mqtt, kafka, registry = settings.mqtt(), settings.kafka(), settings.registry()
    assert mqtt is not None
    assert kafka is not None
    assert registry is not None
    assert mqtt.host in SERVICES
    assert kafka.servers.rpartition(":")[0] in SERVICES
    assert re.match(r"http://(\w+):", registry.url)[1] in SERVICES  # type: ignore[index]
    assert settings.server().admin_key is not None
    assert SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{kafka.servers}"


def test_configurations_inside_compose_are_those_beside_it_but_for_addresses() -> None:
    addresses = {"bootstrap.servers", "plugin.path", "offset.storage.file.filename", "topics"}
    addresses |= {f"camel.kamelet.mqtt5-source.{name}" for name in ("brokerUrl", "topic", "username", "password")}
    for inside, beside in (
        ("connect-worker.properties", "connect-worker.properties"),
        ("mqtt5-source.properties", "mqtt5-source-camel.properties"),
    ):
        mine, theirs = properties(DEPLOY / "compose" / inside), properties(DEPLOY / beside)
        for name, value in mine.items():
            assert name in theirs
            assert name in addresses or theirs[name] == value
        assert (
            not {name for name in theirs if name not in mine}
            - addresses
            - {name for name in theirs if name.startswith("config.providers")}
        )
    worker, source = (properties(DEPLOY / "compose" / f"{n}.properties") for n in ("connect-worker", "mqtt5-source"))
    assert worker["bootstrap.servers"].partition(":")[0] in SERVICES
    assert re.fullmatch(r"tcp://(\w+):1883", source["camel.kamelet.mqtt5-source.brokerUrl"])
    topic = Settings().kafka_topic
    assert (source["topics"], source["camel.kamelet.mqtt5-source.topic"]) == (topic, f"{topic}/#")


def test_prometheus_asks_the_simulator_and_grafana_asks_prometheus() -> None:
    scrape = yaml.safe_load((DEPLOY / "compose/prometheus.yml").read_text())["scrape_configs"][0]
    host, _, port = scrape["static_configs"][0]["targets"][0].partition(":")
    assert (host in SERVICES, port) == (True, "80")
    assert scrape["authorization"]["credentials_file"] == "/run/secrets/admin-key"
    source = yaml.safe_load((DEPLOY / "compose/grafana/datasources/prometheus.yaml").read_text())["datasources"][0]
    assert re.fullmatch(r"http://(\w+):9090", source["url"])[1] in SERVICES  # type: ignore[index]
    provider = yaml.safe_load((DEPLOY / "compose/grafana/dashboards/files.yaml").read_text())["providers"][0]
    mounts = [volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]]
    assert provider["options"]["path"] in mounts


# --- Kubernetes ---


def pod() -> dict[str, Any]:
    found: dict[str, Any] = manifest("statefulset.yaml")["spec"]["template"]["spec"]
    return found


def test_the_manifests_are_all_in_the_kustomization_and_have_names() -> None:
    whole = manifest("kustomization.yaml")
    files = {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml", "fleet.yaml"}
    assert set(whole["resources"]) == files
    for name in files:
        assert {"apiVersion", "kind", "metadata", "spec"} <= set(manifest(name)), name
        assert manifest(name)["metadata"]["name"] == "data-simulator"
    assert whole["images"][0]["name"] == pod()["containers"][0]["image"]


def test_the_service_and_the_policy_mean_the_pod() -> None:
    stateful, service, policy = (manifest(f"{name}.yaml") for name in ("statefulset", "service", "networkpolicy"))
    labels = stateful["spec"]["template"]["metadata"]["labels"]
    assert stateful["spec"]["selector"]["matchLabels"] == labels
    assert service["spec"]["selector"] == labels
    assert policy["spec"]["podSelector"]["matchLabels"] == labels
    assert stateful["spec"]["serviceName"] == service["metadata"]["name"]
    ports = {port["name"]: port["containerPort"] for port in pod()["containers"][0]["ports"]}
    assert ports[service["spec"]["ports"][0]["targetPort"]] == 80
    assert policy["spec"]["ingress"][0]["ports"][0]["port"] in ports
    assert stateful["spec"]["replicas"] == 1


def test_the_pod_is_restricted_as_the_image_expects() -> None:
    whole, one = pod()["securityContext"], pod()["containers"][0]["securityContext"]
    (user,) = re.findall(r"^USER (\d+):\1$", DOCKERFILE, re.M)
    assert (whole["runAsUser"], whole["runAsGroup"], whole["fsGroup"]) == (int(user),) * 3
    assert whole["runAsNonRoot"] is True
    assert whole["seccompProfile"]["type"] == "RuntimeDefault"
    assert {"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"} in whole["sysctls"]
    assert one == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod()["automountServiceAccountToken"] is False
    assert pod()["terminationGracePeriodSeconds"] > 30


def test_probes_ask_what_is_served() -> None:
    container = pod()["containers"][0]
    served = {route.path for route in all_routes() if route.role is None}
    names = {port["name"] for port in container["ports"]}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container[probe]["httpGet"]
        assert asked["path"] in served
        assert asked["port"] in names
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"


def test_what_the_pod_mounts_and_names_is_there(tmp_path: Path) -> None:
    stateful, container = manifest("statefulset.yaml"), pod()["containers"][0]
    claims = {claim["metadata"]["name"] for claim in stateful["spec"]["volumeClaimTemplates"]}
    volumes = {volume["name"] for volume in pod()["volumes"]} | claims
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert set(mounts) == volumes
    assert (mounts["data"], mounts["tmp"]) == ("/data", "/tmp")
    env = {each["name"]: each["value"] for each in container["env"]}
    assert Path(env["DATA_SIMULATOR_SCENARIO"]).parent == Path(mounts["scenario"])
    assert Path(env["DATA_SIMULATOR_ADMIN_KEY_FILE"]).parent == Path(mounts["keys"])
    assert as_settings(env, tmp_path).server().admin_key is not None
    generated = manifest("kustomization.yaml")["configMapGenerator"][0]
    (scenario,) = (volume for volume in pod()["volumes"] if volume["name"] == "scenario")
    assert scenario["configMap"]["name"] == generated["name"]
    assert Path(env["DATA_SIMULATOR_SCENARIO"]).name in generated["files"]
    assert {"requests", "limits"} <= set(container["resources"])


def test_the_scenario_of_the_cluster_is_valid() -> None:
    text = (KUBERNETES / "fleet.yaml").read_text(encoding="utf-8")
    assert len(load_scenario(text, "fleet.yaml", vocabulary=Words()).fleet) == 2


@pytest.mark.parametrize("port", ["80"])
def test_the_server_listens_where_the_image_says(port: str) -> None:
    found = server({"DATA_SIMULATOR_HOST": "0.0.0.0", "DATA_SIMULATOR_PORT": port}, Findings())
    assert (found.host, found.port, found.only_here) == ("0.0.0.0", 80, False)
