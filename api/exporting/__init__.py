"""Scenarios as experiments of Chaos Toolkit, against a fleet that is served."""
