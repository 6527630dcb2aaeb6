"""The cast: supervisor, device, sensor, sinks, chaos, journal; and the system that puts them on stage."""
