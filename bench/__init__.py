"""Benchmarks: `python -m bench`. Every figure stands beside its peers', measured in the same run."""
