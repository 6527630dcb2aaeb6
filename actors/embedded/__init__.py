"""Brokers, registry and bridge that a newcomer runs on: real TCP on loopback, started in a second, keeping nothing."""
