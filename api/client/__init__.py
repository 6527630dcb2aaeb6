"""The command line as a client of a running server: what it asks, how it shows the answer, what is wrong."""
