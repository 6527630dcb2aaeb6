"""Judging runs by their expectations: `data-simulator test`, and the monitor that is tested in the examples."""
