"""One member of every family: what someone else's package looks like."""
