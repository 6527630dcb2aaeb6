"""Fault proxies: a TCP proxy in front of a broker or a registry that spoils connections in the ways networks do.

The toxics have the names and the meaning that Toxiproxy gives them, so that a scenario can be read by who knows it.
"""

from actors.proxies.proxy import FaultProxy, Proxies
from actors.proxies.toxics import BOTH, DOWNSTREAM, UPSTREAM, Toxic

__all__ = ["BOTH", "DOWNSTREAM", "UPSTREAM", "FaultProxy", "Proxies", "Toxic"]
