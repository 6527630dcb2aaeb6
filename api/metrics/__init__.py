"""What the server measures of itself, for Prometheus: worked out when it is asked for, never on the way of a frame."""
