"""The reference monitor: a system under test that is shipped, for examples and to hold expectations against.

It is told telemetry and nothing else: no truth, no scenario, no part of the simulation. It is plain on purpose.
"""

from actors.monitor.alerts import Alert, read_alerts
from actors.monitor.monitors import MONITORS, Monitor, make_monitor

__all__ = ["MONITORS", "Alert", "Monitor", "make_monitor", "read_alerts"]
