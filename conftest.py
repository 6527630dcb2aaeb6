"""Stands here so that the tests can import what they share (`tests.contracts`): pytest puts this folder on its path."""
