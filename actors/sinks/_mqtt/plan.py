"""The plan: what all sessions of one sink have in common, made once from settings and options."""

import ssl
from dataclasses import dataclass, field
from typing import Final

from actors.sinks._mqtt.options import MqttOptions
from actors.sinks._mqtt.templates import filled
from schemas.connections import MqttSettings, Tls
from schemas.settings import Settings

NO_BROKER: Final = "no MQTT broker is configured: set MQTT_HOST, or host under options"


@dataclass(frozen=True, slots=True)
class Plan:
    """See the module."""

    sink: str
    target: MqttSettings
    options: MqttOptions
    run: str
    """Tells this run's clients from those of another, where the broker need not know them again."""
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """The broker, for people."""
        return f"{self.target.host}:{self.target.port}"

    def client_id(self, device: str) -> str:
        """The client id of a device's session, or of the one that all share (no device)."""
        template = self.options.client_id or ("{device}" if device else "{sink}" if self.persistent else "{sink}-{run}")
        return template.format(device=device, sink=self.sink, run=self.run)

    @property
    def persistent(self) -> bool:
        """Whether the broker keeps sessions when their connection ends."""
        return self.options.session == "persistent"

    def status_topic(self, client_id: str) -> str:
        """Where a client's births and deaths are kept."""
        return filled(self.options.status_template, topic=self.target.topic, client=client_id)


def target_of(settings: Settings, options: MqttOptions) -> MqttSettings | None:
    """The broker: settings, with what the scenario says instead. `None` when there is none."""
    changes = {
        "MQTT_HOST": options.host,
        "MQTT_PORT": options.port,
        "MQTT_TOPIC": options.topic,
        "MQTT_KEEP_ALIVE_INTERVAL": options.keep_alive_s,
        "DATA_SIMULATOR_MQTT_TLS": options.tls,
        "DATA_SIMULATOR_MQTT_CA_FILE": options.ca_file,
        "DATA_SIMULATOR_MQTT_CERT_FILE": options.cert_file,
        "DATA_SIMULATOR_MQTT_KEY_FILE": options.key_file,
    }
    return settings.overridden(changes).mqtt()


def tls_context(tls: Tls | None) -> ssl.SSLContext | None:
    """What to check the broker by, and what to show it. `OSError` when a file cannot be used."""
    if tls is None:
        return None
    context = ssl.create_default_context(cafile=None if tls.ca_file is None else str(tls.ca_file))
    if tls.cert_file is not None:
        context.load_cert_chain(str(tls.cert_file), None if tls.key_file is None else str(tls.key_file))
    return context
