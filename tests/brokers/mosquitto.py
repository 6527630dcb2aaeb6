"""Mosquitto, as the tests want it."""

import getpass
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.brokers.certificates import Certificates
from tests.brokers.installed import program
from tests.brokers.processes import Broker, listening


@dataclass(frozen=True)
class MosquittoOptions:
    """What one Mosquitto is like; the default is plain, open to everybody and keeps nothing."""

    users: Mapping[str, str] | None = None
    """Passwords by name; nobody else is let in."""
    tls: bool = False
    expired: bool = False
    """Show a server certificate that has expired (implies TLS)."""
    client_certificates: bool = False
    """Ask for a certificate of the tests' own authority (implies TLS)."""
    denied: Sequence[str] = ()
    """Topic patterns that nobody may write."""
    max_queued: int | None = 0
    """Messages kept per client that is away or busy: 0 is no limit, `None` leaves Mosquitto's own limit in place."""
    persistence: bool = False
    """Keep sessions and retained messages over an orderly end."""
    extra: Sequence[str] = field(default=())
    """Further lines of mosquitto.conf."""

    @property
    def encrypted(self) -> bool:
        """Whether clients have to speak TLS."""
        return self.tls or self.expired or self.client_certificates


class Mosquitto(Broker):
    """One Mosquitto with one listener."""

    start_timeout_s = 10.0

    def __init__(self, folder: Path, options: MosquittoOptions, certificates: Certificates | None = None) -> None:
        super().__init__("mosquitto", folder)
        self.options = options
        first = next(iter((options.users or {}).items()), None)
        self.username: str | None = first[0] if first else None
        self.password: str | None = first[1] if first else None
        self.ca = certificates.ca if certificates and options.encrypted else None
        self._certificates = certificates
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join(self._lines()) + "\n", encoding="utf-8")

    def command(self) -> Sequence[str]:
        """Mosquitto with the file written for it."""
        return [program("mosquitto") or "mosquitto", "-c", str(self._config)]

    def ready(self) -> bool:
        """Whether the listener accepts."""
        return listening(self.port)

    def environment(self) -> dict[str, str]:
        """Settings of the product that lead here."""
        settings = {"MQTT_HOST": self.host, "MQTT_PORT": str(self.port)}
        if self.username and self.password:
            settings |= {"HIVE_USERNAME": self.username, "HIVE_PASSWORD": self.password}
        if self.ca:
            settings |= {"DATA_SIMULATOR_MQTT_TLS": "true", "DATA_SIMULATOR_MQTT_CA_FILE": str(self.ca)}
        if self.options.client_certificates and self._certificates:
            settings["DATA_SIMULATOR_MQTT_CERT_FILE"] = str(self._certificates.client_cert)
            settings["DATA_SIMULATOR_MQTT_KEY_FILE"] = str(self._certificates.client_key)
        return settings

    def _lines(self) -> list[str]:
        options = self.options
        # started by root it would become another user, who may not read this folder
        lines = [f"user {getpass.getuser()}", f"listener {self.port} {self.host}"]
        # all but debug, which is a line for every message
        lines += [f"log_type {word}" for word in ("error", "warning", "notice", "information", "subscribe")]
        lines.append(f"allow_anonymous {'false' if options.users else 'true'}")
        if options.max_queued is not None:
            lines += [f"max_queued_messages {options.max_queued}", "max_inflight_messages 0"]
        if options.users:
            lines.append(f"password_file {self._passwords(options.users)}")
        if options.denied:
            lines.append(f"acl_file {self._rights(options.denied)}")
        if options.persistence:
            lines += ["persistence true", f"persistence_location {self.folder}/", "autosave_interval 1"]
        return [*lines, *self._tls(), *options.extra]

    def _tls(self) -> list[str]:
        if not self.options.encrypted:
            return []
        assert self._certificates is not None
        shown = self._certificates
        pair = (shown.server_cert, shown.server_key)
        if self.options.expired:
            pair = (shown.expired_cert, shown.expired_key)
        lines = [f"cafile {shown.ca}", f"certfile {pair[0]}", f"keyfile {pair[1]}"]
        return [*lines, "require_certificate true"] if self.options.client_certificates else lines

    def _passwords(self, users: Mapping[str, str]) -> Path:
        file = self.folder / "passwords"
        file.write_text("".join(f"{name}:{word}\n" for name, word in users.items()), encoding="utf-8")
        file.chmod(0o600)
        subprocess.run([program("mosquitto_passwd") or "mosquitto_passwd", "-U", str(file)], check=True)
        return file

    def _rights(self, denied: Sequence[str]) -> Path:
        file = self.folder / "rights"
        # "deny" is the stronger word wherever it stands
        lines = ["topic readwrite #", *(f"topic deny {pattern}" for pattern in denied)]
        if self.options.users:
            lines = [line for name in self.options.users for line in (f"user {name}", *lines)]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file
