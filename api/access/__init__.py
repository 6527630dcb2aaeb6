"""Who may come in, and to do what: keys, sessions, hosts and origins."""
