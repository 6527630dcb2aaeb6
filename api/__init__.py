"""The doors: command line, and later REST and dashboard."""
