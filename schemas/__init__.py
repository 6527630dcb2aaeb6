"""The words: quantities, readings, commands, queries, events, scenario, settings, wire formats."""
