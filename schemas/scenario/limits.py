"""How large a scenario may be. Everything here is looked at before anything is made for a device."""

from dataclasses import dataclass, field

from schemas.yaml_door import YamlLimits


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on one scenario; a process that has the memory may raise them."""

    devices: int = 100_000
    sensors: int = 1_000_000
    groups: int = 1_000
    sinks: int = 64
    timeline_steps: int = 10_000
    overrides: int = 1_000
    yaml: YamlLimits = field(default_factory=YamlLimits)
