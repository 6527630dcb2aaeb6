"""Device kinds: each module composes physics parts into one body and exposes it as `KIND`."""
