"""Data sets: a scenario lived in virtual time, its telemetry, truth and events as Parquet files."""
