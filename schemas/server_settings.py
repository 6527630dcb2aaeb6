"""How the server is to be run, by environment; what nobody says has a default."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Literal

from schemas.connections import is_loopback
from schemas.secrets import Secret
from schemas.setting_values import Findings, Values, choice, flag, number, plain

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8080
DEFAULT_STREAMS: Final = 32
MAX_STREAMS: Final = 500
"""Each stream holds a thread of the server."""

MAX_EGRESS: Final = 10_000_000
MIN_KEY: Final = 32
"""Characters of a key that is given rather than made here: 128 bits as hexadecimal digits."""

Downtime = Literal["hold", "catch-up", "skip", "auto"]
DOWNTIME: Final[tuple[Downtime, ...]] = ("auto", "catch-up", "skip", "hold")
"""What becomes of the time that passed while no process ran the fleet (docs/server.md)."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the server listens, and how it goes on after it was away."""

    host: str = DEFAULT_HOST
    port: int | None = None
    """`None`: the default one, or a free one when that is taken."""
    scenario: str | None = None
    """A file or the name of an embedded scenario."""
    streams: int = DEFAULT_STREAMS
    downtime: Downtime = "auto"
    admin_key: Secret | None = None
    targets: frozenset[str] = frozenset()
    """Hosts, servers and addresses that a scenario sent over the API may name."""
    files: tuple[str, ...] = ()
    """Folders below which such a scenario may name files, besides the one in the state."""
    egress_per_s: int | None = None
    """Records a second that go to any one broker, at most."""
    make_key: bool = False
    """Make a key at the first start, and show it once, where others can reach the server."""

    @property
    def only_here(self) -> bool:
        """Whether nobody but this machine can reach it."""
        return is_loopback(self.host)


def server(values: Values, findings: Findings) -> ServerSettings:
    """The server's settings; what is wrong becomes a problem and has its default here."""
    port = number(values, "DATA_SIMULATOR_PORT", (0, 65_535), findings)
    streams = number(values, "DATA_SIMULATOR_STREAMS", (1, MAX_STREAMS), findings)
    words = {word.upper(): word for word in DOWNTIME}
    downtime = choice(values, "DATA_SIMULATOR_DOWNTIME", words, findings)
    key = values.get("DATA_SIMULATOR_ADMIN_KEY")
    egress = number(values, "DATA_SIMULATOR_EGRESS_RATE", (1, MAX_EGRESS), findings)
    return ServerSettings(
        host=listening(plain(values, "DATA_SIMULATOR_HOST") or DEFAULT_HOST, findings),
        port=port,
        scenario=plain(values, "DATA_SIMULATOR_SCENARIO") or None,
        streams=DEFAULT_STREAMS if streams is None else streams,
        downtime=words.get(downtime, "auto"),
        admin_key=_admin_key(key, findings),
        targets=frozenset(part.strip() for part in plain(values, "DATA_SIMULATOR_TARGETS").split(",") if part.strip()),
        files=tuple(part.strip() for part in plain(values, "DATA_SIMULATOR_FILES").split(",") if part.strip()),
        egress_per_s=egress,
        make_key=flag(values, "DATA_SIMULATOR_MAKE_KEY", findings) or False,
    )


def listening(host: str, findings: Findings, name: str = "DATA_SIMULATOR_HOST") -> str:
    """An address to listen at: of this machine, so no name is looked up."""
    try:
        return str(ip_address(DEFAULT_HOST if host == "localhost" else host.strip("[]")))
    except ValueError:
        findings.add(name, repr(host[:80]), "an IP address of this machine", "127.0.0.1 for this machine alone.")
        return DEFAULT_HOST


def _admin_key(key: Secret | str | None, findings: Findings) -> Secret | None:
    if not isinstance(key, Secret) or not key:
        return None
    if len(key.reveal()) < MIN_KEY:
        findings.add("DATA_SIMULATOR_ADMIN_KEY", "a short one", f"at least {MIN_KEY} characters that nobody can guess")
        return None
    return key
